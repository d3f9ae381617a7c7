"""From a row's keys to a subject, in the order of rule R13; and whom a doubtful row may concern (R3).

Order: USCC; a person's certificate number; organisation code (USCC 9 to 17); registration
number together with the name; else the match desk.  A bare name never hits by itself, and
two different subjects by one key never hit either.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol
from uuid import UUID

from records.model import SubjectKeys

_BLANKS: Final = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]+")
_BRACKETS: Final = str.maketrans("〔〕【】[]", "()()()")


@lru_cache(maxsize=4096)
def normalise_name(text: str) -> str:
    """A name as it is compared: half width, upper case, one kind of bracket, no blanks."""
    folded = unicodedata.normalize("NFKC", text).translate(_BRACKETS)
    return _BLANKS.sub("", folded).upper()


class SubjectIndex(Protocol):
    """Finds subjects as they stand now; each method gives ids without repeats, in a stable order.

    Names are compared after :func:`normalise_name`.  ``by_person_number`` gets the plain
    number and MUST compare by keyed hash; an implementation MUST NOT store or log it.
    """

    def by_uscc(self, uscc: str) -> Sequence[UUID]:
        """Subjects with that unified social credit code."""

    def by_person_number(self, number: str) -> Sequence[UUID]:
        """Natural persons with that certificate number."""

    def by_organisation_code(self, code: str) -> Sequence[UUID]:
        """Subjects with that organisation code, as their own or as characters 9 to 17 of their USCC."""

    def by_registration_number(self, number: str) -> Sequence[UUID]:
        """Subjects with that registration number."""

    def by_name(self, name: str) -> Sequence[UUID]:
        """Subjects with exactly that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """The one subject the row is about."""

    subject_id: UUID
    by: str
    """``uscc``, ``person_number``, ``organisation_code`` or ``registration_number``."""
    name_differs: bool
    """The row's name is not the subject's present one: reported, since firms are renamed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    """Nobody, or more than one: the match desk decides."""

    candidates: tuple[UUID, ...]
    """Whom it may be; each gets a doubt while it waits (rule R3)."""
    why: str
    """``subject_unmatched`` (nobody by a code) or ``subject_ambiguous`` (several)."""


def match(keys: SubjectKeys, index: SubjectIndex) -> Matched | Unmatched:
    """The subject of a row, or whom it may be."""
    named = index.by_name(keys.name) if keys.name else ()
    for by, found in _steps(keys, index, named):
        if len(found) == 1:
            return Matched(subject_id=found[0], by=by, name_differs=bool(keys.name) and found[0] not in named)
        if found:
            return Unmatched(candidates=_merged(found, named), why="subject_ambiguous")
    return Unmatched(candidates=_merged(named), why="subject_unmatched")


def _steps(keys: SubjectKeys, index: SubjectIndex, named: Sequence[UUID]) -> list[tuple[str, Sequence[UUID]]]:
    if keys.person_number and not keys.uscc:
        return [("person_number", index.by_person_number(keys.person_number))]
    steps: list[tuple[str, Sequence[UUID]]] = []
    if keys.uscc:
        steps.append(("uscc", index.by_uscc(keys.uscc)))
    if organisation := keys.organisation_code or (keys.uscc or "")[8:17]:
        steps.append(("organisation_code", index.by_organisation_code(organisation)))
    if keys.uscc:
        # A right code that nobody here has names somebody else; a registration number must not override it.
        return steps
    for number in (keys.registration_number, keys.institution_number, keys.society_number):
        if number:
            both = [subject for subject in index.by_registration_number(number) if subject in named]
            steps.append(("registration_number", both))
    return steps


def _merged(*found: Sequence[UUID]) -> tuple[UUID, ...]:
    return tuple(dict.fromkeys(subject for some in found for subject in some))

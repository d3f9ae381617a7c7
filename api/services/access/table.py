"""docs/access.md as the code reads it: who may see or do which fact, and under what condition (R21).

Grammar of the table::

    | fact | what it is | ROLE ... | person |       ; every role once, in any order
    | `id` | words      | RULE ... | adult / same |

It is read whole before the service starts; a missing role, an unknown rule or a fact said
twice is InvariantBroken ``access_table``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Final

from api.services.access.principal import Principal
from api.services.access.roles import Role
from domain.errors import InvariantBroken, NotFound, Refused
from records.model import Subject

FILE: Final = "access.md"
_FIRST, _SECOND, _LAST = "fact", "what it is", "person"
_FACT: Final = re.compile(r"`([a-z][a-z0-9_]*)`")
_PLACES: Final = r"(?:[^省市区县旗州盟]{2,10}(?:省|自治区|市|自治州|盟|地区)){0,2}"
"""What may stand before a place's name: the province or the autonomous region it lies in."""
NATURAL_PERSON: Final = "natural_person"
Condition = Callable[[Principal, Subject | None, str | None, str | None, bool], None]
"""Refuses unless principal, subject, organisation, reason and grant meet a rule."""


class Rule(StrEnum):
    """What a cell of the table says."""

    YES = "yes"
    NO = "no"
    OWN = "own"
    """Only what is the viewer's own: its subject, its organisation."""
    GRANT = "grant"
    """Only under a live grant or live code, logged and shown to the subject."""
    OWN_OR_GRANT = "own or grant"
    BASIS = "basis"
    """Only an approved 机关 that states its legal basis, logged and shown to the subject (R24)."""
    APPROVED = "approved"
    """Only for an organisation that registered and was approved."""
    REASON = "reason"
    """Staff, with a reason, inside their territory, logged and shown to the subject (R25)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One row of the table."""

    id: str
    words: str
    rules: Mapping[Role, Rule]
    adult_only: bool
    """For a natural person it goes to that adult alone (R6)."""


def facts() -> Mapping[str, Fact]:
    """Give every fact by its id, as the shipped table says; read once per process."""
    return _shipped()


def fact_of(name: str) -> Fact:
    """Give the row of fact ``name``; InvariantBroken ``access_table`` for one that has none."""
    known = _shipped().get(name)
    if known is None:
        raise InvariantBroken("access_table", problem=f"no fact {name}")
    return known


def may(role: Role, fact: str) -> Rule:
    """Give what the table says about ``role`` and ``fact``."""
    return fact_of(fact).rules[role]


def require(
    principal: Principal,
    fact: str,
    *,
    subject: Subject | None = None,
    organisation: str | None = None,
    reason: str | None = None,
    granted: bool = False,
) -> Rule:
    """Give the rule by which ``principal`` may have ``fact``, or refuse.

    ``subject`` is whom it is about, ``organisation`` the USCC of the organisation it is about;
    at least one of them must be given where the rule is ``own``.  ``granted`` says that the
    caller holds a live grant for exactly this.  The caller then records the look.

    Raises Refused ``sign_in_needed``, ``not_allowed``, ``grant_needed``, ``organisation_not_approved``,
    ``reason_needed``, ``scope_missing``; NotFound ``not_found`` for what belongs to somebody else,
    so that nobody learns whether it exists.
    """
    row = fact_of(fact)
    rule = row.rules[principal.role]
    admit(principal, fact)
    if row.adult_only and subject is not None and subject.kind == NATURAL_PERSON:
        _require_that_adult(principal, subject)
    _CONDITIONS[rule](principal, subject, organisation, reason, granted)
    return rule


def admit(principal: Principal, fact: str) -> None:
    """Return unless ``principal`` may never have ``fact``, whoever it is about.

    Raises Refused ``sign_in_needed``, ``not_allowed``, ``scope_missing``; a key needs no scope for
    what is open to everybody.
    """
    rules = fact_of(fact).rules
    if rules[principal.role] is Rule.NO:
        raise Refused("not_allowed" if principal.signed_in else "sign_in_needed", fact=fact)
    scoped = principal.scopes is not None and rules[Role.HOLDER] is not Rule.YES
    if scoped and fact not in (principal.scopes or ()):
        raise Refused("scope_missing", fact=fact)


def owns(principal: Principal, subject: Subject) -> bool:
    """Say whether ``subject`` is whom the principal acts for; never a natural person but oneself (R6)."""
    if principal.role not in (Role.ENTERPRISE, Role.AGENT):
        return False
    if principal.subject == subject.id:
        return True
    if subject.kind == NATURAL_PERSON:
        return False
    return principal.organisation is not None and principal.organisation == subject.uscc


def inside(territory: str | None, subject: Subject) -> bool:
    """Say whether the subject is registered or seated in ``territory``; None is the whole region.

    By the beginning of 登记机关 or 住所, never by digits of the USCC (R5); a subject of which
    neither is known belongs to no territory.
    """
    if territory is None:
        return True
    wanted = re.compile(_PLACES + re.escape(_plain(territory)))
    places = (subject.registration_authority, subject.residence)
    return any(wanted.match(_plain(place)) for place in places if place)


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _require_that_adult(principal: Principal, subject: Subject) -> None:
    if principal.role is Role.ENTERPRISE and principal.subject == subject.id:
        return
    raise NotFound("not_found") if not principal.is_staff else Refused("natural_person_only")


def _yes(*_given: object) -> None:
    """Nothing further is asked."""


def _own(
    principal: Principal,
    subject: Subject | None,
    organisation: str | None,
    _reason: str | None,
    _granted: bool,
) -> None:
    if subject is not None and not owns(principal, subject):
        raise NotFound("not_found")
    if organisation is not None and organisation != principal.organisation:
        raise NotFound("not_found")
    if subject is None and organisation is None:
        raise InvariantBroken("access_table", problem="own needs a subject or an organisation")


def _grant(
    _principal: Principal,
    _subject: Subject | None,
    _organisation: str | None,
    _reason: str | None,
    granted: bool,
) -> None:
    if not granted:
        raise Refused("grant_needed")


def _own_or_grant(
    principal: Principal,
    subject: Subject | None,
    organisation: str | None,
    reason: str | None,
    granted: bool,
) -> None:
    if not granted:
        _own(principal, subject, organisation, reason, granted)


def _approved(principal: Principal, *_given: object) -> None:
    if principal.organisation_id is None:
        raise Refused("organisation_not_approved")


def _basis(
    principal: Principal,
    _subject: Subject | None,
    _organisation: str | None,
    reason: str | None,
    _granted: bool,
) -> None:
    _approved(principal)
    if not (reason or "").strip():
        raise Refused("legal_basis_needed")


def _with_reason(
    principal: Principal,
    subject: Subject | None,
    _organisation: str | None,
    reason: str | None,
    _granted: bool,
) -> None:
    if subject is not None and not inside(principal.territory, subject):
        raise NotFound("not_found")
    if not (reason or "").strip():
        raise Refused("reason_needed")


_CONDITIONS: Final[Mapping[Rule, Condition]] = {
    Rule.YES: _yes,
    Rule.OWN: _own,
    Rule.GRANT: _grant,
    Rule.OWN_OR_GRANT: _own_or_grant,
    Rule.BASIS: _basis,
    Rule.APPROVED: _approved,
    Rule.REASON: _with_reason,
}


@cache
def _shipped() -> Mapping[str, Fact]:
    return parse(resources.files("templates").joinpath(FILE).read_text("utf-8"))


def parse(text: str) -> Mapping[str, Fact]:
    """Give the facts of the one table in ``text``; InvariantBroken ``access_table`` unless it is whole."""
    rows = [_cells(line) for line in text.splitlines() if line.startswith("|")]
    if len(rows) < 3:
        raise InvariantBroken("access_table", problem="no table")
    roles = _roles(rows[0])
    if any(set(cell) - set(":-") for cell in rows[1]):
        raise InvariantBroken("access_table", problem="no rule below the head")
    found: dict[str, Fact] = {}
    for row in rows[2:]:
        fact = _fact(row, roles)
        if fact.id in found:
            raise InvariantBroken("access_table", problem=f"{fact.id} twice")
        found[fact.id] = fact
    return found


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _roles(head: list[str]) -> tuple[Role, ...]:
    named = head[2:-1]
    if [*head[:2], head[-1]] != [_FIRST, _SECOND, _LAST] or sorted(named) != sorted(Role):
        raise InvariantBroken("access_table", problem="the head must name every role once")
    return tuple(Role(name) for name in named)


def _fact(row: list[str], roles: tuple[Role, ...]) -> Fact:
    name = _FACT.fullmatch(row[0])
    if name is None or len(row) != len(roles) + 3 or not row[1] or row[-1] not in ("adult", "same"):
        raise InvariantBroken("access_table", problem=f"row {row[0]}")
    try:
        rules = {role: Rule(cell) for role, cell in zip(roles, row[2:-1], strict=True)}
    except ValueError as error:
        raise InvariantBroken("access_table", problem=f"row {row[0]}: {error}") from error
    return Fact(id=name[1], words=row[1], rules=rules, adult_only=row[-1] == "adult")

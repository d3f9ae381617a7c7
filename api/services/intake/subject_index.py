"""Who a batch of rows may be about: every key looked up once, then answered from memory (R13)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from uuid import UUID

from api.services.context import HouseVault
from api.store.entries import DoubtKey
from api.store.unit_of_work import UnitOfWork
from records.matching import normalise_name
from records.model import Subject, SubjectKeys

_normal = lru_cache(maxsize=65_536)(normalise_name)
"""A file names the same subjects again and again."""


class BatchIndex:
    """The subjects that the keys of one batch may mean; see :class:`records.matching.SubjectIndex`."""

    def __init__(self, work: UnitOfWork, vault: HouseVault, rows: Iterable[SubjectKeys]) -> None:
        """Look up every key in ``rows`` at once."""
        self._vault = vault
        self._ids: dict[tuple[str, str], list[UUID]] = defaultdict(list)
        wanted: dict[str, set[str]] = defaultdict(set)
        for keys in rows:
            for kind, value in _keys_of_row(keys, vault):
                wanted[kind].add(value)
        for kind, values in wanted.items():
            for row in work.subjects.keys(kind, values):
                self._ids[(kind, row["key"])].append(row["id"])

    def by_uscc(self, uscc: str) -> Sequence[UUID]:
        """Subjects with that unified social credit code."""
        return self._ids.get(("uscc", uscc), ())

    def by_person_number(self, number: str) -> Sequence[UUID]:
        """Natural persons with that certificate number, compared by keyed hash."""
        return self._ids.get(("person", self._vault.fingerprint(number)), ())

    def by_organisation_code(self, code: str) -> Sequence[UUID]:
        """Subjects with that organisation code, as their own or inside their USCC."""
        return self._ids.get(("organisation", code), ())

    def by_registration_number(self, number: str) -> Sequence[UUID]:
        """Subjects with that registration number."""
        return self._ids.get(("registration", number), ())

    def by_name(self, name: str) -> Sequence[UUID]:
        """Subjects with exactly that name, both compared in one spelling."""
        return self._ids.get(("name", _normal(name)), ())


def doubt_keys(keys: SubjectKeys | None, vault: HouseVault) -> tuple[DoubtKey, ...]:
    """Give every key by which a row names a subject; a person's number as keyed hash only (R7)."""
    pairs = dict.fromkeys(_keys_of_row(keys, vault)) if keys is not None else ()
    return tuple(DoubtKey(kind=kind, value=value) for kind, value in pairs)


def _keys_of_row(keys: SubjectKeys, vault: HouseVault) -> Iterator[tuple[str, str]]:
    """Give kind and value of each key; plain pairs, because whole files pass through here."""
    if keys.name:
        yield "name", _normal(keys.name)
    if keys.uscc:
        yield "uscc", keys.uscc
        yield "organisation", keys.uscc[8:17]
    if keys.organisation_code:
        yield "organisation", keys.organisation_code
    for number in (keys.registration_number, keys.institution_number, keys.society_number):
        if number:
            yield "registration", number
    if keys.person_number:
        yield "person", vault.fingerprint(keys.person_number)


def keys_of_subject(subject: Subject) -> tuple[DoubtKey, ...]:
    """Give every key by which a row may name ``subject``."""
    organisation = subject.organisation_code or (subject.uscc[8:17] if subject.uscc else None)
    pairs = (
        ("name", normalise_name(subject.name)),
        ("uscc", subject.uscc),
        ("organisation", organisation),
        ("registration", subject.registration_number),
        ("person", subject.person_number_hash),
    )
    return tuple(DoubtKey(kind=kind, value=value) for kind, value in pairs if value)

"""Record versions: written in bulk, read per subject as known at an instant (R12)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, RowMapping, insert, select, update
from sqlmodel import Session

from api.store.repositories.rows import chunks, known_at, table_of
from api.store.tables import BatchRow, ProvenanceRow, RecordRow
from records.model import (
    Category,
    CreditRecord,
    Kind,
    Procedure,
    Provenance,
    Repair,
    Review,
    SubjectKeys,
)

_RECORDS, _PROVENANCE, _BATCHES = table_of(RecordRow), table_of(ProvenanceRow), table_of(BatchRow)

_PLAIN = (
    "id", "version", "identity", "subject", "unit", "list_name", "document_number", "decided_on",
    "effective_on", "ended_on", "ended_why", "simple_confirmed", "fine_fen", "confiscated_fen",
    "repaired_on", "repair_channel", "review_on", "review_number", "objected", "minor",
    "public_security", "recorded_at", "superseded_at",
)  # fmt: skip
_KEYS = (
    "name", "uscc", "registration_number", "organisation_code", "tax_number",
    "institution_number", "society_number", "person_number_type",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What an arriving row must know about the version in force of the same record."""

    id: UUID
    version: UUID
    identity: str
    subject: UUID | None
    key_uscc: str | None
    key_name: str
    unit: str
    content_sha256: bytes
    senders: frozenset[str]
    """Units that sent this version."""


class RecordRepository:
    """Record versions of the house."""

    def __init__(self, session: Session) -> None:
        """Read and write through ``session``; never commit."""
        self._session = session

    def standing(self, kind: str, identities: Iterable[str]) -> list[Standing]:
        """Give the versions in force of the records with those identities."""
        c = _RECORDS.c
        found: list[RowMapping] = []
        for part in chunks(sorted(set(identities))):
            query = select(
                c.id, c.version, c.identity, c.subject, c.key_uscc, c.key_name, c.unit, c.content_sha256
            ).where(c.kind == kind, c.identity.in_(part), c.superseded_at.is_(None))
            found.extend(self._session.execute(query).mappings())
        senders = self._senders([row["version"] for row in found])
        return [Standing(**row, senders=frozenset(senders.get(row["version"], ()))) for row in found]

    def _senders(self, versions: Sequence[UUID]) -> dict[UUID, set[str]]:
        given: dict[UUID, set[str]] = defaultdict(set)
        joined = _PROVENANCE.join(_BATCHES, _PROVENANCE.c.batch == _BATCHES.c.id)
        for part in chunks(versions):
            query = select(_PROVENANCE.c.version, _BATCHES.c.unit).select_from(joined)
            for row in self._session.execute(query.where(_PROVENANCE.c.version.in_(part))):
                given[row.version].add(row.unit)
        return given

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add record versions, given as column values."""
        if rows:
            self._session.execute(insert(_RECORDS), rows)

    def add_provenance(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add provenance: ``version``, ``batch``, ``row``."""
        if rows:
            self._session.execute(insert(_PROVENANCE), rows)

    def provenance_of(self, versions: Sequence[UUID]) -> list[RowMapping]:
        """Give ``version``, ``batch``, ``row`` and the sending ``unit`` for each source of those versions."""
        joined = _PROVENANCE.join(_BATCHES, _PROVENANCE.c.batch == _BATCHES.c.id)
        found: list[RowMapping] = []
        for part in chunks(versions):
            p = _PROVENANCE.c
            query = select(p.version, p.batch, p.row, _BATCHES.c.unit).select_from(joined)
            query = query.where(p.version.in_(part)).order_by(p.id)
            found.extend(self._session.execute(query).mappings())
        return found

    def supersede(self, versions: Sequence[UUID], now: datetime) -> int:
        """End those versions at ``now``; gives how many were still in force."""
        count = 0
        for part in chunks(versions):
            ending = update(_RECORDS).where(_RECORDS.c.version.in_(part), _RECORDS.c.superseded_at.is_(None))
            result = cast(CursorResult[Any], self._session.execute(ending.values(superseded_at=now)))
            count += result.rowcount
        return count

    def of_subject(self, subject: UUID, as_of: datetime | None = None) -> tuple[CreditRecord, ...]:
        """Give the versions about ``subject`` known at ``as_of``, in a fixed order."""
        query = select(_RECORDS).where(_RECORDS.c.subject == subject, known_at(_RECORDS, as_of))
        return self._read(query.order_by(_RECORDS.c.id))

    def of_identities(self, kind: str, identities: Iterable[str]) -> tuple[CreditRecord, ...]:
        """Give the versions in force with those identities."""
        found: list[CreditRecord] = []
        for part in chunks(sorted(set(identities))):
            c = _RECORDS.c
            query = select(_RECORDS).where(c.kind == kind, c.identity.in_(part), c.superseded_at.is_(None))
            found.extend(self._read(query))
        return tuple(found)

    def unmatched(self, versions: Iterable[UUID]) -> list[RowMapping]:
        """Give, as rows, those of ``versions`` that are in force and belong to no subject yet."""
        c = _RECORDS.c
        found: list[RowMapping] = []
        for part in chunks(sorted(versions)):
            query = select(_RECORDS).where(
                c.version.in_(part), c.subject.is_(None), c.superseded_at.is_(None)
            )
            found.extend(self._session.execute(query).mappings())
        return found

    def _read(self, query: Any) -> tuple[CreditRecord, ...]:
        rows = list(self._session.execute(query).mappings())
        sources = self._provenance([row["version"] for row in rows])
        return tuple(to_record(row, tuple(sources.get(row["version"], ()))) for row in rows)

    def _provenance(self, versions: Sequence[UUID]) -> dict[UUID, list[Provenance]]:
        given: dict[UUID, list[Provenance]] = defaultdict(list)
        joined = _PROVENANCE.join(_BATCHES, _PROVENANCE.c.batch == _BATCHES.c.id)
        for part in chunks(versions):
            query = select(
                _PROVENANCE.c.version, _PROVENANCE.c.row, _BATCHES.c.id, _BATCHES.c.unit,
                _BATCHES.c.file_sha256, _BATCHES.c.received_at, _BATCHES.c.confirmed_by,
            ).select_from(joined)  # fmt: skip
            query = query.where(_PROVENANCE.c.version.in_(part)).order_by(_PROVENANCE.c.id)
            for row in self._session.execute(query):
                given[row.version].append(
                    Provenance(
                        batch=row.id,
                        unit=row.unit,
                        file_sha256=row.file_sha256,
                        row=row.row,
                        received_at=row.received_at,
                        confirmed_by=row.confirmed_by,
                    )
                )
        return given


def to_record(row: RowMapping, provenance: tuple[Provenance, ...]) -> CreditRecord:
    """Give the credit record that a row holds; a person's number stays sealed (R7)."""
    keys: dict[str, Any] = {name: row["key_" + name] for name in _KEYS}
    plain: dict[str, Any] = {name: row[name] for name in _PLAIN}
    procedure, review = row["procedure"], row["review"]
    return CreditRecord(
        **plain,
        kind=Kind(row["kind"]),
        keys=SubjectKeys(**keys),
        domains=tuple(row["domains"]),
        procedure=None if procedure is None else Procedure(procedure),
        categories=tuple(Category(item) for item in row["categories"]),
        repair=Repair(row["repair"]),
        review=None if review is None else Review(review),
        fields=row["fields"],
        provenance=provenance,
    )

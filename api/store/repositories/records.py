"""Record versions: written in bulk, read per subject as known at an instant (R12)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from itertools import zip_longest
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    Connection,
    CursorResult,
    RowMapping,
    TableClause,
    bindparam,
    false,
    insert,
    literal_column,
    null,
    or_,
    select,
    true,
    update,
)

from api.store.repositories.record_rows import PROVENANCE, UNTYPED, UNTYPED_PROVENANCE, WRITTEN
from api.store.repositories.rows import CHUNK, chunks, known_at, table_of
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

_MOVED: Any = (
    select(literal_column("1"))
    .where(
        _RECORDS.c.subject == bindparam("subject"),
        or_(_RECORDS.c.recorded_at > bindparam("moment"), _RECORDS.c.superseded_at > bindparam("moment")),
    )
    .limit(1)
)
# Made once: it is asked for each verdict.

_WORDS: Any = {None: null(), False: false(), True: true()}
"""What stands in the statement itself where every row says it: handing NULL over costs more than a text."""

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
    source: str
    subject: UUID | None
    key_uscc: str | None
    key_name: str
    content_sha256: bytes
    repair: str
    repaired_on: date | None
    repair_channel: str | None


_PLACES = tuple(f"identity_{place}" for place in range(CHUNK))
_STANDING: Any = select(*(_RECORDS.c[item.name] for item in fields(Standing))).where(
    _RECORDS.c.kind == bindparam("kind"),
    _RECORDS.c.superseded_at.is_(None),
    _RECORDS.c.identity.in_([bindparam(place) for place in _PLACES]),
)
# Made once, of one length: a list that is written out anew takes longer than looking it up.


class RecordRepository:
    """Record versions of the house."""

    def __init__(self, connection: Connection) -> None:
        """Read and write through ``connection``; never commit."""
        self._connection = connection

    def standing(self, kind: str, identities: Iterable[str]) -> list[Standing]:
        """Give the versions in force of the records with those identities."""
        found: list[Standing] = []
        for part in chunks([*dict.fromkeys(identities)]):
            # What is short of a whole chunk asks for its first one again.
            asked = dict(zip_longest(_PLACES, part, fillvalue=part[0]))
            rows = self._connection.execute(_STANDING, {**asked, "kind": kind}).mappings()
            found.extend(Standing(**row) for row in rows)
        return found

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add record versions, given as storable values (:mod:`.record_rows`)."""
        if rows:
            names = tuple(rows[0])
            self._insert(UNTYPED, names, [tuple(row[name] for name in names) for row in rows])

    def add_written(self, rows: Sequence[Sequence[Any]]) -> None:
        """Add record versions whose storable values stand in the order of ``WRITTEN``."""
        self._insert(UNTYPED, WRITTEN, rows)

    def add_provenance(self, rows: Sequence[tuple[str, str, int]]) -> None:
        """Add provenance as storable values: version, batch, row."""
        self._insert(UNTYPED_PROVENANCE, PROVENANCE, rows)

    def _insert(self, into: TableClause, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        if not rows:
            return
        connection = self._connection
        told = dict(zip(names, zip(*rows, strict=True), strict=True))
        words = {name: _WORDS[column[0]] for name, column in told.items() if _always_one_word(column)}
        given: dict[str, Any] = {name: bindparam(name) for name in names if name not in words}
        compiled = insert(into).values({**given, **words}).compile(dialect=connection.dialect)
        # Past SQLAlchemy's own parameter handling, which would take longer than SQLite does.
        columns = [told[name] for name in compiled.positiontup or given]
        values = list(zip(*columns, strict=True))
        if compiled.positional:
            connection.exec_driver_sql(str(compiled), values)
        else:
            connection.exec_driver_sql(
                str(compiled), [dict(zip(given, each, strict=True)) for each in values]
            )

    def copy_provenance(self, pairs: Mapping[UUID, UUID]) -> None:
        """Let each new version (value) carry the sources of the one before it (key)."""
        p = _PROVENANCE.c
        for part in chunks(sorted(pairs)):
            query = select(p.version, p.batch, p.row).where(p.version.in_(part)).order_by(p.id)
            rows = self._connection.execute(query).all()
            self.add_provenance([(pairs[r.version].hex, r.batch.hex, r.row) for r in rows])

    def rows_of(self, versions: Iterable[UUID]) -> list[dict[str, Any]]:
        """Give those versions as column values, to be changed, made storable and added again."""
        found: list[dict[str, Any]] = []
        for part in chunks(sorted(versions)):
            query = select(_RECORDS).where(_RECORDS.c.version.in_(part))
            found.extend(dict(row) for row in self._connection.execute(query).mappings())
        return found

    def supersede(self, versions: Sequence[UUID], now: datetime) -> int:
        """End those versions at ``now``; gives how many were still in force."""
        count = 0
        for part in chunks(versions):
            ending = update(_RECORDS).where(_RECORDS.c.version.in_(part), _RECORDS.c.superseded_at.is_(None))
            result = cast(CursorResult[Any], self._connection.execute(ending.values(superseded_at=now)))
            count += result.rowcount
        return count

    def of_subject(self, subject: UUID, as_of: datetime | None = None) -> tuple[CreditRecord, ...]:
        """Give the versions about ``subject`` known at ``as_of``, in a fixed order."""
        query = select(_RECORDS).where(_RECORDS.c.subject == subject, known_at(_RECORDS, as_of))
        return self._read(query.order_by(_RECORDS.c.id))

    def moved_since(self, subject: UUID, moment: datetime) -> bool:
        """Say whether a version about ``subject`` came or was superseded after ``moment``."""
        asked = {"subject": subject, "moment": moment}
        return self._connection.execute(_MOVED, asked).first() is not None

    def subjects_moved_since(self, subjects: Iterable[UUID], moment: datetime) -> frozenset[UUID]:
        """Give those of ``subjects`` of whom a version came or was superseded after ``moment``."""
        moved = or_(_RECORDS.c.recorded_at > moment, _RECORDS.c.superseded_at > moment)
        found: set[UUID] = set()
        for some in chunks([*subjects]):
            query = select(_RECORDS.c.subject).where(_RECORDS.c.subject.in_(some), moved).distinct()
            found.update(self._connection.execute(query).scalars())
        return frozenset(found)

    def unmatched(self, versions: Iterable[UUID]) -> list[dict[str, Any]]:
        """Give, as column values, those of ``versions`` in force that belong to no subject yet."""
        return [
            row for row in self.rows_of(versions) if row["subject"] is None and row["superseded_at"] is None
        ]

    def of_batch(self, batch: UUID) -> tuple[frozenset[UUID], frozenset[UUID]]:
        """Give the record versions that came by a batch, and the subjects they are about."""
        joined = _PROVENANCE.join(_RECORDS, _RECORDS.c.version == _PROVENANCE.c.version)
        query = select(_RECORDS.c.version, _RECORDS.c.subject).select_from(joined)
        rows = self._connection.execute(query.where(_PROVENANCE.c.batch == batch)).all()
        return (
            frozenset(row.version for row in rows),
            frozenset(row.subject for row in rows if row.subject is not None),
        )

    def _read(self, query: Any) -> tuple[CreditRecord, ...]:
        rows = list(self._connection.execute(query).mappings())
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
            for row in self._connection.execute(query):
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


def _always_one_word(column: Sequence[Any]) -> bool:
    """Whether all rows say NULL there, or all the same truth value."""
    first = column[0]
    return (first is None or isinstance(first, bool)) and column.count(first) == len(column)


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

"""Batches, quarantine with the doubts it casts, and attested intervals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, insert, or_, select, update

from api.store.entries import Batch, DoubtKey, HeldRow
from api.store.repositories.rows import CHUNK, build, chunks, columns, known_at, table_of
from api.store.tables import BatchRow, DoubtKeyRow, QuarantineRow, RecordRow, WatermarkRow
from domain.identifiers import hide_person_numbers
from records.model import Doubt, Kind, Watermark

_BATCHES, _MARKS = table_of(BatchRow), table_of(WatermarkRow)
_HELD, _KEYS, _RECORDS = table_of(QuarantineRow), table_of(DoubtKeyRow), table_of(RecordRow)


class BatchRepository:
    """What was received, and the days attested with it."""

    def __init__(self, connection: Connection) -> None:
        """Read and write through ``connection``; never commit."""
        self._connection = connection

    def add(self, batch: Batch, file_sealed: bytes | None) -> None:
        """Store a batch with its file, sealed; file names carry certificate numbers at times (R7)."""
        said = {**columns(batch), "file_sealed": file_sealed}
        said |= {
            "file_name": batch.file_name and hide_person_numbers(batch.file_name),
            "unit": hide_person_numbers(batch.unit),
            "confirmed_by": hide_person_numbers(batch.confirmed_by),
        }
        self._connection.execute(insert(_BATCHES), said)

    def get(self, id_: UUID) -> Batch | None:
        """Give the batch ``id_``."""
        row = self._connection.execute(select(_BATCHES).where(_BATCHES.c.id == id_)).mappings().first()
        return None if row is None else build(Batch, row)

    def file_names(self, ids: Iterable[UUID]) -> dict[UUID, str | None]:
        """Give the file name of each of those batches."""
        found: dict[UUID, str | None] = {}
        for part in chunks(sorted(set(ids))):
            query = select(_BATCHES.c.id, _BATCHES.c.file_name).where(_BATCHES.c.id.in_(part))
            found.update({row.id: row.file_name for row in self._connection.execute(query)})
        return found

    def file_of(self, id_: UUID) -> bytes | None:
        """Give the sealed file of the batch."""
        return self._connection.execute(select(_BATCHES.c.file_sealed).where(_BATCHES.c.id == id_)).scalar()

    def attest(self, mark: Watermark, batch: UUID) -> None:
        """Store an attested interval."""
        said = {**columns(mark), "kind": mark.kind.value, "batch": batch}
        said["attested_by"] = hide_person_numbers(mark.attested_by)
        self._connection.execute(insert(_MARKS), said)

    def supersede_marks(self, ids: Sequence[UUID], now: datetime) -> None:
        """End those intervals at ``now``: a wider one stands in their place."""
        for part in chunks(ids):
            self._connection.execute(update(_MARKS).where(_MARKS.c.id.in_(part)).values(superseded_at=now))

    def watermarks(self, as_of: datetime | None = None) -> tuple[Watermark, ...]:
        """Give the attested intervals as known at ``as_of``, in a fixed order."""
        query = select(_MARKS).where(known_at(_MARKS, as_of)).order_by(_MARKS.c.id)
        return tuple(_mark(row) for row in self._connection.execute(query).mappings())


def _mark(row: Any) -> Watermark:
    return build(Watermark, {**row, "kind": Kind(row["kind"])}, tuples=("domains",))  # type: ignore[arg-type]


class QuarantineRepository:
    """Rows that could not be taken, and whom they name."""

    def __init__(self, connection: Connection) -> None:
        """Read and write through ``connection``; never commit."""
        self._connection = connection

    def add(self, rows: Sequence[HeldRow]) -> None:
        """Hold those rows."""
        if not rows:
            return
        given = [{k: v for k, v in columns(row).items() if k != "keys"} for row in rows]
        self._connection.execute(insert(_HELD), given)
        self.add_keys([(row.id, key) for row in rows for key in row.keys])

    def add_keys(self, keys: Sequence[tuple[UUID, DoubtKey]]) -> None:
        """Let each holder (held row, unmatched version) cast doubt on whom its key names."""
        if keys:
            given = [{"holder": holder, "kind": key.kind, "value": key.value} for holder, key in keys]
            self._connection.execute(insert(_KEYS), given)

    def by_fingerprints(self, fingerprints: Iterable[bytes]) -> tuple[HeldRow, ...]:
        """Give the open rows that say word for word the same."""
        return self._among(_HELD.c.fingerprint, fingerprints)

    def by_identities(self, identities: Iterable[str]) -> tuple[HeldRow, ...]:
        """Give the open rows about records of those identities."""
        return self._among(_HELD.c.identity, identities)

    def _among(self, column: Any, values: Iterable[Any]) -> tuple[HeldRow, ...]:
        found: list[HeldRow] = []
        for part in chunks(sorted(set(values))):
            found.extend(self._read(column.in_(part) & _HELD.c.cleared_at.is_(None)))
        return tuple(found)

    def open_identities(self, kind: str) -> set[str]:
        """Give the identities of the rows of that kind that wait for a better one."""
        waiting = (_HELD.c.kind == kind) & _HELD.c.cleared_at.is_(None) & _HELD.c.identity.is_not(None)
        return set(self._connection.execute(select(_HELD.c.identity).where(waiting)).scalars())

    def holders_naming(self, keys: Iterable[DoubtKey]) -> set[UUID]:
        """Give the holders of any of those keys."""
        wanted: dict[str, list[str]] = defaultdict(list)
        for key in keys:
            wanted[key.kind].append(key.value)
        apart = [(kind, part) for kind, values in wanted.items() for part in chunks(sorted(set(values)))]
        if sum(map(len, wanted.values())) <= CHUNK:
            # One question for a single subject's handful of keys.
            return self._holders(*apart) if apart else set()
        return {holder for each in apart for holder in self._holders(each)}

    def _holders(self, *wanted: tuple[str, Sequence[str]]) -> set[UUID]:
        c = _KEYS.c
        named = or_(*(and_(c.kind == kind, c.value.in_(values)) for kind, values in wanted))
        return set(self._connection.execute(select(c.holder).where(named)).scalars())

    def clear(self, ids: Sequence[UUID], now: datetime, by: UUID) -> None:
        """Mark those rows as answered at ``now`` by batch ``by``; they stay."""
        for part in chunks(ids):
            open_ = _HELD.c.id.in_(part) & _HELD.c.cleared_at.is_(None)
            self._connection.execute(update(_HELD).where(open_).values(cleared_at=now, cleared_by=by))

    def by_references(self, references: Iterable[str]) -> dict[str, HeldRow]:
        """Give the open rows with those references, by reference."""
        found: dict[str, HeldRow] = {}
        for part in chunks(sorted(set(references))):
            query = _HELD.c.reference.in_(part) & _HELD.c.cleared_at.is_(None)
            found.update({row.reference: row for row in self._read(query)})
        return found

    def waiting_for_unit(self, name: str) -> tuple[HeldRow, ...]:
        """Give the open rows that wait for somebody to say which unit ``name`` is (R19)."""
        return self._read((_HELD.c.named_unit == name) & _HELD.c.cleared_at.is_(None))

    def open_rows(
        self, *, unit: str | None = None, kind: str | None = None, batch: UUID | None = None
    ) -> tuple[HeldRow, ...]:
        """Give the open rows, in the order in which they came; only those of a unit, kind or batch."""
        wanted: ColumnElement[bool] = _HELD.c.cleared_at.is_(None)
        for column, value in ((_HELD.c.unit, unit), (_HELD.c.kind, kind), (_HELD.c.batch, batch)):
            if value is not None:
                wanted &= column == value
        return self._read(wanted)

    def open_of_batch(self, batch: UUID) -> tuple[HeldRow, ...]:
        """Give the open rows of one batch, in the order of the file."""
        return self._read((_HELD.c.batch == batch) & _HELD.c.cleared_at.is_(None))

    def unknown_units(self) -> dict[str, int]:
        """Give each unit name that waits for an operator, with the number of its rows."""
        query = select(_HELD.c.named_unit).where(
            _HELD.c.named_unit.is_not(None), _HELD.c.cleared_at.is_(None)
        )
        counts: dict[str, int] = defaultdict(int)
        for name in self._connection.execute(query).scalars():
            counts[str(name)] += 1
        return dict(counts)

    def doubts(self, subject: UUID, keys: Sequence[DoubtKey], as_of: datetime) -> tuple[Doubt, ...]:
        """Give the doubts that rows naming any of ``keys`` cast on ``subject`` at ``as_of`` (R3)."""
        holders = sorted(self.holders_naming(keys), key=str)
        found: list[Doubt] = []
        for part in chunks(holders):
            found.extend(self._held_doubts(subject, part, as_of))
            found.extend(self._unmatched_doubts(subject, part, as_of))
        return tuple(sorted(found, key=lambda doubt: str(doubt.id)))

    def _held_doubts(self, subject: UUID, holders: Sequence[UUID], as_of: datetime) -> Iterator[Doubt]:
        c = _HELD.c
        still = or_(c.cleared_at.is_(None), c.cleared_at > as_of)
        query = select(c.id, c.domains, c.code, c.recorded_at, c.cleared_at)
        for row in self._connection.execute(query.where(c.id.in_(holders), c.recorded_at <= as_of, still)):
            yield _doubt(subject, row.id, row.domains, row.code, row.recorded_at, row.cleared_at)

    def _unmatched_doubts(self, subject: UUID, holders: Sequence[UUID], as_of: datetime) -> Iterator[Doubt]:
        c = _RECORDS.c
        query = select(c.version, c.domains, c.recorded_at, c.superseded_at).where(
            c.version.in_(holders), c.subject.is_(None), known_at(_RECORDS, as_of)
        )
        for row in self._connection.execute(query):
            code, ended = "subject_unmatched", row.superseded_at
            yield _doubt(subject, row.version, row.domains, code, row.recorded_at, ended)

    def _read(self, condition: Any) -> tuple[HeldRow, ...]:
        query = select(_HELD).where(condition).order_by(_HELD.c.batch, _HELD.c.row, _HELD.c.id)
        rows = list(self._connection.execute(query).mappings())
        keys: dict[UUID, list[DoubtKey]] = defaultdict(list)
        for part in chunks([row["id"] for row in rows]):
            for key in self._connection.execute(select(_KEYS).where(_KEYS.c.holder.in_(part))):
                keys[key.holder].append(DoubtKey(kind=key.kind, value=key.value))
        return tuple(_held(row, tuple(keys[row["id"]])) for row in rows)


def _held(row: Any, keys: tuple[DoubtKey, ...]) -> HeldRow:
    return build(HeldRow, {**row, "keys": keys}, tuples=("domains", "problems"))  # type: ignore[arg-type]


def _doubt(
    subject: UUID, id_: UUID, domains: Iterable[str], code: str, recorded: datetime, cleared: datetime | None
) -> Doubt:
    return Doubt(
        id=id_, subject=subject, domains=tuple(domains), code=code, recorded_at=recorded, cleared_at=cleared
    )

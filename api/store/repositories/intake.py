"""Batches, quarantine with the doubts it casts, and attested intervals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, or_, select, update
from sqlmodel import Session

from api.store.entries import Batch, HeldRow, QuarantineKey
from api.store.repositories.rows import build, chunks, columns, known_at, table_of
from api.store.tables import BatchRow, QuarantineKeyRow, QuarantineRow, WatermarkRow
from records.model import Doubt, Kind, Watermark

_BATCHES, _MARKS = table_of(BatchRow), table_of(WatermarkRow)
_HELD, _KEYS = table_of(QuarantineRow), table_of(QuarantineKeyRow)


class BatchRepository:
    """What was received, and the days attested with it."""

    def __init__(self, session: Session) -> None:
        """Read and write through ``session``; never commit."""
        self._session = session

    def add(self, batch: Batch, file_sealed: bytes | None) -> None:
        """Store a batch with its file, sealed."""
        self._session.execute(insert(_BATCHES), {**columns(batch), "file_sealed": file_sealed})

    def get(self, id_: UUID) -> Batch | None:
        """Give the batch ``id_``."""
        row = self._session.execute(select(_BATCHES).where(_BATCHES.c.id == id_)).mappings().first()
        return None if row is None else build(Batch, row)

    def file_of(self, id_: UUID) -> bytes | None:
        """Give the sealed file of the batch."""
        return self._session.execute(select(_BATCHES.c.file_sealed).where(_BATCHES.c.id == id_)).scalar()

    def attest(self, mark: Watermark, batch: UUID) -> None:
        """Store an attested interval."""
        self._session.execute(insert(_MARKS), {**columns(mark), "kind": mark.kind.value, "batch": batch})

    def supersede_marks(self, ids: Sequence[UUID], now: datetime) -> None:
        """End those intervals at ``now``: a wider one stands in their place."""
        for part in chunks(ids):
            self._session.execute(update(_MARKS).where(_MARKS.c.id.in_(part)).values(superseded_at=now))

    def watermarks(self, as_of: datetime | None = None) -> tuple[Watermark, ...]:
        """Give the attested intervals as known at ``as_of``, in a fixed order."""
        query = select(_MARKS).where(known_at(_MARKS, as_of)).order_by(_MARKS.c.id)
        return tuple(_mark(row) for row in self._session.execute(query).mappings())


def _mark(row: Any) -> Watermark:
    return build(Watermark, {**row, "kind": Kind(row["kind"])}, tuples=("domains",))  # type: ignore[arg-type]


class QuarantineRepository:
    """Rows that could not be taken, and whom they name."""

    def __init__(self, session: Session) -> None:
        """Read and write through ``session``; never commit."""
        self._session = session

    def add(self, rows: Sequence[HeldRow]) -> None:
        """Hold those rows."""
        if not rows:
            return
        given = [{k: v for k, v in columns(row).items() if k != "keys"} for row in rows]
        self._session.execute(insert(_HELD), given)
        keys = [{"quarantine": row.id, "kind": k.kind, "value": k.value} for row in rows for k in row.keys]
        if keys:
            self._session.execute(insert(_KEYS), keys)

    def clear(self, ids: Sequence[UUID], now: datetime, by: UUID) -> None:
        """Mark those rows as answered at ``now`` by batch ``by``; they stay."""
        for part in chunks(ids):
            open_ = _HELD.c.id.in_(part) & _HELD.c.cleared_at.is_(None)
            self._session.execute(update(_HELD).where(open_).values(cleared_at=now, cleared_by=by))

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

    def open_of_batch(self, batch: UUID) -> tuple[HeldRow, ...]:
        """Give the open rows of one batch, in the order of the file."""
        return self._read((_HELD.c.batch == batch) & _HELD.c.cleared_at.is_(None))

    def unknown_units(self) -> dict[str, int]:
        """Give each unit name that waits for an operator, with the number of its rows."""
        query = select(_HELD.c.named_unit).where(
            _HELD.c.named_unit.is_not(None), _HELD.c.cleared_at.is_(None)
        )
        counts: dict[str, int] = defaultdict(int)
        for name in self._session.execute(query).scalars():
            counts[str(name)] += 1
        return dict(counts)

    def doubts(self, subject: UUID, keys: Sequence[QuarantineKey], as_of: datetime) -> tuple[Doubt, ...]:
        """Give the doubts that rows naming any of ``keys`` cast on ``subject`` at ``as_of`` (R3)."""
        if not keys:
            return ()
        named = or_(*((_KEYS.c.kind == key.kind) & (_KEYS.c.value == key.value) for key in keys))
        ids = select(_KEYS.c.quarantine).where(named)
        still = or_(_HELD.c.cleared_at.is_(None), _HELD.c.cleared_at > as_of)
        query = select(_HELD.c.id, _HELD.c.domains, _HELD.c.code, _HELD.c.recorded_at, _HELD.c.cleared_at)
        query = query.where(_HELD.c.id.in_(ids), _HELD.c.recorded_at <= as_of, still).order_by(_HELD.c.id)
        return tuple(
            Doubt(
                id=row.id,
                subject=subject,
                domains=tuple(row.domains),
                code=row.code,
                recorded_at=row.recorded_at,
                cleared_at=row.cleared_at,
            )  # fmt: skip
            for row in self._session.execute(query)
        )

    def _read(self, condition: Any) -> tuple[HeldRow, ...]:
        query = select(_HELD).where(condition).order_by(_HELD.c.batch, _HELD.c.row, _HELD.c.id)
        rows = list(self._session.execute(query).mappings())
        keys: dict[UUID, list[QuarantineKey]] = defaultdict(list)
        for part in chunks([row["id"] for row in rows]):
            for key in self._session.execute(select(_KEYS).where(_KEYS.c.quarantine.in_(part))):
                keys[key.quarantine].append(QuarantineKey(kind=key.kind, value=key.value))
        return tuple(_held(row, tuple(keys[row["id"]])) for row in rows)


def _held(row: Any, keys: tuple[QuarantineKey, ...]) -> HeldRow:
    return build(HeldRow, {**row, "keys": keys}, tuples=("domains",))  # type: ignore[arg-type]

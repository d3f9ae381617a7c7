"""The ledger of rows that came late, and the reports each of them touches (R31)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Connection, CursorResult, func, insert, select, update

from api.store.entries_status import LateRow
from api.store.repositories.rows import build, columns, table_of
from api.store.tables.status import LateEffectRow, LateRowRow
from domain.errors import Conflict

_LATE, _EFFECTS = table_of(LateRowRow), table_of(LateEffectRow)


class LateRepository:
    """Late rows of units."""

    def __init__(self, connection: Connection) -> None:
        """Read and write through ``connection``; never commit."""
        self._connection = connection

    def add(self, rows: Sequence[LateRow]) -> None:
        """Enter rows into their units' ledger."""
        if rows:
            self._connection.execute(insert(_LATE), [columns(row) for row in rows])

    def affect(self, pairs: Iterable[tuple[UUID, str]]) -> None:
        """Keep which late row touches which report."""
        given = [{"late": late, "number": number} for late, number in pairs]
        if given:
            self._connection.execute(insert(_EFFECTS), given)

    def get(self, id_: UUID) -> LateRow | None:
        """Give the line ``id_``."""
        row = self._connection.execute(select(_LATE).where(_LATE.c.id == id_)).mappings().first()
        return None if row is None else build(LateRow, row)

    def ledger(self, unit: str | None = None, limit: int = 200) -> tuple[tuple[LateRow, int], ...]:
        """Give the newest lines (of one unit) with the number of reports each touches."""
        count = select(_EFFECTS.c.late, func.count().label("reports")).group_by(_EFFECTS.c.late).subquery()
        query = select(_LATE, func.coalesce(count.c.reports, 0).label("reports"))
        query = query.outerjoin(count, count.c.late == _LATE.c.id)
        if unit is not None:
            query = query.where(_LATE.c.unit == unit)
        query = query.order_by(_LATE.c.noticed_at.desc(), _LATE.c.id.desc()).limit(limit)
        rows = self._connection.execute(query).mappings()
        return tuple((build(LateRow, row), int(row["reports"])) for row in rows)

    def units(self) -> tuple[tuple[str, int, int], ...]:
        """Give each unit with its open lines and its longest delay in days, the most lines first."""
        lines = func.count()
        query = select(_LATE.c.unit, lines, func.max(_LATE.c.days_late)).where(_LATE.c.withdrawn_at.is_(None))
        query = query.group_by(_LATE.c.unit).order_by(lines.desc(), _LATE.c.unit)
        return tuple((row[0], int(row[1]), int(row[2])) for row in self._connection.execute(query))

    def numbers_of(self, late: UUID) -> tuple[str, ...]:
        """Give the reports that one late row touches."""
        query = select(_EFFECTS.c.number).where(_EFFECTS.c.late == late).order_by(_EFFECTS.c.number)
        return tuple(self._connection.execute(query).scalars())

    def numbers_of_batch(self, batch: UUID) -> tuple[str, ...]:
        """Give the reports that the late rows of one batch touch."""
        query = select(_EFFECTS.c.number).join(_LATE, _LATE.c.id == _EFFECTS.c.late)
        return tuple(self._connection.execute(query.where(_LATE.c.batch == batch).distinct()).scalars())

    def open_on(self, number: str) -> int:
        """Give how many late rows touch a report and were not withdrawn."""
        query = select(func.count()).select_from(_EFFECTS.join(_LATE, _LATE.c.id == _EFFECTS.c.late))
        query = query.where(_EFFECTS.c.number == number, _LATE.c.withdrawn_at.is_(None))
        return int(self._connection.execute(query).scalar_one())

    def withdraw(self, id_: UUID, by: str, why: str, now: datetime) -> None:
        """The unit took the row back; Conflict ``late_withdrawn`` when it had already."""
        one = update(_LATE).where(_LATE.c.id == id_, _LATE.c.withdrawn_at.is_(None))
        values = {"withdrawn_at": now, "withdrawn_by": by, "withdrawn_why": why}
        if cast(CursorResult[Any], self._connection.execute(one.values(**values))).rowcount != 1:
            raise Conflict("late_withdrawn", late=str(id_))

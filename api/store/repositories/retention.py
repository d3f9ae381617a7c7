"""What is past its time: counted, and erased without the row that tells that it was there (R7)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, exists, func, select, update

from api.store.repositories.rows import table_of
from api.store.tables import (
    BatchRow,
    BulkItemRow,
    BulkRow,
    FeedbackRow,
    IdempotencyRow,
    QuarantineRow,
    SessionRow,
    SignInRow,
    VisitRow,
)

_BATCHES, _HELD = table_of(BatchRow), table_of(QuarantineRow)
_VISITS, _FEEDBACK = table_of(VisitRow), table_of(FeedbackRow)
_BULKS, _ITEMS = table_of(BulkRow), table_of(BulkItemRow)
_RUN_OUT = tuple(table_of(row) for row in (SessionRow, SignInRow, IdempotencyRow))
ERASED = b""
"""Stands where something sealed was; nothing that is sealed is empty."""


class RetentionRepository:
    """Erases by class; each method gives how many rows it befell, or would."""

    def __init__(self, connection: Connection) -> None:
        """Read and write through ``connection``; never commit."""
        self._connection = connection

    def files(self, before: datetime, *, erase: bool) -> int:
        """Bureaus' files that came before that instant and have no row that waits."""
        waits = exists().where(_HELD.c.batch == _BATCHES.c.id, _HELD.c.cleared_at.is_(None))
        old = (_BATCHES.c.received_at < before) & _BATCHES.c.file_sealed.is_not(None) & ~waits
        return self._each(_BATCHES, old, erase, file_sealed=None)

    def returned(self, before: datetime, *, erase: bool) -> int:
        """Cells of held rows that were answered before that instant."""
        c = _HELD.c
        return self._each(
            _HELD, (c.cleared_at < before) & (c.cells_sealed != ERASED), erase, cells_sealed=ERASED
        )

    def applicants(self, before: datetime, *, erase: bool) -> int:
        """Who came to the window before that instant, and the scan of their authority."""
        c = _VISITS.c
        old = (c.at < before) & (c.applicant_sealed != ERASED)
        return self._each(_VISITS, old, erase, applicant_sealed=ERASED, scan_sealed=None)

    def feedback(self, before: datetime, *, erase: bool) -> int:
        """Text and contact of what was answered before that instant."""
        c = _FEEDBACK.c
        old = (c.answered_at < before) & (c.message_sealed != ERASED)
        return self._each(_FEEDBACK, old, erase, message_sealed=ERASED, contact_sealed=None)

    def run_out(self, now: datetime, *, erase: bool) -> int:
        """Sessions, begun sign-ins, remembered answers and bulk verdicts whose own time is over."""
        total = self._count(_BULKS, _BULKS.c.expires_at <= now)
        if erase:
            old = select(_BULKS.c.id).where(_BULKS.c.expires_at <= now)
            self._connection.execute(delete(_ITEMS).where(_ITEMS.c.bulk.in_(old)))
            self._connection.execute(delete(_BULKS).where(_BULKS.c.expires_at <= now))
        for table in _RUN_OUT:
            over = table.c.expires_at <= now
            total += self._count(table, over)
            if erase:
                self._connection.execute(delete(table).where(over))
        return total

    def _each(self, table: Any, old: ColumnElement[bool], erase: bool, **values: object) -> int:
        found = self._count(table, old)
        if erase and found:
            self._connection.execute(update(table).where(old).values(**values))
        return found

    def _count(self, table: Any, condition: ColumnElement[bool]) -> int:
        query = select(func.count()).select_from(table).where(condition)
        return int(self._connection.execute(query).scalar_one())

"""Receivers' policies (kept for good) and receipts (kept for a few days)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select

from api.store.entries_freshness import StoredPolicy, StoredReceipt
from api.store.repositories.rows import build, columns, table_of
from api.store.tables import PolicyRow, ReceiptRow

_POLICIES, _RECEIPTS = table_of(PolicyRow), table_of(ReceiptRow)


class PolicyRepository:
    """The scenario policies that the house added."""

    def __init__(self, connection: Connection) -> None:
        """Read and write through ``connection``; never commit."""
        self._connection = connection

    def add(self, policy: StoredPolicy) -> None:
        """Keep a new policy or a new version of one."""
        self._connection.execute(insert(_POLICIES), columns(policy))

    def all(self) -> tuple[StoredPolicy, ...]:
        """Give every version of every policy, by id and version."""
        query = select(_POLICIES).order_by(_POLICIES.c.id, _POLICIES.c.version)
        return tuple(build(StoredPolicy, row) for row in self._connection.execute(query).mappings())


class ReceiptRepository:
    """The receipts that can still be given again."""

    def __init__(self, connection: Connection) -> None:
        """Read and write through ``connection``; never commit."""
        self._connection = connection

    def add(self, receipt: StoredReceipt) -> None:
        """Keep a receipt that was given."""
        self._connection.execute(insert(_RECEIPTS), columns(receipt))

    def get(self, id_: UUID) -> StoredReceipt | None:
        """Give a receipt by its id, None for one unknown or gone."""
        row = self._connection.execute(select(_RECEIPTS).where(_RECEIPTS.c.id == id_)).mappings().first()
        return None if row is None else build(StoredReceipt, row)

    def sweep(self, now: datetime) -> int:
        """Remove the receipts whose days are over; their log leaves stay.  Give how many there were."""
        found = self._connection.execute(delete(_RECEIPTS).where(_RECEIPTS.c.expires_at <= now))
        return int(getattr(found, "rowcount", 0))

"""Batches of checks: kept for an hour, verdicts sealed, files never."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, func, insert, select, update

from api.store.entries_bulk import Bulk, BulkItem
from api.store.repositories.rows import build, columns, table_of
from api.store.tables import BulkItemRow, BulkRow

_BULKS, _ITEMS = table_of(BulkRow), table_of(BulkItemRow)


class BulkRepository:
    """The batches that are still kept."""

    def __init__(self, connection: Connection) -> None:
        """Read and write through ``connection``; never commit."""
        self._connection = connection

    def add(self, bulk: Bulk) -> None:
        """Keep a new batch."""
        self._connection.execute(insert(_BULKS), columns(bulk))

    def by_token(self, token_hash: bytes, now: datetime) -> Bulk | None:
        """Give the batch of a token, None for an unknown one or one past its hour."""
        query = select(_BULKS).where(_BULKS.c.token_hash == token_hash, _BULKS.c.expires_at > now)
        row = self._connection.execute(query).mappings().first()
        return None if row is None else build(Bulk, row)

    def append(self, bulk: UUID, sha256: str, verdict_sealed: bytes) -> int:
        """Add one verdict after those there and give how many there are now."""
        place = self.count(bulk)
        item = BulkItem(bulk=bulk, position=place, sha256=sha256, verdict_sealed=verdict_sealed)
        self._connection.execute(insert(_ITEMS), columns(item))
        return place + 1

    def count(self, bulk: UUID) -> int:
        """Give how many verdicts the batch has."""
        query = select(func.count()).select_from(_ITEMS).where(_ITEMS.c.bulk == bulk)
        return int(self._connection.execute(query).scalar_one())

    def items(self, bulk: UUID) -> tuple[BulkItem, ...]:
        """Give the verdicts of a batch in the order in which they came."""
        query = select(_ITEMS).where(_ITEMS.c.bulk == bulk).order_by(_ITEMS.c.position)
        return tuple(build(BulkItem, row) for row in self._connection.execute(query).mappings())

    def change(self, bulk: UUID, *, total: int | None = None, rule: Mapping[str, Any] | None = None) -> None:
        """Give the batch another total or another rule."""
        values: dict[str, Any] = {} if total is None else {"total": total}
        values |= {} if rule is None else {"rule": dict(rule)}
        self._connection.execute(update(_BULKS).where(_BULKS.c.id == bulk).values(**values))

    def sweep(self, now: datetime) -> None:
        """Remove every batch past its hour."""
        old = select(_BULKS.c.id).where(_BULKS.c.expires_at <= now).scalar_subquery()
        self._connection.execute(delete(_ITEMS).where(_ITEMS.c.bulk.in_(old)))
        self._connection.execute(delete(_BULKS).where(_BULKS.c.expires_at <= now))

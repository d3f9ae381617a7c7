"""Receivers and requesting bodies that registered here, and their keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select, update

from api.store.entries_access import Organisation, StoredKey
from api.store.repositories.rows import build, columns, table_of
from api.store.tables import ApiKeyRow, OrganisationRow

_ORGANISATIONS, _KEYS = table_of(OrganisationRow), table_of(ApiKeyRow)


class OrganisationRepository:
    """Organisations of report users."""

    def __init__(self, connection: Connection) -> None:
        """Read and write through ``connection``; never commit."""
        self._connection = connection

    def add(self, organisation: Organisation) -> None:
        """Add ``organisation``; a second one with its USCC breaks the unique column."""
        self._connection.execute(insert(_ORGANISATIONS), columns(organisation))

    def by_id(self, id_: UUID) -> Organisation | None:
        """Give the organisation of that row."""
        return self._one(_ORGANISATIONS.c.id == id_)

    def by_uscc(self, uscc: str) -> Organisation | None:
        """Give the organisation with that USCC."""
        return self._one(_ORGANISATIONS.c.uscc == uscc)

    def _one(self, condition: Any) -> Organisation | None:
        row = self._connection.execute(select(_ORGANISATIONS).where(condition)).mappings().first()
        return None if row is None else build(Organisation, row)

    def all(self, state: str | None = None) -> tuple[Organisation, ...]:
        """Give the organisations in ``state`` (None: all), longest waiting first."""
        query = select(_ORGANISATIONS).order_by(_ORGANISATIONS.c.registered_at, _ORGANISATIONS.c.id)
        if state is not None:
            query = query.where(_ORGANISATIONS.c.state == state)
        return tuple(build(Organisation, row) for row in self._connection.execute(query).mappings())

    def change(self, id_: UUID, **values: Any) -> None:
        """Those columns of the organisation hold those values."""
        self._connection.execute(update(_ORGANISATIONS).where(_ORGANISATIONS.c.id == id_).values(**values))

    def add_key(self, key: StoredKey) -> None:
        """Add ``key``."""
        self._connection.execute(insert(_KEYS), columns(key))

    def keys_of(self, organisation: UUID) -> tuple[StoredKey, ...]:
        """Give every key the organisation ever had, newest first."""
        query = select(_KEYS).where(_KEYS.c.organisation == organisation)
        return self._keys(query.order_by(_KEYS.c.made_at.desc(), _KEYS.c.id.desc()))

    def keys_named(self, prefix: str) -> tuple[StoredKey, ...]:
        """Give the keys that begin with ``prefix``."""
        return self._keys(select(_KEYS).where(_KEYS.c.prefix == prefix))

    def _keys(self, query: Any) -> tuple[StoredKey, ...]:
        rows = self._connection.execute(query).mappings()
        return tuple(build(StoredKey, row, tuples=("scopes",)) for row in rows)

    def key_used(self, id_: UUID, now: datetime) -> None:
        """The key was used ``now``."""
        self._connection.execute(update(_KEYS).where(_KEYS.c.id == id_).values(used_at=now))

    def end_key(self, id_: UUID, now: datetime) -> None:
        """The key is over, if it was not."""
        open_ = (_KEYS.c.id == id_) & _KEYS.c.ended_at.is_(None)
        self._connection.execute(update(_KEYS).where(open_).values(ended_at=now))

    def end_keys_of(self, organisation: UUID, now: datetime) -> None:
        """Every key of the organisation is over."""
        open_ = (_KEYS.c.organisation == organisation) & _KEYS.c.ended_at.is_(None)
        self._connection.execute(update(_KEYS).where(open_).values(ended_at=now))

"""The people who work in the house (R25); a leaver keeps the row."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select, update

from api.store.entries_access import Operator
from api.store.repositories.rows import build, columns, table_of
from api.store.tables import OperatorRow

_OPERATORS = table_of(OperatorRow)


class StaffRepository:
    """The house's own list of operators."""

    def __init__(self, connection: Connection) -> None:
        """Read and write through ``connection``; never commit."""
        self._connection = connection

    def all(self) -> tuple[Operator, ...]:
        """Give everybody who ever worked here, in the order of admission."""
        query = select(_OPERATORS).order_by(_OPERATORS.c.added_at, _OPERATORS.c.id)
        return tuple(build(Operator, row) for row in self._connection.execute(query).mappings())

    def named(self, name: str) -> Operator | None:
        """Give the entry of that name, a leaver's too."""
        return self._one(_OPERATORS.c.name == name)

    def by_login(self, login: str) -> Operator | None:
        """Give who works here now under that sign-in name."""
        return self._one((_OPERATORS.c.login == login) & _OPERATORS.c.left_at.is_(None))

    def _one(self, condition: Any) -> Operator | None:
        row = self._connection.execute(select(_OPERATORS).where(condition)).mappings().first()
        return None if row is None else build(Operator, row)

    def add(self, operator: Operator) -> None:
        """Add ``operator``; a second one of that name breaks the unique column."""
        self._connection.execute(insert(_OPERATORS), columns(operator))

    def give_login(self, id_: UUID, login: str, territory: str | None) -> None:
        """That entry signs in under ``login``, limited to ``territory``."""
        his = update(_OPERATORS).where(_OPERATORS.c.id == id_)
        self._connection.execute(his.values(login=login, territory=territory))

    def leave(self, id_: UUID, now: datetime) -> None:
        """That person has left."""
        here = (_OPERATORS.c.id == id_) & _OPERATORS.c.left_at.is_(None)
        self._connection.execute(update(_OPERATORS).where(here).values(left_at=now))

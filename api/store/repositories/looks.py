"""Looks at subjects: only ever added to, read by the subject and by whoever watches staff."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, func, insert, select

from api.store.entries_access import Look
from api.store.repositories.rows import build, columns, table_of
from api.store.tables import LookRow
from domain.identifiers import hide_person_numbers

_LOOKS = table_of(LookRow)


class LookRepository:
    """Who looked at whom."""

    def __init__(self, connection: Connection) -> None:
        """Read and write through ``connection``; never commit."""
        self._connection = connection

    def add(self, look: Look) -> None:
        """Add ``look``; nobody's certificate number is in it (R7)."""
        said = columns(look) | {"purpose": hide_person_numbers(look.purpose)}
        self._connection.execute(insert(_LOOKS), said)

    def of_subject(self, subject: UUID, *, limit: int = 200) -> tuple[Look, ...]:
        """Give the looks at ``subject``, newest first."""
        return self._found(_LOOKS.c.subject == subject, limit)

    def ids_about(self, number: str) -> tuple[UUID, ...]:
        """Give the ids of every look at report ``number``, oldest first."""
        query = select(_LOOKS.c.id).where(_LOOKS.c.number == number).order_by(_LOOKS.c.id)
        return tuple(self._connection.execute(query).scalars())

    def of_grant(self, grant: UUID, *, limit: int = 200) -> tuple[Look, ...]:
        """Give the looks taken under ``grant``, newest first."""
        return self._found(_LOOKS.c.grant == grant, limit)

    def by_roles(self, roles: tuple[str, ...], *, since: datetime, limit: int = 200) -> tuple[Look, ...]:
        """Give the looks that people in ``roles`` took since an instant, newest first."""
        return self._found((_LOOKS.c.viewer_role.in_(roles)) & (_LOOKS.c.at >= since), limit)

    def count_by(self, viewer: UUID, *, since: datetime) -> int:
        """Give how many looks that person took since an instant, in any role."""
        query = select(func.count()).select_from(_LOOKS)
        counted = query.where(_LOOKS.c.viewer == viewer, _LOOKS.c.at >= since)
        return int(self._connection.execute(counted).scalar_one())

    def _found(self, condition: object, limit: int) -> tuple[Look, ...]:
        query = select(_LOOKS).where(condition).order_by(_LOOKS.c.at.desc(), _LOOKS.c.id.desc())  # type: ignore[arg-type]
        rows = self._connection.execute(query.limit(limit)).mappings()
        return tuple(build(Look, row, tuples=("fields",)) for row in rows)

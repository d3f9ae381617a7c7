"""Grants with their uses, and live codes; what is counted or spent is so in one statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, CursorResult, delete, insert, or_, select, update

from api.store.entries_grants import CLOSED, LIVE, Grant, LiveCode, Opening
from api.store.repositories.rows import build, columns, table_of
from api.store.tables import GrantRow, LiveCodeRow, OpeningRow
from domain.errors import InvariantBroken

_GRANTS, _OPENINGS, _LIVE = table_of(GrantRow), table_of(OpeningRow), table_of(LiveCodeRow)
MAX_DEPTH = 8
"""Grants made from grants made from grants: more links than this nobody needs."""


class GrantRepository:
    """What subjects let others see."""

    def __init__(self, connection: Connection) -> None:
        """Read and write through ``connection``; never commit."""
        self._connection = connection

    def add(self, grant: Grant) -> None:
        """Store a new grant."""
        self._connection.execute(insert(_GRANTS), columns(grant))

    def get(self, id_: UUID) -> Grant | None:
        """Give the grant ``id_``."""
        return next(iter(self._found(_GRANTS.c.id == id_)), None)

    def by_hash(self, hashes: Iterable[bytes]) -> Grant | None:
        """Give the grant whose secret has one of these keyed hashes (one for each version of the key)."""
        return next(iter(self._found(_GRANTS.c.secret_hash.in_([*hashes]))), None)

    def chain(self, grant: Grant) -> tuple[Grant, ...]:
        """Give ``grant`` and every grant it was made from, itself first."""
        found = [grant]
        while (parent := found[-1].parent) is not None:
            wider = self.get(parent)
            if wider is None or len(found) > MAX_DEPTH:
                raise InvariantBroken("grant_chain_broken", grant=str(grant.id))
            found.append(wider)
        return tuple(found)

    def with_descendants(self, id_: UUID) -> tuple[UUID, ...]:
        """Give ``id_`` and every grant made from it, however far down."""
        found, level = [id_], [id_]
        while level:
            query = select(_GRANTS.c.id).where(_GRANTS.c.parent.in_(level))
            level = [*self._connection.execute(query).scalars()]
            found += level
        return tuple(found)

    def of_subject(self, subject: UUID, *, limit: int = 200) -> tuple[Grant, ...]:
        """Give the grants about ``subject``, newest first."""
        return self._found(_GRANTS.c.subject == subject, limit)

    def ids_about(self, number: str) -> tuple[UUID, ...]:
        """Give the ids of every grant about report ``number``, oldest first."""
        query = select(_GRANTS.c.id).where(_GRANTS.c.number == number).order_by(_GRANTS.c.id)
        return tuple(self._connection.execute(query).scalars())

    def of_receiver(self, uscc: str, *, limit: int = 200) -> tuple[Grant, ...]:
        """Give the grants for one organisation, newest first."""
        return self._found(_GRANTS.c.receiver == uscc, limit)

    def use(self, id_: UUID) -> bool:
        """Count one use; False, and nothing counted, when none is left or the grant has ended."""
        left = or_(_GRANTS.c.max_uses.is_(None), _GRANTS.c.uses < _GRANTS.c.max_uses)
        one = update(_GRANTS).where(_GRANTS.c.id == id_, _GRANTS.c.state == LIVE, left)
        return _count(self._connection.execute(one.values(uses=_GRANTS.c.uses + 1))) == 1

    def count_wrong_factor(self, id_: UUID, limit: int, now: datetime) -> int:
        """Count one wrong second factor and give how many there were; the ``limit``-th closes the grant."""
        one = update(_GRANTS).where(_GRANTS.c.id == id_)
        self._connection.execute(one.values(wrong_factors=_GRANTS.c.wrong_factors + 1))
        wrong = int(
            self._connection.execute(select(_GRANTS.c.wrong_factors).where(_GRANTS.c.id == id_)).scalar_one()
        )
        if wrong >= limit:
            self.end((id_,), CLOSED, now)
        return wrong

    def end(self, ids: Sequence[UUID], state: str, now: datetime) -> int:
        """Give the live grants among ``ids`` their last state; their openings end; gives how many."""
        still = update(_GRANTS).where(_GRANTS.c.id.in_([*ids]), _GRANTS.c.state == LIVE)
        ended = _count(self._connection.execute(still.values(state=state, ended_at=now)))
        opened = update(_OPENINGS).where(_OPENINGS.c.grant.in_([*ids]), _OPENINGS.c.ended_at.is_(None))
        self._connection.execute(opened.values(ended_at=now))
        return ended

    def open(self, opening: Opening) -> None:
        """Store one use."""
        self._connection.execute(insert(_OPENINGS), columns(opening))

    def opening(self, hashes: Iterable[bytes]) -> Opening | None:
        """Give the use whose token has one of these keyed hashes."""
        query = select(_OPENINGS).where(_OPENINGS.c.token_hash.in_([*hashes]))
        row = self._connection.execute(query).mappings().first()
        return None if row is None else build(Opening, row)

    def take_query(self, opening: UUID, number: str) -> bool:
        """Note that this use is giving its one fresh report; False when it has given one already."""
        one = update(_OPENINGS).where(_OPENINGS.c.id == opening, _OPENINGS.c.fresh_number.is_(None))
        return _count(self._connection.execute(one.values(fresh_number=number))) == 1

    def set_fresh(self, opening: UUID, number: str | None) -> None:
        """Name the fresh report of this use, or take the note back."""
        one = update(_OPENINGS).where(_OPENINGS.c.id == opening)
        self._connection.execute(one.values(fresh_number=number))

    def _found(self, condition: ColumnElement[bool], limit: int = 1) -> tuple[Grant, ...]:
        query = select(_GRANTS).where(condition).order_by(_GRANTS.c.made_at.desc(), _GRANTS.c.id.desc())
        rows = self._connection.execute(query.limit(limit)).mappings()
        return tuple(build(Grant, row, tuples=("allows",)) for row in rows)


class LiveCodeRepository:
    """The codes of 一码通."""

    def __init__(self, connection: Connection) -> None:
        """Read and write through ``connection``; never commit."""
        self._connection = connection

    def add(self, code: LiveCode) -> None:
        """Store a new code."""
        self._connection.execute(insert(_LIVE), columns(code))

    def get(self, id_: UUID) -> LiveCode | None:
        """Give the code ``id_``."""
        return next(iter(self._found(_LIVE.c.id == id_)), None)

    def by_hash(self, hashes: Iterable[bytes]) -> LiveCode | None:
        """Give the code whose secret has one of these keyed hashes."""
        return next(iter(self._found(_LIVE.c.secret_hash.in_([*hashes]))), None)

    def by_browser(self, hashes: Iterable[bytes]) -> LiveCode | None:
        """Give the code that the browser with one of these keyed hashes spent last."""
        return next(iter(self._found(_LIVE.c.browser_hash.in_([*hashes]))), None)

    def of_number(self, number: str, *, limit: int = 20) -> tuple[LiveCode, ...]:
        """Give the codes of one report, newest first."""
        return self._found(_LIVE.c.number == number, limit)

    def spend(self, id_: UUID, browser_hash: bytes, now: datetime, open_until: datetime) -> bool:
        """Bind an unspent code to one browser; False when another was faster or its time is over."""
        free = _LIVE.c.spent_at.is_(None) & _LIVE.c.withdrawn_at.is_(None) & (_LIVE.c.expires_at > now)
        values = {"spent_at": now, "browser_hash": browser_hash, "open_until": open_until}
        one = update(_LIVE).where(_LIVE.c.id == id_, free)
        return _count(self._connection.execute(one.values(**values))) == 1

    def withdraw(self, number: str, now: datetime) -> int:
        """End every code of ``number`` that is unspent or open; gives how many."""
        alive = or_(_LIVE.c.open_until > now, _LIVE.c.spent_at.is_(None) & (_LIVE.c.expires_at > now))
        standing = update(_LIVE).where(_LIVE.c.number == number, _LIVE.c.withdrawn_at.is_(None), alive)
        return _count(self._connection.execute(standing.values(withdrawn_at=now)))

    def forget_unspent(self, number: str, before: datetime) -> None:
        """Drop the codes of ``number`` that nobody spent and that ended before an instant."""
        old = (_LIVE.c.number == number) & _LIVE.c.spent_at.is_(None) & (_LIVE.c.expires_at < before)
        self._connection.execute(delete(_LIVE).where(old))

    def forget_all_unspent(self, before: datetime) -> None:
        """Drop every code that nobody spent and that ended before an instant."""
        old = _LIVE.c.spent_at.is_(None) & (_LIVE.c.expires_at < before)
        self._connection.execute(delete(_LIVE).where(old))

    def _found(self, condition: ColumnElement[bool], limit: int = 1) -> tuple[LiveCode, ...]:
        query = select(_LIVE).where(condition).order_by(_LIVE.c.made_at.desc(), _LIVE.c.id.desc())
        rows = self._connection.execute(query.limit(limit)).mappings()
        return tuple(build(LiveCode, row, tuples=("allows",)) for row in rows)


def _count(result: Any) -> int:
    return int(cast(CursorResult[Any], result).rowcount)

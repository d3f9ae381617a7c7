"""Endpoints, watches and messages; a message is taken, told and settled in one statement each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, CursorResult, func, insert, or_, select, update

from api.store.entries_watches import DEAD, DROPPED, LIVE, WAITING, Endpoint, Watch, WatchMessage, WatchTry
from api.store.repositories.rows import build, columns, table_of
from api.store.tables.watches import EndpointRow, WatchMessageRow, WatchRow, WatchTryRow

_ENDPOINTS, _WATCHES = table_of(EndpointRow), table_of(WatchRow)
_MESSAGES, _TRIES = table_of(WatchMessageRow), table_of(WatchTryRow)


class WatchRepository:
    """Who is told what."""

    def __init__(self, connection: Connection) -> None:
        """Read and write through ``connection``; never commit."""
        self._connection = connection

    def add_endpoint(self, endpoint: Endpoint) -> None:
        """Store a new endpoint; the organisation's former one must have ended."""
        self._connection.execute(insert(_ENDPOINTS), columns(endpoint))

    def endpoint_of(self, organisation: str) -> Endpoint | None:
        """Give the endpoint in force of one organisation."""
        query = select(_ENDPOINTS).where(
            _ENDPOINTS.c.organisation == organisation, _ENDPOINTS.c.ended_at.is_(None)
        )
        row = self._connection.execute(query).mappings().first()
        return None if row is None else build(Endpoint, row)

    def end_endpoint(self, organisation: str, now: datetime) -> None:
        """The organisation has no endpoint any more."""
        open_ = (_ENDPOINTS.c.organisation == organisation) & _ENDPOINTS.c.ended_at.is_(None)
        self._connection.execute(update(_ENDPOINTS).where(open_).values(ended_at=now))

    def change_endpoint(self, id_: UUID, **values: Any) -> None:
        """The endpoint has these new values."""
        self._connection.execute(update(_ENDPOINTS).where(_ENDPOINTS.c.id == id_).values(**values))

    def add(self, watch: Watch) -> None:
        """Store a new watch."""
        self._connection.execute(insert(_WATCHES), columns(watch))

    def get(self, id_: UUID) -> Watch | None:
        """Give the watch ``id_``."""
        return next(iter(self._found(_WATCHES.c.id == id_, 1)), None)

    def live_of_number(self, number: str) -> tuple[Watch, ...]:
        """Give the watches that follow one report now."""
        return self._found((_WATCHES.c.number == number) & (_WATCHES.c.state == LIVE), 10_000)

    def live(self, *, limit: int = 10_000) -> tuple[Watch, ...]:
        """Give every watch that follows now."""
        return self._found(_WATCHES.c.state == LIVE, limit)

    def live_of_grants(self, grants: Sequence[UUID]) -> tuple[Watch, ...]:
        """Give the watches that follow now under one of these grants."""
        return self._found(_WATCHES.c.grant.in_([*grants]) & (_WATCHES.c.state == LIVE), 10_000)

    def ids_of_grants(self, grants: Sequence[UUID]) -> tuple[UUID, ...]:
        """Give every watch that ever stood on one of these grants."""
        query = select(_WATCHES.c.id).where(_WATCHES.c.grant.in_([*grants]))
        return tuple(self._connection.execute(query).scalars())

    def count_live(self, organisation: str) -> int:
        """Give how many reports one organisation follows now."""
        query = select(func.count()).where(_WATCHES.c.organisation == organisation, _WATCHES.c.state == LIVE)
        return int(self._connection.execute(query).scalar_one())

    def of_organisation(
        self, organisation: str, *, limit: int = 200, after: tuple[datetime, UUID] | None = None
    ) -> tuple[Watch, ...]:
        """Give the watches of one organisation, newest first, from behind (made at, id) on."""
        wanted = _WATCHES.c.organisation == organisation
        if after is not None:
            at, id_ = after
            same = (_WATCHES.c.made_at == at) & (_WATCHES.c.id < id_)
            wanted &= or_(_WATCHES.c.made_at < at, same)
        return self._found(wanted, limit)

    def of_subject(self, subject: UUID, *, limit: int = 200) -> tuple[Watch, ...]:
        """Give the watches about one subject, newest first."""
        return self._found(_WATCHES.c.subject == subject, limit)

    def end(self, id_: UUID, state: str, now: datetime) -> bool:
        """The watch follows no more; False when it had ended."""
        one = update(_WATCHES).where(_WATCHES.c.id == id_, _WATCHES.c.state == LIVE)
        return _count(self._connection.execute(one.values(state=state, ended_at=now))) == 1

    def drop_waiting(self, watch: UUID, now: datetime) -> int:
        """No message of that watch is sent any more; gives how many were waiting or dead."""
        open_ = (_MESSAGES.c.watch == watch) & _MESSAGES.c.state.in_((WAITING, DEAD))
        dropped = update(_MESSAGES).where(open_).values(state=DROPPED, ended_at=now, claimed_until=None)
        return _count(self._connection.execute(dropped))

    def told(self, watch: UUID, change: str) -> bool:
        """Say whether a message about that change exists."""
        query = select(_MESSAGES.c.id).where(_MESSAGES.c.watch == watch, _MESSAGES.c.change == change)
        return self._connection.execute(query).first() is not None

    def add_message(self, message: WatchMessage) -> None:
        """Store a new message."""
        self._connection.execute(insert(_MESSAGES), columns(message))

    def message(self, id_: str) -> WatchMessage | None:
        """Give the message ``id_``."""
        return next(iter(self._messages(_MESSAGES.c.id == id_, 1)), None)

    def messages_of(self, organisation: str, *, limit: int = 200) -> tuple[WatchMessage, ...]:
        """Give the messages to one organisation, newest first."""
        return self._messages(_MESSAGES.c.organisation == organisation, limit)

    def dead(self, *, limit: int = 200) -> tuple[WatchMessage, ...]:
        """Give the messages that were given up, newest first."""
        return self._messages(_MESSAGES.c.state == DEAD, limit)

    def count_by_state(self) -> dict[str, int]:
        """Give how many messages there are in each state."""
        query = select(_MESSAGES.c.state, func.count()).group_by(_MESSAGES.c.state)
        return {state: int(count) for state, count in self._connection.execute(query)}

    def due(self, now: datetime, *, limit: int = 100) -> tuple[str, ...]:
        """Give the messages to send now that nobody has taken, longest waiting first."""
        query = select(_MESSAGES.c.id).where(_due(now)).order_by(_MESSAGES.c.next_at, _MESSAGES.c.id)
        return tuple(self._connection.execute(query.limit(limit)).scalars())

    def claim(self, ids: Sequence[str], now: datetime, until: datetime) -> dict[str, int]:
        """Take the due messages among ``ids``, for nobody else before ``until``; by id this hand-over."""
        taken = update(_MESSAGES).where(_MESSAGES.c.id.in_([*ids]), _due(now))
        claimed = taken.values(handed=_MESSAGES.c.handed + 1, claimed_until=until)
        rows = self._connection.execute(claimed.returning(_MESSAGES.c.id, _MESSAGES.c.handed))
        return {id_: int(handed) for id_, handed in rows}

    def settle(self, id_: str, handed: int, **values: Any) -> bool:
        """The hand-over of a waiting message is answered; False when a newer one or an end came between."""
        here = (_MESSAGES.c.id == id_) & (_MESSAGES.c.handed == handed) & (_MESSAGES.c.state == WAITING)
        settled = update(_MESSAGES).where(here).values(claimed_until=None, **values)
        return _count(self._connection.execute(settled)) == 1

    def revive(self, id_: str, now: datetime, give_up_at: datetime) -> bool:
        """A message that was given up waits again from ``now``; False when it is in another state."""
        dead = update(_MESSAGES).where(_MESSAGES.c.id == id_, _MESSAGES.c.state == DEAD)
        again = dead.values(state=WAITING, next_at=now, give_up_at=give_up_at, ended_at=None)
        return _count(self._connection.execute(again)) == 1

    def add_try(self, done: WatchTry) -> None:
        """Store one try."""
        self._connection.execute(insert(_TRIES), columns(done))

    def tries(self, message: str) -> tuple[WatchTry, ...]:
        """Give the tries of one message in order."""
        query = select(_TRIES).where(_TRIES.c.message == message).order_by(_TRIES.c.place)
        return tuple(build(WatchTry, row) for row in self._connection.execute(query).mappings())

    def _found(self, condition: ColumnElement[bool], limit: int) -> tuple[Watch, ...]:
        query = select(_WATCHES).where(condition).order_by(_WATCHES.c.made_at.desc(), _WATCHES.c.id.desc())
        return tuple(build(Watch, row) for row in self._connection.execute(query.limit(limit)).mappings())

    def _messages(self, condition: ColumnElement[bool], limit: int) -> tuple[WatchMessage, ...]:
        newest = (_MESSAGES.c.made_at.desc(), _MESSAGES.c.id.desc())
        query = select(_MESSAGES).where(condition).order_by(*newest).limit(limit)
        return tuple(build(WatchMessage, row) for row in self._connection.execute(query).mappings())


def _due(now: datetime) -> ColumnElement[bool]:
    free = or_(_MESSAGES.c.claimed_until.is_(None), _MESSAGES.c.claimed_until <= now)
    return (_MESSAGES.c.state == WAITING) & (_MESSAGES.c.next_at <= now) & free


def _count(result: Any) -> int:
    return int(cast(CursorResult[Any], result).rowcount)

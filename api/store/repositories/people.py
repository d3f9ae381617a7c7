"""People, their sessions, sign-ins under way, and agents' authorities."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select, update

from api.store.entries_access import Agency, PendingSignIn, Person, StoredSession
from api.store.repositories.rows import build, columns, table_of
from api.store.tables import AgentRow, PersonRow, SessionRow, SignInRow

_PEOPLE, _SESSIONS = table_of(PersonRow), table_of(SessionRow)
_SIGN_INS, _AGENTS = table_of(SignInRow), table_of(AgentRow)


class PeopleRepository:
    """Whoever signs in."""

    def __init__(self, connection: Connection) -> None:
        """Read and write through ``connection``; never commit."""
        self._connection = connection

    def known(self, issuer: str, sub: str) -> Person | None:
        """Give the person whom that provider calls ``sub``."""
        return self._person((_PEOPLE.c.issuer == issuer) & (_PEOPLE.c.sub == sub))

    def by_id(self, id_: UUID) -> Person | None:
        """Give the person of that row."""
        return self._person(_PEOPLE.c.id == id_)

    def _person(self, condition: Any) -> Person | None:
        row = self._connection.execute(select(_PEOPLE).where(condition)).mappings().first()
        return None if row is None else build(Person, row)

    def add(self, person: Person) -> None:
        """Add ``person``."""
        self._connection.execute(insert(_PEOPLE), columns(person))

    def seen(self, id_: UUID, name: str, now: datetime) -> None:
        """The person was here ``now`` under that name."""
        self._connection.execute(update(_PEOPLE).where(_PEOPLE.c.id == id_).values(name=name, last_seen=now))

    def open_session(self, session: StoredSession) -> None:
        """Add ``session``."""
        self._connection.execute(insert(_SESSIONS), columns(session))

    def session(self, token_hash: bytes) -> StoredSession | None:
        """Give the session of that hash, ended or not."""
        query = select(_SESSIONS).where(_SESSIONS.c.token_hash == token_hash)
        row = self._connection.execute(query).mappings().first()
        return None if row is None else build(StoredSession, row)

    def touch(self, token_hash: bytes, now: datetime) -> None:
        """The session was used ``now``."""
        used = update(_SESSIONS).where(_SESSIONS.c.token_hash == token_hash)
        self._connection.execute(used.values(seen_at=now))

    def end_session(self, token_hash: bytes, now: datetime) -> None:
        """The session is over."""
        self._end(_SESSIONS.c.token_hash == token_hash, now)

    def end_sessions_of(self, sub: str, now: datetime) -> None:
        """Every session of that sign-in name is over."""
        self._end(_SESSIONS.c.sub == sub, now)

    def _end(self, condition: Any, now: datetime) -> None:
        open_ = _SESSIONS.c.ended_at.is_(None)
        self._connection.execute(update(_SESSIONS).where(condition, open_).values(ended_at=now))

    def forget_sessions(self, before: datetime) -> None:
        """Sessions that ran out before that instant are gone."""
        self._connection.execute(delete(_SESSIONS).where(_SESSIONS.c.expires_at < before))

    def forget_sign_ins(self, before: datetime) -> None:
        """Sign-ins under way that ran out before that instant are gone."""
        self._connection.execute(delete(_SIGN_INS).where(_SIGN_INS.c.expires_at < before))

    def begin_sign_in(self, pending: PendingSignIn) -> None:
        """Add ``pending``; those that ran out by its beginning are gone."""
        self.forget_sign_ins(pending.made_at)
        self._connection.execute(insert(_SIGN_INS), columns(pending))

    def spend_sign_in(self, state_hash: bytes) -> PendingSignIn | None:
        """Take the sign-in of that state out of the store: the first caller gets it, nobody after."""
        here = _SIGN_INS.c.state_hash == state_hash
        row = self._connection.execute(delete(_SIGN_INS).where(here).returning(_SIGN_INS)).mappings().first()
        return None if row is None else build(PendingSignIn, row)

    def add_agent(self, agency: Agency) -> None:
        """Add ``agency``."""
        self._connection.execute(insert(_AGENTS), columns(agency))

    def agency(self, id_: UUID) -> Agency | None:
        """Give an agent's authority."""
        row = self._connection.execute(select(_AGENTS).where(_AGENTS.c.id == id_)).mappings().first()
        return None if row is None else build(Agency, row)

    def agents_of(self, organisation: str) -> tuple[Agency, ...]:
        """Give every authority an enterprise ever gave, newest first."""
        query = select(_AGENTS).where(_AGENTS.c.organisation == organisation)
        rows = self._connection.execute(query.order_by(_AGENTS.c.given_at.desc())).mappings()
        return tuple(build(Agency, row) for row in rows)

    def may_act(self, agent_sub: str, organisation: str, now: datetime) -> bool:
        """Say whether that person may act for that enterprise at ``now``."""
        his = (_AGENTS.c.agent_sub == agent_sub) & (_AGENTS.c.organisation == organisation)
        lives = _AGENTS.c.ended_at.is_(None) & (_AGENTS.c.until > now)
        return self._connection.execute(select(_AGENTS.c.id).where(his, lives)).first() is not None

    def end_agency(self, id_: UUID, now: datetime) -> None:
        """The authority ended ``now``, if it had not."""
        open_ = (_AGENTS.c.id == id_) & _AGENTS.c.ended_at.is_(None)
        self._connection.execute(update(_AGENTS).where(open_).values(ended_at=now))

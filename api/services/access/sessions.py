"""Sign-ins that last: rows on the server, found by the keyed hash of what the browser holds.

The cookie's value is 32 random bytes, base64url.  A session ends by sign-out, after
``idle`` without use, after ``longest`` in any case, when a member of staff left, when an
agent's authority ended, and when the keyed-hash secret is changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from api.services.access.principal import Principal
from api.services.access.roles import REQUESTING, STAFF, Role
from api.services.context import Context
from api.store.entries_access import Person, StoredSession
from api.store.unit_of_work import UnitOfWork
from domain.base_text import base64url_decode, base64url_encode
from domain.errors import MalformedInput
from domain.identifiers import uuid7

TOKEN_BYTES: Final = 32
APPROVED: Final = "approved"
_PURPOSE: Final = "session"
_TOUCH: Final = timedelta(minutes=1)
"""Use is written down at most this often: reading a page is no write."""
_KEPT: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRules:
    """How long a sign-in lasts and whose is believed."""

    idle: timedelta = timedelta(minutes=30)
    longest: timedelta = timedelta(hours=12)
    issuers: frozenset[str]
    """Providers whose sessions hold; the demo's only where its sign-in is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a provider (or the demo) proved about a person, after mapping."""

    issuer: str
    sub: str
    name: str
    role: Role
    organisation: str | None = None
    organisation_name: str | None = None
    subject: UUID | None = None
    authenticated_at: datetime


def open_session(context: Context, work: UnitOfWork, rules: SessionRules, identity: Identity) -> str:
    """Give the cookie's value of a new session; only its keyed hash is stored.  The caller commits."""
    now = context.clock()
    token = context.entropy(TOKEN_BYTES)
    work.people.forget_sessions(now - _KEPT)
    work.people.open_session(
        StoredSession(
            token_hash=_hash(context, token),
            person=person_of(context, work, identity, now),
            issuer=identity.issuer,
            sub=identity.sub,
            name=identity.name,
            role=identity.role.value,
            organisation=identity.organisation,
            organisation_name=identity.organisation_name,
            subject=identity.subject,
            made_at=now,
            authenticated_at=min(identity.authenticated_at, now),
            seen_at=now,
            expires_at=now + rules.longest,
        )
    )
    return base64url_encode(token)


def principal_at(context: Context, rules: SessionRules, cookie: str) -> Principal | None:
    """Give who holds that cookie now, None when nobody does any more; a use is noted."""
    token_hash = _hash_of_cookie(context, cookie)
    if token_hash is None:
        return None
    now = context.clock()
    with context.store.reading() as work:
        session = work.people.session(token_hash)
        if session is None or not _lives(session, rules, now):
            return None
        found = _principal(work, session, now)
    if found is not None and now - session.seen_at >= _TOUCH:
        with context.store.writing() as work:
            work.people.touch(token_hash, now)
            work.commit()
    return found


def end_session(context: Context, cookie: str) -> None:
    """Whoever held that cookie is signed out."""
    token_hash = _hash_of_cookie(context, cookie)
    if token_hash is not None:
        with context.store.writing() as work:
            work.people.end_session(token_hash, context.clock())
            work.commit()


def role_holder(
    work: UnitOfWork, identity: Identity, person: UUID, now: datetime, *, scopes: frozenset[str] | None = None
) -> Principal | None:
    """Give the principal of ``identity`` as the house's own lists stand at ``now``; None: no longer one.

    Staff must stand in the list of operators and not have left, an agent's authority must run;
    a receiver acts for its organisation only while that is approved.
    """
    role, territory, organisation_id = identity.role, None, None
    if role in STAFF:
        operator = work.staff.by_login(identity.sub)
        if operator is None or operator.role != role.value:
            return None
        territory = operator.territory
    if role is Role.AGENT and not work.people.may_act(identity.sub, identity.organisation or "", now):
        return None
    if role in REQUESTING:
        registered = work.organisations.by_uscc(identity.organisation or "")
        fits = registered is not None and (registered.state, registered.kind) == (APPROVED, role.value)
        organisation_id = registered.id if registered is not None and fits else None
    return Principal(
        person=person,
        sub=identity.sub,
        name=identity.name,
        role=role,
        organisation=identity.organisation,
        organisation_name=identity.organisation_name,
        organisation_id=organisation_id,
        territory=territory,
        authenticated_at=identity.authenticated_at,
        scopes=scopes,
        subject=identity.subject,
    )


def _principal(work: UnitOfWork, session: StoredSession, now: datetime) -> Principal | None:
    identity = Identity(
        issuer=session.issuer,
        sub=session.sub,
        name=session.name,
        role=Role(session.role),
        organisation=session.organisation,
        organisation_name=session.organisation_name,
        subject=session.subject,
        authenticated_at=session.authenticated_at,
    )
    found = role_holder(work, identity, session.person, now)
    return None if found is None else replace(found, session=session.token_hash)


def _lives(session: StoredSession, rules: SessionRules, now: datetime) -> bool:
    return (
        session.ended_at is None
        and session.issuer in rules.issuers
        and now < session.expires_at
        and now - session.seen_at < rules.idle
    )


def person_of(context: Context, work: UnitOfWork, identity: Identity, now: datetime) -> UUID:
    """Give the row of the person, made at the first sign-in; (issuer, sub) is all that identifies."""
    known = work.people.known(identity.issuer, identity.sub)
    if known is not None:
        work.people.seen(known.id, identity.name, now)
        return known.id
    person = Person(
        id=uuid7(now, context.entropy),
        issuer=identity.issuer,
        sub=identity.sub,
        name=identity.name,
        first_seen=now,
        last_seen=now,
    )
    work.people.add(person)
    return person.id


def _hash_of_cookie(context: Context, cookie: str) -> bytes | None:
    try:
        token = base64url_decode(cookie)
    except MalformedInput:
        return None
    return _hash(context, token) if len(token) == TOKEN_BYTES else None


def _hash(context: Context, token: bytes) -> bytes:
    return context.keys.keyed_hash(token, purpose=_PURPOSE)

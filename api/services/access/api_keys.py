"""Keys by which an organisation's programs come: shown once, stored as a keyed hash, two at a time.

Two may live at a time, so that the next is in use before the last is ended.  A key does at
most what its organisation may, and of that only its scopes; it ends with its organisation.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from api.services.access.principal import Principal
from api.services.access.roles import Role
from api.services.access.sessions import APPROVED
from api.services.access.table import require
from api.services.context import Context
from api.store.entries import Event
from api.store.entries_access import StoredKey
from api.store.unit_of_work import UnitOfWork
from domain.errors import Conflict, MalformedInput, NotFound, Refused
from domain.grant_token import SECRET_BYTES, TokenKind, decode, encode
from domain.identifiers import uuid7

SCOPES: Final = (
    "grant_redeem",
    "report_download",
    "record_details",
    "report_changes",
    "watching",
    "fresh_report",
    "legal_request",
)
"""Facts that a key may be made for; what is open to everybody needs no scope."""
MOST: Final = 2
DAYS: Final = (30, 90, 180, 365)
"""Lifetimes that are offered."""
MAX_LABEL: Final = 40
_SHOWN: Final = 12
"""Characters of a key by which people tell keys apart: prefix and 40 of its 256 bits."""
_PURPOSE: Final = "api-key"
_TOUCH: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class NewKey:
    """A key just made; ``secret`` is shown once and kept nowhere."""

    id: UUID
    secret: str
    expires_at: datetime


def make_key(
    context: Context, principal: Principal, *, label: str, scopes: tuple[str, ...], days: int
) -> NewKey:
    """Give a new key of the principal's organisation.

    Raises MalformedInput ``api_key_label``, ``api_key_scopes``, ``api_key_days``; Conflict ``api_keys_two``.
    """
    require(principal, "api_keys")
    label = _checked(label, scopes, days)
    organisation, person = principal.organisation_id, principal.person
    assert organisation is not None and person is not None
    now, secret = context.clock(), context.entropy(SECRET_BYTES)
    version, _ = context.keys.secret("keyed_hash")
    key = StoredKey(
        id=uuid7(now, context.entropy),
        organisation=organisation,
        label=label,
        prefix=encode(TokenKind.API_KEY, secret)[:_SHOWN],
        hash_version=version,
        secret_hash=_hash(context, secret, version),
        scopes=tuple(sorted(set(scopes))),
        made_by=person,
        made_at=now,
        expires_at=now + timedelta(days=days),
    )
    with context.store.writing() as work:
        if sum(_lives(kept, now) for kept in work.organisations.keys_of(organisation)) >= MOST:
            raise Conflict("api_keys_two", most=MOST)
        work.organisations.add_key(key)
        work.house.record(_event(principal, "api_key_made", key, now))
        work.commit()
    return NewKey(id=key.id, secret=encode(TokenKind.API_KEY, secret), expires_at=key.expires_at)


def end_key(context: Context, principal: Principal, id_: UUID) -> None:
    """That key of the principal's organisation opens nothing any more; NotFound ``api_key_unknown_here``."""
    require(principal, "api_keys")
    assert principal.organisation_id is not None
    now = context.clock()
    with context.store.writing() as work:
        kept = {key.id: key for key in work.organisations.keys_of(principal.organisation_id)}
        if id_ not in kept:
            raise NotFound("api_key_unknown_here")
        work.organisations.end_key(id_, now)
        work.house.record(_event(principal, "api_key_ended", kept[id_], now))
        work.commit()


def keys_of(work: UnitOfWork, principal: Principal) -> tuple[StoredKey, ...]:
    """Give the keys of the principal's organisation, newest first."""
    require(principal, "api_keys")
    assert principal.organisation_id is not None
    return work.organisations.keys_of(principal.organisation_id)


def principal_of_key(context: Context, text: str) -> Principal:
    """Give whom a key speaks for; Refused ``api_key_unknown`` for any other, without saying why."""
    try:
        secret = decode(TokenKind.API_KEY, text)
    except MalformedInput as error:
        raise Refused("api_key_unknown") from error
    now = context.clock()
    with context.store.reading() as work:
        found = _found(context, work, secret, now)
        organisation = None if found is None else work.organisations.by_id(found.organisation)
    if found is None or organisation is None or organisation.state != APPROVED:
        raise Refused("api_key_unknown")
    if found.used_at is None or now - found.used_at >= _TOUCH:
        with context.store.writing() as work:
            work.organisations.key_used(found.id, now)
            work.commit()
    return Principal(
        person=None,
        sub=f"key:{found.prefix}",
        name=organisation.name,
        role=Role(organisation.kind),
        organisation=organisation.uscc,
        organisation_name=organisation.name,
        organisation_id=organisation.id,
        scopes=frozenset(found.scopes),
    )


def is_live(key: StoredKey, now: datetime) -> bool:
    """Say whether the key opens anything at ``now``."""
    return _lives(key, now)


def _found(context: Context, work: UnitOfWork, secret: bytes, now: datetime) -> StoredKey | None:
    for key in work.organisations.keys_named(encode(TokenKind.API_KEY, secret)[:_SHOWN]):
        expected = _hash(context, secret, key.hash_version)
        if hmac.compare_digest(key.secret_hash, expected) and _lives(key, now):
            return key
    return None


def _lives(key: StoredKey, now: datetime) -> bool:
    return key.ended_at is None and now < key.expires_at


def _hash(context: Context, secret: bytes, version: int) -> bytes:
    return context.keys.keyed_hash(secret, purpose=_PURPOSE, version=version)


def _checked(label: str, scopes: tuple[str, ...], days: int) -> str:
    label = label.strip()
    if not 1 <= len(label) <= MAX_LABEL:
        raise MalformedInput("api_key_label", most=MAX_LABEL)
    if not scopes or not set(scopes) <= set(SCOPES):
        raise MalformedInput("api_key_scopes")
    if days not in DAYS:
        raise MalformedInput("api_key_days")
    return label


def _event(principal: Principal, act: str, key: StoredKey, now: datetime) -> Event:
    fields = {"organisation": principal.organisation, "prefix": key.prefix}
    return Event(at=now, actor=principal.name, act=act, fields=fields)

"""People, organisations, sessions, keys and looks as frozen records of the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at a subject by anybody but whoever holds the file; the subject sees it at once (R25)."""

    id: UUID
    at: datetime
    subject: UUID
    number: str | None = None
    grant: UUID | None = None
    viewer: UUID | None = None
    viewer_name: str
    viewer_role: str
    organisation: str | None = None
    organisation_name: str | None = None
    act: str
    """One of ``api.services.access.looks.Act``."""
    purpose: str
    """The receiver's purpose, or the reason a member of staff gave."""
    fields: tuple[str, ...] = ()
    """What was shown: field or domain ids, never values."""
    browser_hash: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A person who works here; ``login`` is their ``sub`` at the sign-in provider."""

    id: UUID
    name: str
    role: str
    login: str | None = None
    territory: str | None = None
    added_at: datetime
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person as the sign-in provider names them."""

    id: UUID
    issuer: str
    sub: str
    name: str
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A receiver or requesting body that registered here."""

    id: UUID
    uscc: str
    name: str
    kind: str
    """``receiver`` or ``authority``."""
    purpose: str
    contact_sealed: bytes
    state: str
    """``pending``, ``approved``, ``refused`` or ``closed``."""
    registered_by: UUID
    registered_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """An agent's authority for one enterprise."""

    id: UUID
    organisation: str
    """USCC of the enterprise."""
    agent_sub: str
    agent_name: str
    given_by: UUID
    given_at: datetime
    until: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSession:
    """One browser's sign-in, found by the keyed hash of its cookie."""

    token_hash: bytes
    person: UUID
    issuer: str
    sub: str
    name: str
    role: str
    organisation: str | None = None
    organisation_name: str | None = None
    territory: str | None = None
    subject: UUID | None = None
    made_at: datetime
    authenticated_at: datetime
    seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingSignIn:
    """A sign-in sent to the provider and not yet answered."""

    state_hash: bytes
    sealed: bytes
    made_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """A key of an organisation for the HTTP interface, without its secret."""

    id: UUID
    organisation: UUID
    label: str
    prefix: str
    """First characters of the key, to tell keys apart."""
    hash_version: int
    secret_hash: bytes
    scopes: tuple[str, ...]
    made_by: UUID
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    ended_at: datetime | None = None

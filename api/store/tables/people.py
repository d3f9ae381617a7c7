"""Rows of who signs in, for whom, and with which keys machines come."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from api.store.columns import Instant, JsonText


class PersonRow(SQLModel, table=True):
    """A person as the sign-in provider names them; the pair (issuer, sub) is all that identifies."""

    __tablename__ = "people"
    __table_args__ = (UniqueConstraint("issuer", "sub"),)

    id: UUID = Field(primary_key=True)
    issuer: str
    sub: str
    name: str
    first_seen: datetime = Field(sa_type=Instant)
    last_seen: datetime = Field(sa_type=Instant)


class OrganisationRow(SQLModel, table=True):
    """A receiver or requesting body that registered here (R25); it acts only while ``approved``."""

    __tablename__ = "organisations"

    id: UUID = Field(primary_key=True)
    uscc: str = Field(unique=True)
    name: str
    kind: str
    """``receiver`` (private, needs consent) or ``authority`` (机关, states its legal basis, R24)."""
    purpose: str
    contact_sealed: bytes
    state: str = Field(index=True)
    """``pending``, ``approved``, ``refused`` or ``closed``."""
    registered_by: UUID
    registered_at: datetime = Field(sa_type=Instant)
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    reason: str | None = None


class AgentRow(SQLModel, table=True):
    """An agent's (经办人) authority for one enterprise, from its 法定代表人 and until a day (R25)."""

    __tablename__ = "agents"

    id: UUID = Field(primary_key=True)
    organisation: str = Field(index=True)
    """USCC of the enterprise."""
    agent_sub: str = Field(index=True)
    agent_name: str
    given_by: UUID
    given_at: datetime = Field(sa_type=Instant)
    until: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)


class SessionRow(SQLModel, table=True):
    """One browser's sign-in, found by the keyed hash of its cookie; role and organisation as mapped then."""

    __tablename__ = "sessions"

    token_hash: bytes = Field(primary_key=True)
    person: UUID = Field(index=True)
    issuer: str
    sub: str
    name: str
    role: str
    organisation: str | None = None
    organisation_name: str | None = None
    territory: str | None = None
    subject: UUID | None = None
    """The natural person or sole trader this person is, where the provider named the certificate."""
    made_at: datetime = Field(sa_type=Instant)
    authenticated_at: datetime = Field(sa_type=Instant)
    """When the person last proved who they are: granting and revoking ask for it anew."""
    seen_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)


class SignInRow(SQLModel, table=True):
    """A sign-in that was sent to the provider and not yet answered; spent by its answer."""

    __tablename__ = "sign_ins"

    state_hash: bytes = Field(primary_key=True)
    sealed: bytes
    """Nonce, PKCE verifier and where to go on, encrypted."""
    made_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)


class ApiKeyRow(SQLModel, table=True):
    """A key of an organisation for the HTTP interface; two may live at a time, for rotation."""

    __tablename__ = "api_keys"

    id: UUID = Field(primary_key=True)
    organisation: UUID = Field(index=True)
    label: str
    prefix: str
    hash_version: int
    secret_hash: bytes = Field(unique=True)
    scopes: Any = Field(sa_type=JsonText)
    made_by: UUID
    made_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    used_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)

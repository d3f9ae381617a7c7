"""Rows of who may see what: grants, live codes, and every look that was taken."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Field, SQLModel

from api.store.columns import Instant, JsonText


class GrantRow(SQLModel, table=True):
    """What a subject lets somebody see of a report, for a purpose and a time (R22, R24)."""

    __tablename__ = "grants"

    id: UUID = Field(primary_key=True)
    parent: UUID | None = Field(default=None, index=True)
    """The wider grant this one was made from; it never outlives nor exceeds it."""
    number: str = Field(index=True)
    subject: UUID = Field(index=True)
    made_by: UUID | None = None
    """Person of the subject; None: a grant by law, asked for by a requesting body."""
    receiver: str | None = Field(default=None, index=True)
    """USCC of the named organisation; None: whoever holds the code."""
    receiver_name: str | None = None
    purpose: str
    legal_basis: str | None = None
    scope: Any = Field(sa_type=JsonText)
    """``domains``, ``kinds``, ``fields``, ``years``: each a list, or null for all."""
    allows: Any = Field(sa_type=JsonText)
    """Of ``view``, ``download``, ``query``."""
    not_before: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    max_uses: int | None = None
    uses: int
    factor: str
    """``none``, ``sign_in`` (the named organisation's own) or ``code`` (six digits told apart)."""
    factor_hash: bytes | None = None
    wrong_factors: int
    prefix: str
    hash_version: int
    secret_hash: bytes = Field(unique=True)
    state: str = Field(index=True)
    """``live``, ``withdrawn`` or ``closed`` (too many wrong second factors)."""
    made_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)


class OpeningRow(SQLModel, table=True):
    """One use of a grant by one browser or program, open for a while and as long as the grant stands."""

    __tablename__ = "openings"

    id: UUID = Field(primary_key=True)
    grant: UUID = Field(index=True)
    hash_version: int
    token_hash: bytes = Field(unique=True)
    person: UUID | None = None
    """Who signed in when it was opened; nobody else goes on with it."""
    opened_at: datetime = Field(sa_type=Instant)
    open_until: datetime = Field(sa_type=Instant)
    fresh_number: str | None = None
    """The report issued on the subject's behalf under this use (``query``)."""
    ended_at: datetime | None = Field(default=None, sa_type=Instant)


class LookRow(SQLModel, table=True):
    """One look at a subject or report by anybody but the file's holder; only ever added to (by trigger)."""

    __tablename__ = "looks"

    id: UUID = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant)
    subject: UUID = Field(index=True)
    number: str | None = Field(default=None, index=True)
    grant: UUID | None = Field(default=None, index=True)
    viewer: UUID | None = Field(default=None, index=True)
    """Person, where one signed in."""
    viewer_name: str
    viewer_role: str
    organisation: str | None = None
    organisation_name: str | None = None
    act: str
    """``view``, ``download``, ``query``, ``search``, ``print``, ``issue``, ``denied``, ``withdraw`` ..."""
    purpose: str
    """The receiver's purpose, or the reason a member of staff gave (R25)."""
    fields: Any = Field(sa_type=JsonText)
    """What was shown: field ids or domain ids, never values."""
    browser_hash: bytes | None = None
    """Keyed hash of the browser the look is bound to."""


class LiveCodeRow(SQLModel, table=True):
    """One 60-second code of 一码通: spent once by pressing a button, then bound to that browser (R23)."""

    __tablename__ = "live_codes"

    id: UUID = Field(primary_key=True)
    number: str = Field(index=True)
    subject: UUID = Field(index=True)
    made_by: UUID
    allows: Any = Field(sa_type=JsonText)
    hash_version: int
    secret_hash: bytes = Field(unique=True)
    word: str
    """Four characters both sides see once it is spent."""
    made_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    spent_at: datetime | None = Field(default=None, sa_type=Instant)
    browser_hash: bytes | None = None
    open_until: datetime | None = Field(default=None, sa_type=Instant)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)

"""Rows of watching (盯到): who follows which report, where messages go, and what became of each."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from api.store.columns import Instant


class EndpointRow(SQLModel, table=True):
    """The address at which one organisation takes messages; at most one has no ``ended_at``."""

    __tablename__ = "endpoints"

    id: UUID = Field(primary_key=True)
    organisation: str = Field(index=True)
    """USCC."""
    url: str
    secret_sealed: bytes
    previous_sealed: bytes | None = None
    """The secret before the last rotation; signs too until ``previous_until``."""
    previous_until: datetime | None = Field(default=None, sa_type=Instant)
    state: str
    """``unproved``, ``proved`` or ``gone`` (it said so itself, HTTP 410)."""
    made_by: UUID | None = None
    made_at: datetime = Field(sa_type=Instant)
    verified_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)


class WatchRow(SQLModel, table=True):
    """One organisation follows one report until a day, under one grant."""

    __tablename__ = "watches"

    id: UUID = Field(primary_key=True)
    number: str = Field(index=True)
    subject: UUID = Field(index=True)
    grant: UUID = Field(index=True)
    organisation: str = Field(index=True)
    organisation_name: str
    purpose: str
    made_by: UUID | None = None
    made_at: datetime = Field(sa_type=Instant)
    until: datetime = Field(sa_type=Instant)
    state: str
    """``live``, ``ended_by_receiver``, ``ended_by_subject``, ``withdrawn``, ``over`` or ``final``."""
    ended_at: datetime | None = Field(default=None, sa_type=Instant)


class WatchMessageRow(SQLModel, table=True):
    """One message about one change of a watched report."""

    __tablename__ = "watch_messages"
    __table_args__ = (
        UniqueConstraint("watch", "change"),
        Index("ix_watch_messages_state", "state", "next_at"),
    )

    id: str = Field(primary_key=True)
    """The ``webhook-id``: the same at every try."""
    watch: UUID
    organisation: str = Field(index=True)
    number: str
    change: str
    """Which change; with ``watch`` unique, so that a change is told once."""
    word: str
    changed_at: datetime = Field(sa_type=Instant)
    body: str
    """The exact bytes that are signed and sent, as text."""
    made_at: datetime = Field(sa_type=Instant)
    state: str
    """``waiting``, ``delivered``, ``dead`` or ``dropped`` (the right to be told was taken back)."""
    tries: int
    next_at: datetime = Field(sa_type=Instant)
    give_up_at: datetime = Field(sa_type=Instant)
    handed: int
    claimed_until: datetime | None = Field(default=None, sa_type=Instant)
    last_code: str | None = None
    ended_at: datetime | None = Field(default=None, sa_type=Instant)


class WatchTryRow(SQLModel, table=True):
    """One try at one message; only ever added to (by trigger)."""

    __tablename__ = "watch_tries"

    message: str = Field(primary_key=True)
    place: int = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant)
    code: str
    """``delivered`` or why not."""
    status: int | None = None
    """HTTP status, where one came."""
    ms: int

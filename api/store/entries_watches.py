"""Watches, endpoints and messages as frozen records of the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

LIVE: Final = "live"
BY_RECEIVER: Final = "ended_by_receiver"
BY_SUBJECT: Final = "ended_by_subject"
WITHDRAWN: Final = "withdrawn"
OVER: Final = "over"
FINAL: Final = "final"
"""States of a watch: following; ended by either side; its grant taken back; its day past; nothing follows."""

UNPROVED: Final = "unproved"
PROVED: Final = "proved"
GONE: Final = "gone"
"""States of an endpoint: not yet answered; answered the challenge; said that it is gone."""

WAITING: Final = "waiting"
DELIVERED: Final = "delivered"
DEAD: Final = "dead"
DROPPED: Final = "dropped"
"""States of a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where one organisation takes messages."""

    id: UUID
    organisation: str
    url: str
    secret_sealed: bytes
    previous_sealed: bytes | None = None
    previous_until: datetime | None = None
    state: str = UNPROVED
    made_by: UUID | None
    made_at: datetime
    verified_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """One organisation follows one report until a day, under one grant."""

    id: UUID
    number: str
    subject: UUID
    grant: UUID
    organisation: str
    organisation_name: str
    purpose: str
    made_by: UUID | None
    made_at: datetime
    until: datetime
    state: str = LIVE
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchMessage:
    """One message about one change."""

    id: str
    watch: UUID
    organisation: str
    number: str
    change: str
    word: str
    changed_at: datetime
    body: str
    made_at: datetime
    state: str = WAITING
    tries: int = 0
    next_at: datetime
    give_up_at: datetime
    handed: int = 0
    claimed_until: datetime | None = None
    last_code: str | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchTry:
    """One try at one message."""

    message: str
    place: int
    at: datetime
    code: str
    status: int | None
    ms: int

"""Shapes of watches, as programs ask for and get them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.http.v1.schemas import In, Instant, InstantIn, Out


class WatchIn(In):
    """Which report to follow, and until when."""

    grant: Annotated[
        UUID | None, Field(description="id of a grant that names the organisation; null: the opened one")
    ] = None
    until: Annotated[
        InstantIn | None, Field(description="null: as long as the grant and the house allow")
    ] = None


class WatchOut(Out):
    """A report that the organisation follows or followed."""

    id: UUID
    number: str
    grant: UUID
    purpose: str
    state: str
    """``live``, ``ended_by_receiver``, ``ended_by_subject``, ``withdrawn``, ``over`` or ``final``."""
    status: str | None
    """The report's status now; null once the watch has ended."""
    made_at: Instant
    until: Instant
    ended_at: Instant | None


class WatchesOut(Out):
    """Some of the watches, newest first."""

    items: list[WatchOut]
    next: str | None

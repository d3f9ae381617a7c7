"""When a watch ends, and whether what is told under it may still go out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from api.services.context import Context
from api.store.entries_grants import LIVE as LIVE_GRANT
from api.store.entries_watches import BY_RECEIVER, BY_SUBJECT, OVER, WITHDRAWN, Watch
from api.store.unit_of_work import UnitOfWork

MOST: Final = 100_000
"""Watches of one organisation, ended ones too."""


def end_with_grants(work: UnitOfWork, grants: Sequence[UUID], now: datetime) -> int:
    """Every watch under these grants ends and nothing more is sent; the caller, who ended them, commits."""
    ended = 0
    for watch in work.watches.live_of_grants(grants):
        ended += work.watches.end(watch.id, WITHDRAWN, now)
    for id_ in work.watches.ids_of_grants(grants):
        # Also of watches that had ended on their day: nobody is told anything under a grant taken back.
        work.watches.drop_waiting(id_, now)
    return ended


def end_with_organisation(work: UnitOfWork, organisation: str, now: datetime) -> None:
    """A receiver that was shut out follows nothing and is told nothing any more; the caller commits."""
    for watch in work.watches.of_organisation(organisation, limit=MOST):
        work.watches.end(watch.id, WITHDRAWN, now)
        work.watches.drop_waiting(watch.id, now)
    work.watches.end_endpoint(organisation, now)


def close_over(context: Context, now: datetime) -> int:
    """End every watch whose day is past or whose grant has ended; gives how many.

    What was waiting goes out all the same, unless the grant was taken back.
    """
    with context.store.reading() as work:
        over = [(watch, state) for watch in work.watches.live() if (state := _over(work, watch, now))]
    if not over:
        return 0
    with context.store.writing() as work:
        ended = 0
        for watch, state in over:
            ended += work.watches.end(watch.id, state, now)
            if state == WITHDRAWN:
                work.watches.drop_waiting(watch.id, now)
        work.commit()
    return ended


def may_tell(work: UnitOfWork, watch: Watch) -> bool:
    """Say whether a message under ``watch`` may go out: nobody has taken the right to be told back."""
    if watch.state in (WITHDRAWN, BY_SUBJECT, BY_RECEIVER):
        return False
    grant = work.grants.get(watch.grant)
    return grant is not None and all(link.state == LIVE_GRANT for link in work.grants.chain(grant))


def _over(work: UnitOfWork, watch: Watch, now: datetime) -> str | None:
    if not may_tell(work, watch):
        return WITHDRAWN
    return OVER if now >= watch.until else None

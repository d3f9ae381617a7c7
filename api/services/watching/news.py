"""Repairs, corrections and objections of what a watched report shows: one message for each new state.

Known by comparing what was to be said of the report when the watch began with what is to be said
now (:mod:`api.services.checking.overlay`); only reports whose subject's records or objections have
moved since are compared.  Which news a message has been written for stands in its key, so nothing is
told twice.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from api.services.checking.overlay import overlay_of
from api.services.context import Context
from api.services.watching.telling import tell
from api.store.entries_watches import Watch
from domain.verdict import Overlay


def gather_news(context: Context, now: datetime) -> int:
    """Write the messages for whatever became known since each watch began; gives how many."""
    with context.store.reading() as work:
        live = [watch for watch in work.watches.live() if watch.made_at <= now < watch.until]
        since = min((watch.made_at for watch in live), default=now)
        moved = work.records.subjects_moved_since({watch.subject for watch in live}, since)
        moved |= work.desk.objected_since(since)
    return sum(_one(context, watch, now) for watch in live if watch.subject in moved)


def _one(context: Context, watch: Watch, now: datetime) -> bool:
    before, later = overlay_of(context, watch.number, watch.made_at), overlay_of(context, watch.number, now)
    if later is None or later == before:
        return False
    with context.store.writing() as work:
        line = work.reports.get(watch.number)
        if line is None:
            return False
        written = tell(context, work, watch, f"news:{_key(later)}", line.status, now, now)
        work.commit()
    return written


def _key(overlay: tuple[Overlay, ...]) -> str:
    said = ";".join(f"{each.code}:{each.count}:{each.leaves}" for each in overlay)
    return hashlib.sha256(said.encode()).hexdigest()[:32]

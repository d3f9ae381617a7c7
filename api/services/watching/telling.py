"""From a change to messages: every change of a watched report becomes one message for each watch, once.

Changes are read in the order of their ids from the append-only table ``status_changes``, whose rows
are written in the transaction of what happened; how far this reader has come moves in the
transaction that writes the messages.  Writers take turns, so ids appear in their order.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from api.services.context import Context
from api.services.watching import messages
from api.services.watching.ending import may_tell
from api.store.entries_watches import FINAL as FINAL_WATCH
from api.store.entries_watches import Watch, WatchMessage
from api.store.unit_of_work import UnitOfWork
from domain.identifiers import uuid7
from domain.status_facts import FINAL

READER: Final = "watches"
GIVE_UP: Final = timedelta(hours=24)
AT_ONCE: Final = 500
"""Changes that one transaction takes in."""


def gather(context: Context, now: datetime) -> int:
    """Write the messages for every change that no round has seen yet; gives how many messages."""
    written = 0
    while True:
        with context.store.reading() as work:
            if not work.status.changes_after(work.work.position(READER), 1):
                return written
        written += _some(context, now)


def _some(context: Context, now: datetime) -> int:
    written = 0
    with context.store.writing() as work:
        changes = work.status.changes_after(work.work.position(READER), AT_ONCE)
        for change in changes:
            for watch in work.watches.live_of_number(change.number):
                if watch.made_at <= change.at < watch.until:
                    written += tell(context, work, watch, f"status:{change.id}", change.word, change.at, now)
                if change.word in FINAL:
                    work.watches.end(watch.id, FINAL_WATCH, now)
        if changes:
            work.work.move_to(READER, changes[-1].id)
        work.commit()
    return written


def tell(
    context: Context, work: UnitOfWork, watch: Watch, change: str, word: str, at: datetime, now: datetime
) -> bool:
    """One message about ``change`` waits to be sent; False where there is one, or nobody may be told."""
    if work.watches.told(watch.id, change) or not may_tell(work, watch):
        return False
    link = f"https://{context.house.host}/watching/{watch.id}"
    work.watches.add_message(
        WatchMessage(
            id=f"msg_{uuid7(now, context.entropy).hex}",
            watch=watch.id,
            organisation=watch.organisation,
            number=watch.number,
            change=change,
            word=word,
            changed_at=at,
            body=messages.changed_body(number=watch.number, word=word, at=at, link=link),
            made_at=now,
            next_at=now,
            give_up_at=now + GIVE_UP,
        )
    )
    return True

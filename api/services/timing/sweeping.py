"""What has run out goes: sessions, sign-ins, kept answers, batches, codes that nobody spent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from api.services.context import Context

KEEP_SESSIONS: Final = timedelta(days=30)
"""So long an expired session and the row of a worker that is gone stay: faults are told late."""
KEEP_CODES: Final = timedelta(hours=1)
"""How long an unspent live code is still told from one that never was."""


def sweep(context: Context, now: datetime) -> None:
    """Nothing that ran out before ``now`` is kept; doing it again changes nothing.

    Looks, grants and whatever else is evidence stays: the database itself refuses to lose it.
    """
    with context.store.writing() as work:
        work.people.forget_sessions(now - KEEP_SESSIONS)
        work.people.forget_sign_ins(now)
        work.once.forget_expired(now)
        work.bulk.sweep(now)
        work.live_codes.forget_all_unspent(now - KEEP_CODES)
        work.work.forget_workers(now - KEEP_SESSIONS)
        work.commit()

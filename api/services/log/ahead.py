"""Whether the log's time runs ahead of this machine's clock.

Times in a log never go back, so one entry written while the clock was far ahead holds every later
entry at that time.  A report's times may differ by ten minutes (check ``time_bound``): beyond that
nothing is issued until the clock has caught up, and whoever runs the house has to be told why.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from api.store.unit_of_work import UnitOfWork
from domain.errors import Refused
from domain.times import rfc3339, shanghai_text

ALARM: Final = timedelta(minutes=1)
"""More than clocks of one house differ in ordinary life."""
BLOCKS: Final = timedelta(minutes=10)
"""What the times of one report may differ by at most."""


def ahead_until(work: UnitOfWork, now: datetime) -> datetime | None:
    """Give the log's newest time where it is so far ahead of ``now`` that somebody should know."""
    newest = work.log.newest_time()
    return newest if newest is not None and newest - now > ALARM else None


def require_in_time(work: UnitOfWork, now: datetime) -> None:
    """Return only if a report of ``now`` could agree with the log's time; Refused ``log_time_ahead``."""
    newest = ahead_until(work, now)
    if newest is not None and newest - now > BLOCKS:
        raise Refused("log_time_ahead", until=shanghai_text(newest), log_time=rfc3339(newest))

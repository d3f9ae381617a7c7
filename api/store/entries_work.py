"""Work that is due and who does it, as frozen records of the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """One run of ``daizheng worker``."""

    executor: str
    host: str
    started_at: datetime
    seen_at: datetime
    ended_at: datetime | None = None
    taken_over_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedTask:
    """When a timed task is due, and how it went."""

    name: str
    due_at: datetime
    handed: int = 0
    claimed_until: datetime | None = None
    succeeded_at: datetime | None = None
    failed_at: datetime | None = None
    failure: str | None = None
    failures: int = 0
    runs: int = 0

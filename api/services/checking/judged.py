"""Verdicts on registered bytes, remembered for a minute: equal SHA-256, equal bytes, equal verdict.

Whatever else a verdict depends on is in the key: the register's line as it stands this instant, the
trust and the policy.  A revocation is seen at once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from api.store.entries import Registered
from domain.verdict import Verdict

LIFE: Final = timedelta(minutes=1)
"""``verified_at`` of a remembered verdict is at most so old; it says when it was judged."""
MOST: Final = 1_000

_Key = tuple[object, ...]


class Judged:
    """Remembers; safe to share between threads."""

    def __init__(self) -> None:
        """Start with nothing remembered."""
        self._kept: OrderedDict[_Key, Verdict] = OrderedDict()
        self._at_work: dict[_Key, Lock] = {}
        self._lock = Lock()

    def verdict(
        self, line: Registered, trust: str, policy: str, now: datetime, judge: Callable[[], Verdict]
    ) -> Verdict:
        """Give the verdict on the file of ``line``, by ``judge`` where none is remembered.

        ``trust`` and ``policy`` are the hashes of what is judged by.
        """
        fresh = line.fresh_until is None or now < line.fresh_until
        state = (line.status, line.status_at, line.status_reason, line.fresh_until, fresh)
        key = (line.file_sha256, *state, trust, policy)
        if (found := self._found(key, now)) is not None:
            return found
        with self._lock:
            turn = self._at_work.setdefault(key, Lock())
        # Many who ask for the same report at the same moment wait for one judgement.
        with turn:
            found = self._found(key, now)
            return self._keep(key, judge()) if found is None else found

    def _found(self, key: _Key, now: datetime) -> Verdict | None:
        with self._lock:
            found = self._kept.get(key)
        # A clock may stand a little before that of the thread that judged.
        return found if found is not None and abs(now - found.verified_at) < LIFE else None

    def _keep(self, key: _Key, made: Verdict) -> Verdict:
        with self._lock:
            self._at_work.pop(key, None)
            self._kept[key] = made
            self._kept.move_to_end(key)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return made

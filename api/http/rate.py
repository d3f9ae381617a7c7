"""Rate limits by client address, and by account where somebody signed in (moving window)."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from datetime import datetime

from fastapi import Request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from domain.errors import TooMany


class RateLimiter:
    """Counts in this process: many machines get a shared store when there are many machines."""

    def __init__(self, clock: Callable[[], datetime], *, enabled: bool = True) -> None:
        """Start with nothing counted; ``enabled`` False counts nothing (load measurements)."""
        self._clock = clock
        self._window = MovingWindowRateLimiter(MemoryStorage())
        self._enabled = enabled

    def take(self, limit: RateLimitItem, *who: str) -> None:
        """Count one use for ``who``; TooMany ``too_many_requests`` with the seconds to wait."""
        if not self._enabled or self._window.hit(limit, *who):
            return
        wait = self._window.get_window_stats(limit, *who).reset_time - self._clock().timestamp()
        raise TooMany("too_many_requests", retry_after=max(1, math.ceil(wait)))


def client_address(request: Request) -> str:
    """Give the address the request came from, as the server saw it."""
    return request.client.host if request.client else "-"


def limited(name: str, rate: str) -> Callable[[Request], Awaitable[None]]:
    """Give a dependency that lets each client address through at ``rate`` ("10/minute") for ``name``."""
    item = parse(rate)

    async def check(request: Request) -> None:  # waits for nothing, so it needs no thread
        limiter: RateLimiter = request.app.state.web.limiter
        limiter.take(item, name, client_address(request))

    return check

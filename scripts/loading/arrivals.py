"""Requests that come at a steady rate, whether or not the ones before were answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import perf_counter

MOST_OPEN = 100
"""Requests under way at a time; more wait, and their waiting counts."""


@dataclass(frozen=True, slots=True)
class Times:
    """How long the answers took, in milliseconds, and what went wrong."""

    ms: tuple[float, ...]
    faults: int

    def at(self, share: float) -> float:
        """Give the time within which ``share`` of the answers came."""
        ordered = sorted(self.ms)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


Ask = Callable[[int], Awaitable[bool]]
"""Sends request number N; says whether the answer was the one expected."""


async def steadily(rate: float, seconds: float, ask: Ask) -> Times:
    """Give the times of ``rate`` requests a second over so many seconds.

    A time begins when the request was due: a service that falls behind does not hide it.
    """
    room = asyncio.Semaphore(MOST_OPEN)
    started = perf_counter()

    async def one(number: int) -> tuple[float, bool]:
        due = started + number / rate
        await asyncio.sleep(max(0.0, due - perf_counter()))
        async with room:
            good = await ask(number)
        return (perf_counter() - due) * 1000, good

    found = await asyncio.gather(*(one(number) for number in range(int(rate * seconds))))
    return Times(tuple(ms for ms, _ in found), sum(not good for _, good in found))

"""Runs something many times and keeps each duration."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Series:
    """Durations of one kind of work, in seconds."""

    name: str
    seconds: tuple[float, ...]

    @property
    def per_second(self) -> float:
        """Pieces of work a second, one after the other."""
        return len(self.seconds) / sum(self.seconds)

    @property
    def median_ms(self) -> float:
        """The middle duration in milliseconds."""
        return statistics.median(self.seconds) * 1000

    @property
    def p95_ms(self) -> float:
        """The duration in milliseconds that 95 of 100 do not exceed."""
        return statistics.quantiles(self.seconds, n=20)[-1] * 1000


def timed(name: str, count: int, work: Callable[[int], object], warm: int = 3) -> Series:
    """``work(0)``, ``work(1)`` ... ``count`` times, after some that are not counted."""
    for number in range(warm):
        work(-1 - number)
    seconds = []
    for number in range(count):
        started = perf_counter()
        work(number)
        seconds.append(perf_counter() - started)
    return Series(name, tuple(seconds))

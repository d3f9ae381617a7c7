"""Which workers live: each says so every few seconds, and whoever finds one silent takes over its jobs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from api.services.context import Context
from api.store.entries_work import Worker

SILENT: Final = timedelta(seconds=15)
"""A worker not seen for so long is dead; seven times the pace at which a living one is seen."""


def begin(context: Context, executor: str, host: str, now: datetime) -> None:
    """The worker ``executor`` has begun."""
    with context.store.writing() as work:
        work.work.begin_worker(Worker(executor=executor, host=host, started_at=now, seen_at=now))
        work.commit()


def beat(context: Context, executor: str, now: datetime) -> None:
    """The worker lives."""
    with context.store.writing() as work:
        work.work.seen(executor, now)
        work.commit()


def dead(context: Context, executor: str, now: datetime) -> tuple[str, ...]:
    """Give the others that stopped or were not seen for ``SILENT``, and whose jobs nobody took over."""
    with context.store.reading() as work:
        found = work.work.workers()
    return tuple(
        worker.executor for worker in found if worker.executor != executor and not _lives(worker, now)
    )


def end(context: Context, executor: str, now: datetime) -> None:
    """The worker has stopped; what it left undone is taken over at once."""
    with context.store.writing() as work:
        work.work.end_worker(executor, now)
        work.commit()


def taken_over(context: Context, executor: str, now: datetime) -> None:
    """The jobs of ``executor`` are in the queue again."""
    with context.store.writing() as work:
        work.work.taken_over(executor, now)
        work.commit()


def living(context: Context, now: datetime) -> tuple[Worker, ...]:
    """Give the workers that were seen lately."""
    with context.store.reading() as work:
        found = work.work.workers()
    return tuple(worker for worker in found if _lives(worker, now))


def _lives(worker: Worker, now: datetime) -> bool:
    return worker.ended_at is None and now - worker.seen_at <= SILENT

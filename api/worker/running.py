"""The worker's round: say that it lives, look at what is due, hand it to the queue.

``run`` goes on until SIGTERM or SIGINT; ``once`` does everything that is due now, in this process
and without the queue, and returns: for cron, and for whoever wants to see the day's end at once.
Any number of workers may run; what is due is claimed in the house's database, so each thing is
done by one of them.
"""

from __future__ import annotations

import os
import platform
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog

from api import container
from api.process_log import configure_logging, place_of
from api.services.context import Context
from api.services.timing import timetable, workers
from api.services.watching import sending
from api.services.watching.posting import poster
from api.services.watching.telling import gather
from api.settings import read_house
from domain.errors import CreditDocError

if TYPE_CHECKING:
    from api.services.issuing.issue import IssuingDesk
    from api.worker.jobs import Jobs

ROUND: Final = 0.2
"""Seconds between two looks at what is due."""
BEAT: Final = timedelta(seconds=2)
TAKE_OVER: Final = timedelta(seconds=3)
"""How often a living worker looks for dead ones."""
FORGET: Final = timedelta(hours=1)
KEEP_JOBS: Final = timedelta(days=1)
"""How long an ended job's name stays known to the queue."""
LAST_SECONDS: Final = 20
"""What runs at SIGTERM has this long to end; the next worker takes over the rest."""

_log = structlog.get_logger("daizheng.worker")


@dataclass(slots=True)
class Outcome:
    """What one call of ``once`` did."""

    tasks: list[timetable.Done] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    """How each try went, by its code."""

    @property
    def failed(self) -> tuple[timetable.Done, ...]:
        """The tasks that did not succeed."""
        return tuple(done for done in self.tasks if done.failure is not None)


class Worker:
    """One run of ``daizheng worker``."""

    def __init__(self, context: Context) -> None:
        """Work for the opened house."""
        self._context = context
        self._issuing: IssuingDesk | None = None
        self._turn = threading.Lock()
        self.post = poster(container.reach(context, read_house(context.home)))
        self.desk = timetable.Desk(context=context, issuing=self._issuing_desk)

    def _issuing_desk(self) -> IssuingDesk:
        if self._issuing is None:
            self._issuing = container.issuing_desk(self._context)
        return self._issuing

    def do_task(self, name: str, handed: int) -> None:
        """Carry out one timed task; how it went is noted and logged."""
        # One task at a time: they share the issuing desk, and none is urgent.
        with self._turn:
            done = timetable.carry_out(
                self.desk, timetable.Claimed(name=name, handed=handed), self._context.clock()
            )
        tell(done)

    def do_message(self, message: str, handed: int) -> None:
        """Try to deliver one message; how it went is noted and logged."""
        given = sending.Handed(message=message, handed=handed)
        try:
            code = sending.send(self._context, self.post, given, self._context.clock)
        except CreditDocError as error:
            # Its claim lapses, and the next one tries again.
            _log.warning("message_failed", code=error.code)
            return
        if code is not None:
            _log.info("message", result=code)

    def close(self) -> None:
        """The worker's verifier, if it had one, is gone."""
        if self._issuing is not None:
            self._issuing.verifier.close()


def tell(done: timetable.Done) -> None:
    """One line in the log for a run of a task."""
    if done.failure is None:
        _log.info("task", task=done.name)
    elif done.fault is None:
        _log.warning("task_failed", task=done.name, code=done.failure)
    else:
        _log.error(
            "task_failed",
            task=done.name,
            code=done.failure,
            kind=type(done.fault).__name__,
            place=place_of(done.fault),
        )


def once(context: Context) -> Outcome:
    """Everything that is due now is done, here and now."""
    worker, outcome = Worker(context), Outcome()
    timetable.prepare(context, context.clock())
    try:
        for claimed in timetable.claim_due(context, context.clock()):
            done = timetable.carry_out(worker.desk, claimed, context.clock())
            outcome.tasks.append(done)
        gather(context, context.clock())
        for handed in sending.claim_due(context, context.clock()):
            code = sending.send(context, worker.post, handed, context.clock)
            outcome.messages += [] if code is None else [code]
    finally:
        worker.close()
    return outcome


def run(context: Context) -> None:
    """Work until the process is told to stop; what then runs has ``LAST_SECONDS`` to end."""
    configure_logging()
    # SECURITY: variables of its own would switch on the library's cloud, telemetry and remote control.
    for name in [name for name in os.environ if name.startswith("DBOS")]:
        del os.environ[name]
    from api.worker import jobs

    executor = f"{platform.node()}-{os.getpid()}-{context.entropy(6).hex()}"
    worker = Worker(context)
    timetable.prepare(context, context.clock())
    workers.begin(context, executor, platform.node(), context.clock())
    queue = jobs.Jobs(jobs.url_of(context), executor, {"task": worker.do_task, "message": worker.do_message})
    _log.info("worker_began", executor=executor)
    try:
        with told_to_stop() as stop:
            Round(context, queue, executor).go_on_until(stop)
    finally:
        queue.stop(seconds=LAST_SECONDS)
        worker.close()
        # Whatever did not end in time, the next worker takes over at once.
        with suppress(CreditDocError):
            workers.end(context, executor, context.clock())
    _log.info("worker_ended", executor=executor)


@contextmanager
def told_to_stop() -> Iterator[threading.Event]:
    """Give an event that SIGTERM or SIGINT sets."""
    stop = threading.Event()
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    for number in kept:
        signal.signal(number, lambda *_: stop.set())
    try:
        yield stop
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


class Round:
    """What a worker looks at, each thing at its own pace."""

    def __init__(self, context: Context, queue: Jobs, executor: str) -> None:
        """Look for ``executor``; hand what is due to ``queue``."""
        self._context, self._queue, self._executor = context, queue, executor
        self._next: dict[str, datetime] = {}

    def go_on_until(self, stop: threading.Event) -> None:
        """Look again and again; a database that does not answer is asked again in a second."""
        while not stop.is_set():
            try:
                self.look(self._context.clock())
                wait = ROUND
            except CreditDocError as error:
                _log.warning("round_failed", code=error.code)
                wait = 1.0
            except Exception as error:  # noqa: BLE001 - one round that fails must not end the worker
                _log.error("round_failed", kind=type(error).__name__, place=place_of(error))
                wait = 1.0
            stop.wait(wait)

    def look(self, now: datetime) -> None:
        """Say that the worker lives, take over what the dead left, hand over what is due."""
        context, executor = self._context, self._executor
        if self._is_time("beat", BEAT, now):
            workers.beat(context, executor, now)
        if self._is_time("take_over", TAKE_OVER, now):
            for silent in workers.dead(context, executor, now):
                jobs = self._queue.take_over(silent)
                workers.taken_over(context, silent, now)
                _log.info("took_over", executor=silent, jobs=jobs)
        if self._is_time("forget", FORGET, now):
            self._queue.forget(now - KEEP_JOBS)
        for claimed in timetable.claim_due(context, now):
            self._queue.hand_over("task", claimed.name, claimed.handed)
        gather(context, now)
        for handed in sending.claim_due(context, now):
            self._queue.hand_over("message", handed.message, handed.handed)

    def _is_time(self, what: str, every: timedelta, now: datetime) -> bool:
        if now < self._next.get(what, now):
            return False
        self._next[what] = now + every
        return True

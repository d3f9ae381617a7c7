"""The timed tasks: one table of what is done how often, and the claim that lets one worker do it once.

A task is due at an instant kept in the database.  Whoever claims it gets a number that no other
claim of the task has; the claim holds for ``CLAIM``, so that a task whose worker died is due again
without anybody's help.  Every task is one call of a service with ``now`` as an argument, and doing
it twice changes no more than doing it once: at worst it is carried out by two workers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from api.services.context import Context
from api.services.house import trust
from api.services.house.retention import erase_expired
from api.services.issuing.issue import IssuingDesk
from api.services.issuing.recovery import recover
from api.services.log import witnessing
from api.services.status import publishing
from api.services.timing.sweeping import sweep
from api.services.watching.ending import close_over
from api.services.watching.news import gather_news
from api.store.entries_work import TimedTask
from domain.errors import CreditDocError, NotFound

CLAIM: Final = timedelta(minutes=15)
"""Longer than any task takes; a claim past this age was made by a worker that is gone."""
BY: Final = "daizheng worker"
"""Who did it, in the house's events."""
RETRY: Final = timedelta(seconds=30)
"""A task that failed is tried again after this time, or after its own period where that is shorter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What tasks may use: the opened house and, made only when a task asks, its issuing desk."""

    context: Context
    issuing: Callable[[], IssuingDesk]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One timed task."""

    name: str
    every: timedelta
    do: Callable[[Desk, datetime], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A task handed over once."""

    name: str
    handed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How one run of a task went."""

    name: str
    failure: str | None
    """Code of what went wrong; None: nothing did."""
    fault: BaseException | None = None
    """What nobody foresaw, for the log to say where."""


def _revocation_lists(desk: Desk, now: datetime) -> None:
    """Revocation lists and trust bundle are at most 50 minutes old; those of ``issue`` count too."""
    trust.own_bundle(desk.context, now)


def _recovery(desk: Desk, _now: datetime) -> None:
    """What a dead process left half-issued is finished or answered.

    Nothing is opened where nothing is left: the issuing desk brings a verifier along.
    """
    with desk.context.store.reading() as work:
        left = work.drafts.unanswered(or_owed=True)
    if left:
        recover(desk.issuing())


def _status_lists(desk: Desk, now: datetime) -> None:
    """Lists are published on change and every ten minutes, also where nobody asks for one."""
    publishing.publish_due(desk.context, now)


def _cosign(desk: Desk, now: datetime) -> None:
    """Witnesses sign the newest head of the log; nobody is asked where nothing is new."""
    witnessing.cosign_due(desk.context, now)


def _news(desk: Desk, now: datetime) -> None:
    """Repairs, corrections and objections of what watched reports show become messages."""
    gather_news(desk.context, now)


def _retention(desk: Desk, now: datetime) -> None:
    """People's data past their time are erased, as the region's settings say."""
    erase_expired(desk.context, by=BY, now=now)


def _watches(desk: Desk, now: datetime) -> None:
    """Watches whose day is past, or whose grant has ended, are over."""
    close_over(desk.context, now)


def _sweep(desk: Desk, now: datetime) -> None:
    sweep(desk.context, now)


TASKS: Final = (
    Task(name="recovery", every=timedelta(minutes=1), do=_recovery),
    Task(name="status_lists", every=timedelta(seconds=15), do=_status_lists),
    Task(name="cosign", every=timedelta(seconds=30), do=_cosign),
    Task(name="news", every=timedelta(minutes=1), do=_news),
    Task(name="watches", every=timedelta(seconds=30), do=_watches),
    Task(name="revocation_lists", every=timedelta(minutes=5), do=_revocation_lists),
    Task(name="sweep", every=timedelta(minutes=10), do=_sweep),
    Task(name="retention", every=timedelta(hours=24), do=_retention),
)
"""In this order where several are due at once.  docs/service.md holds the same table; a test compares."""


def task_of(name: str) -> Task:
    """Give the task ``name``; NotFound ``task_unknown`` for one that this version does not have."""
    for task in TASKS:
        if task.name == name:
            return task
    raise NotFound("task_unknown", task=name)


def prepare(context: Context, now: datetime) -> None:
    """Every task of this version stands in the database; a new one is due at once."""
    with context.store.writing() as work:
        known = {task.name for task in work.work.tasks()}
        for task in TASKS:
            if task.name not in known:
                work.work.add_task(TimedTask(name=task.name, due_at=now))
        work.commit()


def claim_due(context: Context, now: datetime) -> tuple[Claimed, ...]:
    """Take every task that is due, in the order of the table."""
    with context.store.reading() as work:
        stored = {task.name: task for task in work.work.tasks()}
    due = [task.name for task in TASKS if task.name in stored and _is_due(stored[task.name], now)]
    if not due:
        return ()
    with context.store.writing() as work:
        handed = {name: work.work.claim_task(name, now, now + CLAIM) for name in due}
        work.commit()
    return tuple(Claimed(name=name, handed=number) for name, number in handed.items() if number is not None)


def _is_due(task: TimedTask, now: datetime) -> bool:
    return task.due_at <= now and (task.claimed_until is None or task.claimed_until <= now)


def carry_out(desk: Desk, claimed: Claimed, now: datetime) -> Done:
    """Do a claimed task and note how it went; one that was settled meanwhile is left alone.

    Raises what the database raises when it cannot be asked.
    """
    context, task = desk.context, task_of(claimed.name)
    with context.store.reading() as work:
        if not work.work.still_claimed(claimed.name, claimed.handed):
            return Done(name=task.name, failure=None)
    done = _attempt(desk, task, now)
    ended = max(now, context.clock())
    wait = task.every if done.failure is None else min(RETRY, task.every)
    with context.store.writing() as work:
        work.work.settle_task(task.name, claimed.handed, now=ended, due_at=ended + wait, failure=done.failure)
        work.commit()
    return done


def _attempt(desk: Desk, task: Task, now: datetime) -> Done:
    try:
        task.do(desk, now)
    except CreditDocError as error:
        return Done(name=task.name, failure=error.code)
    except Exception as error:  # noqa: BLE001 - one broken task must not stop the others
        return Done(name=task.name, failure="fault_here", fault=error)
    return Done(name=task.name, failure=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How one task stands."""

    name: str
    every: timedelta
    succeeded_at: datetime | None
    failure: str | None
    failures: int
    late: bool
    """No success within three periods and two minutes."""


def health(context: Context, now: datetime) -> tuple[Health, ...]:
    """Give every task of this version with its last success; one that never ran is late."""
    with context.store.reading() as work:
        stored = {task.name: task for task in work.work.tasks()}
    return tuple(_health(task, stored.get(task.name), now) for task in TASKS)


def _health(task: Task, stored: TimedTask | None, now: datetime) -> Health:
    succeeded = None if stored is None else stored.succeeded_at
    limit = 3 * task.every + timedelta(minutes=2)
    return Health(
        name=task.name,
        every=task.every,
        succeeded_at=succeeded,
        failure=None if stored is None else stored.failure,
        failures=0 if stored is None else stored.failures,
        late=succeeded is None or now - succeeded > limit,
    )

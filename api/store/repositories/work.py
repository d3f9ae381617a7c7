"""What is due, who works, and how far readers of append-only tables have come."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, CursorResult, delete, insert, or_, select, update

from api.store.entries_work import TimedTask, Worker
from api.store.repositories.rows import build, columns, table_of
from api.store.tables.work import ReadPositionRow, TimedTaskRow, WorkerRow

_WORKERS, _TASKS, _POSITIONS = table_of(WorkerRow), table_of(TimedTaskRow), table_of(ReadPositionRow)


class WorkRepository:
    """The timetable and those who keep it."""

    def __init__(self, connection: Connection) -> None:
        """Read and write through ``connection``; never commit."""
        self._connection = connection

    def begin_worker(self, worker: Worker) -> None:
        """Add a run of the worker."""
        self._connection.execute(insert(_WORKERS), columns(worker))

    def seen(self, executor: str, now: datetime) -> None:
        """The worker lives ``now``."""
        self._connection.execute(update(_WORKERS).where(_WORKERS.c.executor == executor).values(seen_at=now))

    def end_worker(self, executor: str, now: datetime) -> None:
        """The worker has stopped by itself."""
        self._connection.execute(update(_WORKERS).where(_WORKERS.c.executor == executor).values(ended_at=now))

    def taken_over(self, executor: str, now: datetime) -> None:
        """None of that worker's jobs stays undone."""
        one = update(_WORKERS).where(_WORKERS.c.executor == executor)
        self._connection.execute(one.values(taken_over_at=now))

    def workers(self) -> tuple[Worker, ...]:
        """Give the runs whose jobs nobody has taken over, oldest first."""
        query = select(_WORKERS).where(_WORKERS.c.taken_over_at.is_(None)).order_by(_WORKERS.c.started_at)
        return tuple(build(Worker, row) for row in self._connection.execute(query).mappings())

    def last_seen(self) -> datetime | None:
        """Give when any worker was last seen."""
        query = select(_WORKERS.c.seen_at).order_by(_WORKERS.c.seen_at.desc()).limit(1)
        found: datetime | None = self._connection.execute(query).scalar()
        return found

    def forget_workers(self, before: datetime) -> None:
        """Runs whose jobs were taken over before that instant are gone."""
        self._connection.execute(delete(_WORKERS).where(_WORKERS.c.taken_over_at < before))

    def add_task(self, task: TimedTask) -> None:
        """Add a timed task that the table does not hold yet."""
        self._connection.execute(insert(_TASKS), columns(task))

    def tasks(self) -> tuple[TimedTask, ...]:
        """Give every timed task by name."""
        rows = self._connection.execute(select(_TASKS).order_by(_TASKS.c.name)).mappings()
        return tuple(build(TimedTask, row) for row in rows)

    def claim_task(self, name: str, now: datetime, until: datetime) -> int | None:
        """Take a due task, for nobody else before ``until``; gives this hand-over, or None."""
        free = or_(_TASKS.c.claimed_until.is_(None), _TASKS.c.claimed_until <= now)
        due = (_TASKS.c.name == name) & (_TASKS.c.due_at <= now) & free
        taken = update(_TASKS).where(due).values(handed=_TASKS.c.handed + 1, claimed_until=until)
        found = self._connection.execute(taken.returning(_TASKS.c.handed)).scalar()
        return None if found is None else int(found)

    def still_claimed(self, name: str, handed: int) -> bool:
        """Say whether that hand-over is the newest and has not been settled."""
        query = select(_TASKS.c.name).where(
            _TASKS.c.name == name, _TASKS.c.handed == handed, _TASKS.c.claimed_until.is_not(None)
        )
        return self._connection.execute(query).first() is not None

    def settle_task(
        self, name: str, handed: int, *, now: datetime, due_at: datetime, failure: str | None
    ) -> None:
        """The hand-over is answered; a newer one of the same task is left alone."""
        one = update(_TASKS).where(_TASKS.c.name == name, _TASKS.c.handed == handed)
        values: dict[str, Any] = {"due_at": due_at, "claimed_until": None, "runs": _TASKS.c.runs + 1}
        if failure is None:
            values |= {"succeeded_at": now, "failures": 0, "failure": None}
        else:
            values |= {"failed_at": now, "failures": _TASKS.c.failures + 1, "failure": failure}
        self._connection.execute(one.values(**values))

    def position(self, name: str) -> int:
        """Give how far the reader ``name`` has come; 0: it has read nothing."""
        query = select(_POSITIONS.c.position).where(_POSITIONS.c.name == name)
        return int(self._connection.execute(query).scalar() or 0)

    def move_to(self, name: str, position: int) -> None:
        """The reader ``name`` has come that far."""
        one = update(_POSITIONS).where(_POSITIONS.c.name == name).values(position=position)
        if _count(self._connection.execute(one)) == 0:
            self._connection.execute(insert(_POSITIONS), {"name": name, "position": position})


def _count(result: Any) -> int:
    return int(cast(CursorResult[Any], result).rowcount)

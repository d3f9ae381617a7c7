"""People's data past their time are erased, class by class, as the region's dated settings say (R7).

Records, reports, the access list and the log are no part of it: what was issued must be
provable, and who looked is the subject's to see.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

from api.services.context import Context
from api.services.house.regions import own_region
from api.store.entries import Event
from api.store.repositories.retention import RetentionRepository
from api.store.unit_of_work import UnitOfWork
from domain.times import shanghai_day
from records.settings import Retention

_CLASSES: Final[Mapping[str, Callable[..., int]]] = {
    "files": RetentionRepository.files,
    "returned": RetentionRepository.returned,
    "applicant": RetentionRepository.applicants,
    "feedback": RetentionRepository.feedback,
}
"""Each has its days in :class:`Retention` under its name and ``_days``."""
RUN_OUT: Final = "run_out"
"""What carries its own end: sessions, begun sign-ins, remembered answers, bulk verdicts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassOfData:
    """One class of data, and how much of it is past its time."""

    name: str
    days: int | None
    """None: kept; or, for ``run_out``, each thing has its own end."""
    rows: int


def erase_expired(context: Context, *, by: str, now: datetime) -> tuple[ClassOfData, ...]:
    """What is past its time at ``now`` is gone, in one transaction with the event that says so.

    Doing it again erases nothing twice, so a timer may call it as often as it likes.
    """
    with context.store.writing() as work:
        done = _each(work.retention, _settings(context, work, now), now, erase=True)
        if any(each.rows for each in done):
            fields = {each.name: each.rows for each in done}
            work.house.record(Event(at=now, actor=by, act="retention", fields=fields))
        work.commit()
    return done


def past_their_time(context: Context, *, now: datetime) -> tuple[ClassOfData, ...]:
    """Give what :func:`erase_expired` would erase; nothing is changed."""
    with context.store.reading() as work:
        return _each(work.retention, _settings(context, work, now), now, erase=False)


def _settings(context: Context, work: UnitOfWork, now: datetime) -> Retention:
    return own_region(context, work).settings_at(shanghai_day(now)).retention


def _each(
    store: RetentionRepository, settings: Retention, now: datetime, *, erase: bool
) -> tuple[ClassOfData, ...]:
    days: dict[str, int | None] = {name: asdict(settings)[f"{name}_days"] for name in _CLASSES}
    done = [
        ClassOfData(
            name=name,
            days=kept,
            rows=0 if kept is None else _CLASSES[name](store, now - timedelta(days=kept), erase=erase),
        )
        for name, kept in days.items()
    ]
    return (*done, ClassOfData(name=RUN_OUT, days=None, rows=store.run_out(now, erase=erase)))

"""The gate before issuing (R26): automatic first; in ``person`` mode a doubt stops for somebody to look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from api.services.context import Context
from api.services.house.regions import own_region
from api.services.issuing.composing import gather
from api.services.issuing.orders import Order, order_json
from api.store.entries import Application, Event, Reservation
from api.store.unit_of_work import UnitOfWork
from domain.errors import Refused
from domain.identifiers import uuid7
from domain.times import shanghai_day
from domain.verdict import JsonValue
from records.compose import compose
from records.model import Subject

PERSON_MODE = "person"
_NO_NUMBER = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An application that a person must look at."""

    application: UUID
    reasons: tuple[str, ...]
    """``pending:DOMAIN`` for each chosen domain in 待核."""
    since: datetime


def gate(context: Context, subject: Subject, order: Order) -> Waiting | None:
    """Give None when the report may be issued now, else the application that waits.

    An operator who names himself and a reason goes on; that is recorded.  Raises Refused
    ``not_an_operator`` for a name that is none.
    """
    now = context.clock()
    with context.store.reading() as work:
        settings = own_region(context, work).settings_at(shanghai_day(now))
        if settings.review_mode != PERSON_MODE:
            return None
        reasons = _reasons(context, work, subject, order, now)
    if not reasons:
        return None
    if order.by and order.reason:
        _override(context, subject, order, reasons, now)
        return None
    return _wait(context, subject, order, reasons, now)


def _reasons(
    context: Context, work: UnitOfWork, subject: Subject, order: Order, now: datetime
) -> tuple[str, ...]:
    """What the report would print as 待核, found by composing it without taking a number."""
    trial = Reservation(
        number=_NO_NUMBER,
        subject=subject.id,
        status_list=0,
        status_idx=0,
        request={},
        as_of=order.as_of or now,
        reserved_at=now,
    )
    composed = compose(gather(context, work, subject, order, trial))
    return tuple(f"pending:{domain}" for domain in composed.pending)


def _override(
    context: Context, subject: Subject, order: Order, reasons: tuple[str, ...], now: datetime
) -> None:
    with context.store.writing() as work:
        if work.house.operator_role(order.by or "") is None:
            raise Refused("not_an_operator", name=order.by)
        for application in work.reports.waiting(subject.id):
            if application.request == _asked(order):
                work.reports.decide(application.id, "approved", order.by or "", now, None)
        work.house.record(
            Event(
                at=now,
                actor=order.by or "",
                act="review_overridden",
                subject=subject.id,
                reason=order.reason,
                fields={"reasons": list(reasons)},
            )
        )
        work.commit()


def _wait(
    context: Context, subject: Subject, order: Order, reasons: tuple[str, ...], now: datetime
) -> Waiting:
    """The same application asked for again is the one that waits already."""
    with context.store.writing() as work:
        for known in work.reports.waiting(subject.id):
            if known.request == _asked(order):
                return Waiting(application=known.id, reasons=known.reasons, since=known.made_at)
        application = Application(
            id=uuid7(now, context.entropy),
            subject=subject.id,
            request=_asked(order),
            reasons=reasons,
            state="waiting",
            made_at=now,
        )
        work.reports.wait(application)
        work.commit()
    return Waiting(application=application.id, reasons=reasons, since=now)


def _asked(order: Order) -> dict[str, JsonValue]:
    """What was asked for, without who overrides and why."""
    return {name: value for name, value in order_json(order).items() if name not in ("by", "reason")}

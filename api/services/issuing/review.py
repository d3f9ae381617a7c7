"""The gate before issuing (R26): automatic first; in ``person`` mode a doubt stops for somebody to look.

Whoever lets an application through names himself and a reason, and has seen the draft as it
stands: nothing is approved unseen, at the desk as at the command line.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from api.services.context import Context
from api.services.house.regions import own_region
from api.services.issuing.orders import Order, order_json
from api.services.issuing.trial import compose_trial, draft_sha256
from api.store.entries import Application, Event
from api.store.unit_of_work import UnitOfWork
from domain.errors import Refused
from domain.identifiers import uuid7
from domain.times import shanghai_day
from domain.verdict import JsonValue
from records.compose import Composed
from records.model import Subject

PERSON_MODE = "person"
DECIDING = frozenset({"operator", "system_administrator"})
"""Who may let an application through; the second is whom ``init`` made and may be alone in a small house.
An auditor judges decisions and makes none."""


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
    ``not_an_operator`` for a name that is none, ``draft_unseen`` where that operator has not
    opened the draft, or it says something else by now.
    """
    now = context.clock()
    with context.store.reading() as work:
        settings = own_region(context, work).settings_at(shanghai_day(now))
        if settings.review_mode != PERSON_MODE:
            return None
        composed = compose_trial(context, work, subject, order, now)
    reasons = reasons_of(composed)
    if not reasons:
        return None
    if order.by and order.reason:
        with context.store.reading() as work:
            require_operator(work, order.by)
        _override(context, _wait(context, subject, order, reasons, now), order, composed, now)
        return None
    return _wait(context, subject, order, reasons, now)


def reasons_of(composed: Composed) -> tuple[str, ...]:
    """Give why a person must look: what the report would print as 待核."""
    return tuple(f"pending:{domain}" for domain in composed.pending)


def require_operator(work: UnitOfWork, name: str) -> None:
    """Somebody of that name works here and may decide; Refused ``not_an_operator``."""
    if work.house.operator_role(name) not in DECIDING:
        raise Refused("not_an_operator", name=name)


def _override(context: Context, waiting: Waiting, order: Order, composed: Composed, now: datetime) -> None:
    by, reason = order.by or "", order.reason or ""
    with context.store.writing() as work:
        _require_seen(work, waiting, by, composed)
        application = work.reports.application(waiting.application)
        work.reports.decide(waiting.application, "approved", by, now, reason)
        work.house.record(
            Event(
                at=now,
                actor=by,
                act="review_overridden",
                subject=None if application is None else application.subject,
                reason=reason,
                fields={"reasons": list(waiting.reasons), "application": str(waiting.application)},
            )
        )
        work.commit()


def _require_seen(work: UnitOfWork, waiting: Waiting, by: str, composed: Composed) -> None:
    digest = draft_sha256(composed)
    if not any(
        view.by == by and view.draft_sha256 == digest for view in work.desk.views(waiting.application)
    ):
        raise Refused("draft_unseen", application=waiting.application, name=by)


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

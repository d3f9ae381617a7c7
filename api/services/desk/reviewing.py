"""The review desk: applications that the automatic gate stopped, opened and then decided (R26)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from api.services.access.principal import Principal
from api.services.access.table import inside
from api.services.context import Context
from api.services.issuing.issue import Issued
from api.services.issuing.orders import Order, order_from_json
from api.services.issuing.review import Waiting, reasons_of, require_operator
from api.services.issuing.trial import compose_trial, draft_sha256
from api.store.entries import Application, Event
from api.store.entries_desk import DraftView
from api.store.unit_of_work import UnitOfWork
from domain.errors import Conflict, MalformedInput, NotFound, Refused
from domain.identifiers import hide_person_numbers, uuid7
from domain.report import ReportContent
from domain.verdict import JsonValue
from records.model import Subject

Issue = Callable[[Order], Issued | Waiting]
"""The issuing desk, one report at a time."""
MAX_REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """One line of the queue."""

    application: Application
    subject: Subject
    waited: timedelta
    seen_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedDraft:
    """A draft as somebody sees it before deciding."""

    application: Application
    subject: Subject
    order: Order
    content: ReportContent
    reasons: tuple[str, ...]
    """Why it would stop now; empty when the doubt has gone."""
    waited: timedelta
    views: tuple[DraftView, ...]


def queue(context: Context, territory: str | None = None) -> tuple[Queued, ...]:
    """Give the applications that wait, the longest wait first; of one place where ``territory`` says so."""
    now = context.clock()
    with context.store.reading() as work:
        lines = (_queued(work, application, now) for application in work.reports.waiting())
        return tuple(line for line in lines if inside(territory, line.subject))


def acting_name(context: Context, principal: Principal) -> str:
    """Give the name under which the house lists a signed-in operator; Refused ``not_an_operator``."""
    with context.store.reading() as work:
        known = work.staff.by_login(principal.sub)
    if known is None:
        raise Refused("not_an_operator", name=principal.name)
    return known.name


def applied(context: Context, application: UUID) -> tuple[Application, Subject]:
    """Give an application and whom it is about; NotFound ``application_unknown``."""
    with context.store.reading() as work:
        found = _application(work, application)
        return found, _subject(work, found.subject)


def open_draft(context: Context, application: UUID, by: str) -> OpenedDraft:
    """Give the draft as it stands now; that ``by`` has seen it is stored in the same transaction.

    Raises NotFound ``application_unknown``, Refused ``not_an_operator``, and what composing refuses.
    """
    with context.store.writing() as work:
        now = context.clock()
        require_operator(work, by)
        asked = _application(work, application)
        subject, order = _subject(work, asked.subject), order_from_json(asked.request)
        composed = compose_trial(context, work, subject, order, now)
        if asked.state == "waiting":
            _seen(context, work, asked.id, by, draft_sha256(composed), now)
        views = work.desk.views(asked.id)
        work.commit()
    return OpenedDraft(
        application=asked,
        subject=subject,
        order=order,
        content=composed.content,
        reasons=reasons_of(composed),
        waited=(asked.decided_at or now) - asked.made_at,
        views=views,
    )


def approve(context: Context, issue: Issue, application: UUID, by: str, reason: str) -> Issued:
    """Issue what was applied for, through the same gate; the override is recorded with its reason.

    Raises Conflict ``application_decided``, Refused ``draft_unseen``, ``not_an_operator`` and what
    issuing refuses; the application then waits on.
    """
    said = _reason(reason)
    with context.store.reading() as work:
        require_operator(work, by)
        asked = _waiting(work, application)
        if not any(view.by == by for view in work.desk.views(asked.id)):
            raise Refused("draft_unseen", application=application, name=by)
    try:
        done = issue(replace(order_from_json(asked.request), by=by, reason=said))
    except BaseException:
        with context.store.writing() as work:
            work.reports.wait_again(asked.id)
            work.commit()
        raise
    if not isinstance(done, Issued):
        raise Conflict("application_decided", application=str(application))
    _settle(context, asked, by, said, done.number)
    return done


def refuse(context: Context, application: UUID, by: str, reason: str) -> None:
    """The application is refused; the subject reads the reason.

    Raises Conflict ``application_decided``, Refused ``draft_unseen`` and ``not_an_operator``.
    """
    said = _reason(reason)
    with context.store.writing() as work:
        now = context.clock()
        require_operator(work, by)
        asked = _waiting(work, application)
        if not any(view.by == by for view in work.desk.views(asked.id)):
            raise Refused("draft_unseen", application=application, name=by)
        work.reports.decide(asked.id, "refused", by, now, said)
        fields: dict[str, JsonValue] = {"application": str(asked.id), "reasons": list(asked.reasons)}
        work.house.record(
            Event(
                at=now,
                actor=by,
                act="review_refused",
                subject=asked.subject,
                reason=said,
                fields=fields,
            )
        )
        work.commit()


def _queued(work: UnitOfWork, application: Application, now: datetime) -> Queued:
    return Queued(
        application=application,
        subject=_subject(work, application.subject),
        waited=now - application.made_at,
        seen_by=tuple(dict.fromkeys(view.by for view in work.desk.views(application.id))),
    )


def _settle(context: Context, asked: Application, by: str, reason: str, number: str) -> None:
    """The application names its report, also when its doubt had gone and nothing was overridden."""
    with context.store.writing() as work:
        kept = work.reports.application(asked.id)
        if kept is not None and kept.state == "waiting":
            work.reports.decide(asked.id, "approved", by, context.clock(), reason)
        work.reports.approved_as(asked.id, number)
        work.commit()


def _seen(
    context: Context, work: UnitOfWork, application: UUID, by: str, digest: bytes, now: datetime
) -> None:
    view = DraftView(
        id=uuid7(now, context.entropy), application=application, by=by, at=now, draft_sha256=digest
    )
    work.desk.viewed(view)


def _application(work: UnitOfWork, id_: UUID) -> Application:
    found = work.reports.application(id_)
    if found is None:
        raise NotFound("application_unknown", application=id_)
    return found


def _waiting(work: UnitOfWork, id_: UUID) -> Application:
    found = _application(work, id_)
    if found.state != "waiting":
        raise Conflict("application_decided", application=str(id_))
    return found


def _subject(work: UnitOfWork, id_: UUID) -> Subject:
    found = work.subjects.by_id(id_)
    if found is None:
        raise NotFound("subject_unknown", subject=id_)
    return found


def _reason(text: str) -> str:
    said = hide_person_numbers(text.strip())
    if not said:
        raise Refused("reason_needed")
    if len(said) > MAX_REASON:
        raise MalformedInput("reason_too_long", limit=MAX_REASON)
    return said

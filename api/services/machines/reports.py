"""A subject's own reports for its programs, and files for whoever comes with an opened grant."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from api.services.access.looks import look_by, record_look
from api.services.access.principal import Principal
from api.services.access.roles import Role
from api.services.access.table import require
from api.services.context import Context
from api.services.desk import own
from api.services.desk.applying import submit
from api.services.desk.asking import Wish, order_of
from api.services.desk.reviewing import Issue
from api.services.grants import querying, showing
from api.services.grants.redeeming import opened
from api.services.machines import cursors
from api.store.entries import Application, Registered
from domain.errors import InvariantBroken, NotFound, Refused
from domain.times import parse_rfc3339, rfc3339
from records.model import Subject

CHANNEL = "api"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some of the reports, newest first."""

    reports: tuple[Registered, ...]
    next: str | None
    """Cursor of the following page; None on the last."""


def own_subject(context: Context, viewer: Principal, fact: str) -> Subject:
    """Give the subject whom the viewer acts for, if the table allows ``fact``.

    Raises Refused ``sign_in_needed``, ``not_allowed``; NotFound ``no_subject_here``.
    """
    if viewer.role not in (Role.ENTERPRISE, Role.AGENT):
        raise Refused("not_allowed" if viewer.signed_in else "sign_in_needed", fact=fact)
    subject = own.subject_of(context, viewer)
    require(viewer, fact, subject=subject)
    return subject


def page_of(context: Context, viewer: Principal, cursor: str | None, limit: int) -> Page:
    """Give at most ``limit`` of the viewer's own reports after ``cursor``; raises ``cursor_malformed``."""
    subject = own_subject(context, viewer, "report_list")
    list_ = f"reports:{subject.id}"
    place = None if cursor is None else cursors.opened(context, list_, cursor)
    with context.store.reading() as work:
        after = None if place is None else (parse_rfc3339(place[0]), place[1])
        # One more than asked tells whether there is a next page.
        found = work.reports.page_of_subject(subject.id, limit + 1, after)
    shown, last = found[:limit], found[limit - 1 : limit]
    more = len(found) > limit
    mark = cursors.sealed(context, list_, (rfc3339(last[0].released_at), last[0].number)) if more else None
    return Page(reports=shown, next=mark)


def one(context: Context, viewer: Principal, number: str) -> Registered:
    """Give one of the viewer's own reports; NotFound ``not_found`` for another's as for none."""
    return own.report_of(context, own_subject(context, viewer, "report_list"), number)


def issue(context: Context, issuing: Issue, viewer: Principal, wish: Wish) -> Registered | Application:
    """Give the new report, or the application that a person must look at first (R26).

    Raises what issuing refuses.
    """
    subject = own_subject(context, viewer, "report_issue")
    order = order_of(context, subject, wish, CHANNEL)
    # Repeats were answered before; here each request is a form of its own.
    done = submit(context, issuing, viewer, subject, order, context.entropy(16).hex())
    if done.application is not None:
        return own.application_of(context, subject, done.application)
    if done.number is None:
        raise InvariantBroken("not_registered", number="-")
    return own.report_of(context, subject, done.number)


def application(context: Context, viewer: Principal, id_: UUID) -> Application:
    """Give one application of the viewer's own subject; NotFound ``not_found``."""
    return own.application_of(context, own_subject(context, viewer, "report_list"), id_)


def file(context: Context, viewer: Principal, number: str, opening: str | None) -> tuple[str, bytes]:
    """Give number and signed bytes of the viewer's own report, or of the one that ``opening`` opens.

    ``opening`` is the secret that redeeming a grant gave.  Raises NotFound ``not_found`` for another's
    report as for none; Refused ``sign_in_needed``, ``grant_needed``, and what grants refuse.
    """
    if opening is not None:
        return _under_grant(context, viewer, own.typed_number(number), opening)
    if viewer.signed_in and viewer.role in (Role.RECEIVER, Role.AUTHORITY):
        raise Refused("grant_needed")
    subject = own_subject(context, viewer, "report_download")
    line = own.report_of(context, subject, number)
    if viewer.role is Role.AGENT:
        _tell_subject(context, viewer, line)
    return line.number, own.pdf_of(context, line.number)


def details(context: Context, viewer: Principal, number: str, opening: str) -> bytes:
    """Give the fields that ``opening`` opens, with salts and proofs, in the details format.

    Raises NotFound ``not_found`` for another report than the opened one, and what grants refuse.
    """
    with context.store.reading() as work:
        use = opened(context, work, viewer, opening)
        if use.held.line.number != own.typed_number(number):
            raise NotFound("not_found")
    return showing.details(context, viewer, opening).data


def _under_grant(context: Context, viewer: Principal, number: str, opening: str) -> tuple[str, bytes]:
    with context.store.reading() as work:
        use = opened(context, work, viewer, opening)
        own_number, fresh = use.held.line.number, use.opening.fresh_number
    if number == own_number:
        return number, showing.download(context, viewer, opening)[1]
    if number == fresh:
        return querying.fresh_file(context, viewer, opening)
    raise NotFound("not_found")


def _tell_subject(context: Context, viewer: Principal, line: Registered) -> None:
    with context.store.writing() as work:
        look = look_by(
            context, viewer, act="download", subject=line.subject, purpose=line.purpose, number=line.number
        )
        record_look(context, work, look)
        work.commit()

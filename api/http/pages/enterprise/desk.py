"""The enterprise's own desk: its reports, their files, what changed since, who looked (R9, R12, R21)."""

from __future__ import annotations

from typing import Annotated, Any, Final
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from api.http.identity import fact
from api.http.language import language_of
from api.http.rate import limited
from api.http.record_words import record_words
from api.http.rendering import page
from api.http.web import Web, web_of
from api.services.access.looks import Act, look_by, looks_of, record_look
from api.services.access.principal import Principal
from api.services.access.roles import Role
from api.services.access.table import require
from api.services.context import Context
from api.services.desk import own
from api.services.desk.changes import changes_since
from api.services.desk.matters import matters_today
from api.services.desk.refreshing import by_subject
from api.store.entries import Registered
from domain.catalogue import DATA_REASONS, DOMAINS
from domain.errors import Refused
from domain.report import DataState, ReportContent
from records.model import Subject

router = APIRouter(include_in_schema=False)

Served = Annotated[Web, Depends(web_of)]
Lists = Annotated[Principal, Depends(fact("report_list"))]
_DESKS: Final = {Role.OPERATOR: "/review", Role.WINDOW: "/window"}
"""Where members of staff work; this desk is the subject's own."""


@router.get("/desk")
def start(request: Request, web: Served, viewer: Lists) -> Response:
    """Show the subject's reports and applications, with what can be done next."""
    if viewer.role in _DESKS:
        return RedirectResponse(_DESKS[viewer.role], status_code=303)
    subject = mine(web.context, viewer, "report_list")
    return page(request, "desk/start.html", **_start(web.context, subject), subject=subject)


@router.get("/desk/access")
def access(
    request: Request, web: Served, viewer: Annotated[Principal, Depends(fact("access_list"))]
) -> Response:
    """Show every look at the subject: who, when, for what."""
    subject = mine(web.context, viewer, "access_list")
    with web.context.store.reading() as work:
        looks = looks_of(work, subject.id)
    return page(request, "desk/access.html", subject=subject, looks=looks, **record_words(request))


@router.get("/desk/applications/{application}")
def application(request: Request, web: Served, viewer: Lists, application: UUID) -> Response:
    """Show an application that a person has to look at, and what became of it."""
    subject = mine(web.context, viewer, "report_list")
    asked = own.application_of(web.context, subject, application)
    waited = (asked.decided_at or web.context.clock()) - asked.made_at
    return page(
        request,
        "desk/application.html",
        subject=subject,
        asked=asked,
        waited=waited,
        names=domain_names(request),
    )


@router.get("/desk/sent")
def sent(request: Request, web: Served, viewer: Lists) -> Response:
    """Say that the report is being made, and go on to the list by itself."""
    mine(web.context, viewer, "report_list")
    shown = page(request, "desk/sent.html")
    shown.headers["Refresh"] = "3; url=/desk"
    return shown


@router.get("/desk/reports/{number}")
def report(request: Request, web: Served, viewer: Lists, number: str) -> Response:
    """Show one report: what it says, its status now, what can be done with it."""
    subject = mine(web.context, viewer, "report_list")
    line = own.report_of(web.context, subject, number)
    content = own.content_of(web.context, line.number)
    with web.context.store.reading() as work:
        prints = work.desk.prints(line.number)
    locked = own.code_locked(web.context, line.number)
    return page(
        request, "desk/report.html", subject=subject, line=line, prints=prints, locked=locked, **said(content)
    )


@router.post("/desk/reports/{number}/code", dependencies=[Depends(limited("code_renew", "10/minute"))])
def new_code(
    request: Request, web: Served, viewer: Annotated[Principal, Depends(fact("code_renew"))], number: str
) -> Response:
    """Give a new 核验码 in the place of one that strangers' wrong tries locked; shown this once."""
    subject = mine(web.context, viewer, "code_renew")
    line = own.report_of(web.context, subject, number)
    shown = page(request, "desk/code.html", line=line, code=own.new_code(web.context, viewer, line))
    shown.headers["Cache-Control"] = "no-store"
    return shown


@router.get("/desk/reports/{number}/file", dependencies=[Depends(limited("download", "60/minute"))])
def file(
    web: Served, viewer: Annotated[Principal, Depends(fact("report_download"))], number: str
) -> Response:
    """Send the signed PDF to the subject itself."""
    subject = mine(web.context, viewer, "report_download")
    line = own.report_of(web.context, subject, number)
    if viewer.role is Role.AGENT:
        _tell_subject(web.context, viewer, line, "download")
    return pdf_answer(web.context, line, subject)


@router.get("/desk/reports/{number}/changes")
def changes(
    request: Request, web: Served, viewer: Annotated[Principal, Depends(fact("report_changes"))], number: str
) -> Response:
    """Show what has changed since the report was issued."""
    subject = mine(web.context, viewer, "report_changes")
    line = own.report_of(web.context, subject, number)
    found = changes_since(web.context, line.number)
    return page(request, "desk/changes.html", subject=subject, line=line, found=found)


@router.post("/desk/reports/{number}/statement", dependencies=[Depends(limited("statement", "20/minute"))])
def statement(
    web: Served, viewer: Annotated[Principal, Depends(fact("report_changes"))], number: str
) -> Response:
    """Send the signed statement whether anything is new since the report; it stands among the looks."""
    mine(web.context, viewer, "report_changes")
    signed = by_subject(web.context, viewer, number)
    headers = {"Content-Disposition": f'attachment; filename="{signed.name}"', "Cache-Control": "no-store"}
    return Response(signed.compact, media_type="application/jose", headers=headers)


def mine(context: Context, viewer: Principal, name: str) -> Subject:
    """Give the subject whom the viewer acts for, if the table allows fact ``name``.

    Raises NotFound ``no_subject_here`` and what the table refuses.
    """
    if viewer.role not in (Role.ENTERPRISE, Role.AGENT):
        raise Refused("not_allowed", fact=name)
    subject = own.subject_of(context, viewer)
    require(viewer, name, subject=subject)
    return subject


def pdf_answer(context: Context, line: Registered, subject: Subject) -> Response:
    """Give the signed PDF as a download; its name in plain ASCII for old programs, in full for others."""
    title = own.content_of(context, line.number).title
    plain, full = own.file_names(title, line, subject)
    headers = {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(full)}",
        "Cache-Control": "no-store",
    }
    return Response(own.pdf_of(context, line.number), media_type="application/pdf", headers=headers)


def said(content: ReportContent) -> dict[str, Any]:
    """Give what pages show of a report's content: the worst data states first told apart."""
    unsure = tuple(line for line in content.domains if line.data_state is not DataState.CURRENT)
    return {"content": content, "unsure": unsure, "words": {"domains": DOMAINS, "reasons": DATA_REASONS}}


def domain_names(request: Request) -> dict[str, str]:
    """Give the names of domains by id in the language of the page."""
    chinese = language_of(request) == "zh"
    return {id_: name.zh if chinese else name.en for id_, name in DOMAINS.items()}


def _start(context: Context, subject: Subject) -> dict[str, Any]:
    found = own.start(context, subject)
    open_ = tuple(item for item in found.applications if item.number is None)
    return {
        "reports": found.reports,
        "applications": open_,
        "copies": found.copies,
        "now": found.now,
        "matters": matters_today(context)[:6],
    }


def _tell_subject(context: Context, viewer: Principal, line: Registered, act: Act) -> None:
    with context.store.writing() as work:
        look = look_by(
            context, viewer, act=act, subject=line.subject, purpose=line.purpose, number=line.number
        )
        record_look(context, work, look)
        work.commit()

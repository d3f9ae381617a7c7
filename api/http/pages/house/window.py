"""The window: find the subject, take the applicant down, issue, print the signed PDF, count copies (R27)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile
from fastapi.responses import RedirectResponse

from api.http.identity import fact
from api.http.pages.enterprise.desk import pdf_answer
from api.http.rendering import page
from api.http.web import Web, web_of
from api.services.access.looks import look_by, record_look
from api.services.access.principal import Principal
from api.services.access.table import require
from api.services.desk import applying, asking, objections, own, printing, window
from api.services.desk.asking import Wish
from api.services.desk.matters import matters_today
from api.services.desk.printing import Queue, print_report
from api.store.entries_desk import Visit
from domain.base_text import base64url_encode
from domain.errors import CreditDocError, DependencyUnavailable, NotFound
from domain.times import shanghai_day
from records.model import Subject

router = APIRouter(include_in_schema=False)

CHANNEL = "window"
Served = Annotated[Web, Depends(web_of)]
Desk = Annotated[Principal, Depends(fact("window_desk"))]
Visits = Annotated[Principal, Depends(fact("window_visit"))]
Reason = Annotated[str, Form(max_length=200)]


@dataclass(frozen=True, slots=True)
class Came:
    """The applicant's fields of the form."""

    subject: Annotated[UUID, Form()]
    name: Annotated[str, Form(max_length=window.MAX_TEXT)] = ""
    paper: Annotated[str, Form(max_length=20)] = "resident_id"
    number: Annotated[str, Form(max_length=window.MAX_TEXT)] = ""
    authority: Annotated[str, Form(max_length=30)] = ""
    reason: Reason = ""

    def applicant(self) -> window.Applicant:
        """Give who came."""
        return window.Applicant(
            name=self.name, paper=self.paper, number=self.number, authority=self.authority
        )


@router.get("/window")
def start(request: Request, web: Served, viewer: Desk) -> Response:  # noqa: ARG001
    """Show the search for whom the applicant comes, and whether the printer is ready."""
    return page(request, "window/start.html", printer=_printer(web), found=None, text="", reason="")


@router.post("/window/find")
def find(
    request: Request,
    web: Served,
    viewer: Annotated[Principal, Depends(fact("subject_search"))],
    text: Annotated[str, Form(max_length=120)] = "",
    reason: Reason = "",
) -> Response:
    """Show the subject that the code or whole name finds, with the form for the applicant."""
    require(viewer, "subject_search", reason=reason)
    found = window.find(web.context, viewer, text, reason)
    return page(request, "window/start.html", printer=_printer(web), found=found, text=text, reason=reason)


@router.post("/window/visits")
def take_down(
    web: Served,
    viewer: Visits,
    came: Annotated[Came, Depends(Came)],
    scan: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Who came and by which authority is written down, sealed; the scan apart."""
    subject = _subject(web, came.subject)
    require(viewer, "window_visit", subject=subject, reason=came.reason)
    data = scan.file.read(window.MAX_SCAN + 1) if scan is not None else b""
    visit = window.take_down(web.context, viewer, subject, came.applicant(), data or None, came.reason)
    return RedirectResponse(f"/window/visits/{visit}", status_code=303)


@router.get("/window/visits/{visit}")
def serve(request: Request, web: Served, viewer: Visits, visit: UUID) -> Response:
    """Show what can be done for the applicant: issue, print, hand out."""
    here, subject = visit_for(web, viewer, visit)
    return page(
        request,
        "window/visit.html",
        visit=here,
        subject=subject,
        applicant=window.applicant_of(web.context, here),
        matters=matters_today(web.context),
        key=base64url_encode(web.context.entropy(16)),
        printer=_printer(web),
        shown=own.start(web.context, subject),
        most=printing.MAX_COPIES,
        filed=objections.of_visit(web.context, subject, here.id),
        against=objections.AGAINST,
        most_text=objections.MAX_TEXT,
    )


@router.post("/window/visits/{visit}/issue")
def issue(
    web: Served,
    viewer: Annotated[Principal, Depends(fact("report_issue"))],
    visit: UUID,
    matter: Annotated[str, Form(max_length=64)] = "",
    purpose: Annotated[str, Form(max_length=200)] = "",
    key: Annotated[str, Form(max_length=applying.MAX_KEY)] = "",
) -> Response:
    """A report is issued for the applicant; the same form sent again makes no second one."""
    here, subject = visit_for(web, viewer, visit)
    require(viewer, "report_issue", subject=subject, reason=visit_reason(here))
    wish = Wish(matter=matter or None, purpose=purpose)
    order = asking.order_of(web.context, subject, wish, CHANNEL)
    applying.submit(web.context, web.issuing.issue, viewer, subject, order, key)
    return RedirectResponse(f"/window/visits/{visit}", status_code=303)


@router.post("/window/visits/{visit}/print")
def print_(
    web: Served,
    viewer: Visits,
    visit: UUID,
    number: Annotated[str, Form(max_length=40)],
    copies: Annotated[int, Form(ge=1, le=printing.MAX_COPIES)] = 1,
) -> Response:
    """The signed PDF goes to the printer and its copies are counted."""
    here, subject = visit_for(web, viewer, visit)
    line = own.report_of(web.context, subject, number)
    queue = queue_of(web)
    print_report(
        web.context,
        queue,
        viewer,
        line,
        copies=copies,
        channel=CHANNEL,
        purpose=visit_reason(here),
        visit=here.id,
    )
    return RedirectResponse(f"/window/visits/{visit}", status_code=303)


@router.get("/window/visits/{visit}/reports/{number}/file")
def file(
    web: Served, viewer: Annotated[Principal, Depends(fact("report_download"))], visit: UUID, number: str
) -> Response:
    """Send the signed PDF, for an applicant who wants it on a stick; the subject sees that."""
    here, subject = visit_for(web, viewer, visit)
    require(viewer, "report_download", subject=subject, reason=visit_reason(here))
    line = own.report_of(web.context, subject, number)
    with web.context.store.writing() as work:
        look = look_by(
            web.context,
            viewer,
            act="download",
            subject=subject.id,
            purpose=visit_reason(here),
            number=line.number,
        )
        record_look(web.context, work, look)
        work.commit()
    return pdf_answer(web.context, line, subject)


def queue_of(web: Web, *, kiosk: bool = False) -> Queue:
    """Give the printer that the settings name; DependencyUnavailable ``printing_not_set``."""
    wanted = web.settings.printing
    name = (wanted.kiosk_queue if kiosk else None) or wanted.queue
    if name is None:
        raise DependencyUnavailable("printing_not_set")
    return Queue(name=name, server=wanted.server, seconds=wanted.timeout_seconds)


def _printer(web: Web) -> tuple[bool, CreditDocError | None, int]:
    """Say whether the printer is ready, or why not, and how many jobs wait."""
    try:
        state = printing.state_of(queue_of(web))
    except DependencyUnavailable as error:
        return False, error, 0
    return state.ready, None, state.waiting


def visit_for(web: Web, viewer: Principal, visit: UUID) -> tuple[Visit, Subject]:
    """Give the visit that this clerk took down, with its subject; raises as :func:`window.visit_of`."""
    here = window.visit_of(web.context, visit, viewer.person)
    subject = _subject(web, here.subject)
    require(viewer, "window_visit", subject=subject, reason=visit_reason(here))
    return here, subject


def visit_reason(visit: Visit) -> str:
    """Give the reason that the subject reads for what was done at the visit."""
    return f"{shanghai_day(visit.at)}到窗口办理"


def _subject(web: Web, id_: UUID) -> Subject:
    with web.context.store.reading() as work:
        found = work.subjects.by_id(id_)
    if found is None:
        raise NotFound("not_found")
    return found

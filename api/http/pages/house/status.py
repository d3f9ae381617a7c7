"""The operator's page of statuses: one report, many by two people, and rows that came late."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.http.identity import fact, fresh_sign_in
from api.http.rendering import page
from api.http.web import Web, web_of
from api.services.access.looks import look_by, record_look
from api.services.access.principal import Principal
from api.services.access.table import require
from api.services.desk.reviewing import acting_name
from api.services.status import affected, late, proposing
from api.services.status.changing import MAX_REASON, StatusStory, set_status, story
from domain.errors import NotFound, Refused
from domain.identifiers import ReportNumber
from domain.status_facts import FINAL

router = APIRouter(include_in_schema=False)

Served = Annotated[Web, Depends(web_of)]
Desk = Annotated[Principal, Depends(fact("status_desk"))]
Setter = Annotated[Principal, Depends(fact("status_set"))]
Fresh = Depends(fresh_sign_in)
Reason = Annotated[str, Form(max_length=2 * MAX_REASON)]
Word = Annotated[str, Form(max_length=20)]
Text = Annotated[str, Form(max_length=60)]
SHOWN: Final = 20


@router.get("/status")
def desk(request: Request, web: Served, viewer: Desk) -> Response:
    """Show the box for a number, what waits for a second person, and the newest changes."""
    with web.context.store.reading() as work:
        newest = work.status.newest_changes(SHOWN)
        units, names = work.late.units(), late.unit_names(web.context, work)
    waiting = proposing.waiting(web.context)
    name = acting_name(web.context, viewer) if viewer.role == "operator" else ""
    return page(
        request, "status/desk.html", waiting=waiting, newest=newest, units=units, names=names, me=name
    )


@router.post("/status/find")
def find(web: Served, viewer: Setter, number: Text) -> Response:  # noqa: ARG001
    """Go to the report of that number."""
    return RedirectResponse(f"/status/reports/{ReportNumber.parse_typed(number)}", status_code=303)


@router.get("/status/reports/{number}", dependencies=[Fresh])
def report(request: Request, web: Served, viewer: Setter, number: str) -> Response:
    """Show what happened to one report, and what may be done; the look stands in its subject's list."""
    found = _admitted(web, viewer, number)
    with web.context.store.reading() as work:
        subject = work.subjects.by_id(found.line.subject)
    open_to = [] if "revoked" in found.standing.facts else _open_to(found)
    return page(request, "status/report.html", found=found, subject=subject, words=open_to, limit=MAX_REASON)


@router.post("/status/reports/{number}", dependencies=[Fresh])
def change(web: Served, viewer: Setter, number: str, word: Word, reason: Reason = "") -> Response:
    """The report has another status from now on."""
    _admitted(web, viewer, number)
    set_status(web.context, number, word, reason, by=acting_name(web.context, viewer))
    return RedirectResponse(f"/status/reports/{quote(number)}", status_code=303)


@router.get("/status/many", dependencies=[Fresh])
def many(request: Request, web: Served, viewer: Setter) -> Response:  # noqa: ARG001
    """Show the form for all reports of a key or of a batch."""
    _require_whole_region(viewer)
    return page(request, "status/many.html", limit=MAX_REASON)


@router.post("/status/many", dependencies=[Fresh])
def propose(
    web: Served, viewer: Setter, target: Word, target_id: Text, word: Word, reason: Reason = ""
) -> Response:
    """The proposal waits for a second operator."""
    _require_whole_region(viewer)
    by = acting_name(web.context, viewer)
    proposing.propose(web.context, target, target_id, word, reason, by=by)
    return RedirectResponse("/status", status_code=303)


@router.post("/status/proposals/{proposal}/confirm", dependencies=[Fresh])
def confirm(web: Served, viewer: Setter, proposal: str) -> Response:
    """What somebody else proposed is done."""
    _require_whole_region(viewer)
    proposing.confirm(web.context, proposal, by=acting_name(web.context, viewer))
    return RedirectResponse("/status", status_code=303)


@router.post("/status/proposals/{proposal}/refuse", dependencies=[Fresh])
def refuse(web: Served, viewer: Setter, proposal: str) -> Response:
    """Nothing is done."""
    _require_whole_region(viewer)
    proposing.refuse(web.context, proposal, by=acting_name(web.context, viewer))
    return RedirectResponse("/status", status_code=303)


@router.get("/status/late")
def ledger(request: Request, web: Served, viewer: Desk, unit: str | None = None) -> Response:
    """Show the ledger of rows that came late, of all units or of one."""
    with web.context.store.reading() as work:
        found, units = work.late.ledger(unit), work.late.units()
        names = late.unit_names(web.context, work)
    sets = viewer.role == "operator" and viewer.territory is None
    return page(request, "status/late.html", found=found, units=units, names=names, unit=unit, sets=sets)


@router.post("/status/late/{line}/withdraw", dependencies=[Fresh])
def withdraw(web: Served, viewer: Setter, line: str, reason: Reason = "") -> Response:
    """The unit took the row back; the reports it alone touched are as before."""
    _require_whole_region(viewer)
    late.withdraw(web.context, line, reason, by=acting_name(web.context, viewer))
    return RedirectResponse("/status/late", status_code=303)


@router.get("/status/batches/{batch}")
def batch(request: Request, web: Served, viewer: Desk, batch: str) -> Response:  # noqa: ARG001
    """Show the reports that a batch touches."""
    with web.context.store.reading() as work:
        numbers = affected.by_batch(web.context, work, batch)
        lines = [line for number in numbers if (line := work.reports.get(number))]
    return page(request, "status/batch.html", batch=batch, lines=lines)


def _open_to(found: StatusStory) -> list[str]:
    facts = found.standing.facts
    if facts & FINAL:
        return ["revoked"]
    return ["valid" if "suspended" in facts else "suspended", "superseded", "revoked"]


def _admitted(web: Web, viewer: Principal, number: str) -> StatusStory:
    """Give the report if this operator may see its subject; the number is the reason for the look (R25)."""
    context = web.context
    found = story(context, number)
    with context.store.writing() as work:
        subject = work.subjects.by_id(found.line.subject)
        if subject is None:
            raise NotFound("number_unknown_here", number=number)
        reason = f"报告状态 {found.line.number}"
        require(viewer, "status_set", subject=subject, reason=reason)
        look = look_by(context, viewer, act="status", subject=subject.id, purpose=reason)
        record_look(context, work, look)
        work.commit()
    return found


def _require_whole_region(viewer: Principal) -> None:
    """What touches many reports is not for somebody limited to one place (R25)."""
    if viewer.territory is not None:
        raise Refused("whole_region_needed", territory=viewer.territory)

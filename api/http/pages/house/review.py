"""The operator's desk: applications that wait for a person, feedback to answer, counts (R26, R34)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.http.identity import fact
from api.http.pages.enterprise.desk import domain_names, said
from api.http.rendering import page
from api.http.web import Web, web_of
from api.services.access.looks import Act, look_by, record_look
from api.services.access.principal import Principal
from api.services.access.table import require
from api.services.desk import feedback, reviewing
from api.services.desk.statistics import LEAST, statistics
from domain.times import shanghai_day

router = APIRouter(include_in_schema=False)

Served = Annotated[Web, Depends(web_of)]
Queue = Annotated[Principal, Depends(fact("review_queue"))]
Drafts = Annotated[Principal, Depends(fact("review_draft"))]
Answers = Annotated[Principal, Depends(fact("feedback_answer"))]
Reason = Annotated[str, Form(max_length=reviewing.MAX_REASON)]


@router.get("/review")
def queue(request: Request, web: Served, viewer: Queue) -> Response:
    """Show what waits, the longest wait first."""
    lines = reviewing.queue(web.context, viewer.territory)
    notes = len(feedback.open_notes(web.context))
    return page(request, "review/queue.html", lines=lines, notes=notes, names=domain_names(request))


@router.get("/review/feedback")
def notes(request: Request, web: Served, viewer: Answers) -> Response:  # noqa: ARG001
    """Show the feedback that waits for an answer."""
    return page(request, "review/feedback.html", notes=feedback.open_notes(web.context))


@router.post("/review/feedback/{note}")
def answer(
    web: Served, viewer: Answers, note: UUID, text: Annotated[str, Form(max_length=feedback.MAX_MESSAGE)] = ""
) -> Response:
    """The feedback is answered; its writer finds the answer by the reference."""
    feedback.answer(web.context, note, text, reviewing.acting_name(web.context, viewer))
    return RedirectResponse("/review/feedback", status_code=303)


@router.get("/review/statistics")
def counts(request: Request, web: Served, viewer: Queue) -> Response:  # noqa: ARG001
    """Show counts by district, matter, department, channel and receiver; nobody is named or ranked."""
    return page(request, "review/statistics.html", found=statistics(web.context), least=LEAST)


@router.get("/review/{application}")
def draft(request: Request, web: Served, viewer: Drafts, application: UUID) -> Response:
    """Show the draft as it stands; that this operator has seen it is written down."""
    by = _admitted(web, viewer, application, "review")
    opened = reviewing.open_draft(web.context, application, by)
    return page(
        request, "review/draft.html", opened=opened, names=domain_names(request), **said(opened.content)
    )


@router.post("/review/{application}/approve")
def approve(web: Served, viewer: Drafts, application: UUID, reason: Reason = "") -> Response:
    """What was applied for is issued; who let it through and why is recorded."""
    by = _admitted(web, viewer, application, "decide")
    reviewing.approve(web.context, web.issuing.issue, application, by, reason)
    return RedirectResponse(f"/review/{application}", status_code=303)


@router.post("/review/{application}/refuse")
def refuse(web: Served, viewer: Drafts, application: UUID, reason: Reason = "") -> Response:
    """The application is sent back with a reason that the subject reads."""
    by = _admitted(web, viewer, application, "decide")
    reviewing.refuse(web.context, application, by, reason)
    return RedirectResponse(f"/review/{application}", status_code=303)


def _admitted(web: Web, viewer: Principal, application: UUID, act: Act) -> str:
    """Give the operator's listed name; the look stands in the subject's access list.

    The application itself is the reason that staff need for a look (R25).
    """
    context = web.context
    applied, subject = reviewing.applied(context, application)
    reason = f"审核{shanghai_day(applied.made_at)}提交的申请"
    require(viewer, "review_draft", subject=subject, reason=reason)
    by = reviewing.acting_name(context, viewer)
    with context.store.writing() as work:
        record_look(context, work, look_by(context, viewer, act=act, subject=subject.id, purpose=reason))
        work.commit()
    return by

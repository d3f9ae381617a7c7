"""异议: filed by the subject at its desk or taken down at the window, read by the operator (R27, R32)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.http.identity import fact
from api.http.pages.enterprise.desk import mine
from api.http.pages.house.window import visit_for, visit_reason
from api.http.rate import limited
from api.http.rendering import page
from api.http.web import Web, web_of
from api.services.access.principal import Principal
from api.services.access.table import require
from api.services.desk import objections, own
from api.services.desk.objections import Said

router = APIRouter(include_in_schema=False)

Served = Annotated[Web, Depends(web_of)]
Files = Annotated[Principal, Depends(fact("objection_file"))]
Reads = Annotated[Principal, Depends(fact("objection_read"))]


@dataclass(frozen=True, slots=True)
class Fields:
    """The form's fields as they came."""

    against: Annotated[str, Form(max_length=30)] = ""
    number: Annotated[str, Form(max_length=40)] = ""
    text: Annotated[str, Form(max_length=objections.MAX_TEXT)] = ""

    def said(self) -> Said:
        """Give what somebody objects to."""
        return Said(against=self.against, number=self.number, text=self.text)


@router.get("/desk/objections")
def own_objections(request: Request, web: Served, viewer: Files, number: str = "") -> Response:
    """Show the subject's objections with their 受理编号, and the form for a new one."""
    subject = mine(web.context, viewer, "objection_file")
    return page(
        request,
        "desk/objections.html",
        subject=subject,
        filed=objections.of_subject(web.context, subject),
        reports=own.start(web.context, subject).reports,
        picked=number[:40],
        against=objections.AGAINST,
        most=objections.MAX_TEXT,
    )


@router.post("/desk/objections", dependencies=[Depends(limited("objection", "10/minute"))])
def file_online(web: Served, viewer: Files, fields: Annotated[Fields, Depends(Fields)]) -> Response:
    """The subject's objection is kept, and its 受理编号 stands first in the list."""
    subject = mine(web.context, viewer, "objection_file")
    objections.file(web.context, viewer, subject, fields.said(), channel="web", purpose="提出异议")
    return RedirectResponse("/desk/objections", status_code=303)


@router.post("/window/visits/{visit}/objections")
def file_at_window(
    web: Served, viewer: Files, visit: UUID, fields: Annotated[Fields, Depends(Fields)]
) -> Response:
    """The applicant's objection is taken down; its 受理编号 stands on the page of the visit."""
    here, subject = visit_for(web, viewer, visit)
    purpose = visit_reason(here)
    require(viewer, "objection_file", subject=subject, reason=purpose)
    objections.file(
        web.context, viewer, subject, fields.said(), channel="window", purpose=purpose, visit=here.id
    )
    return RedirectResponse(f"/window/visits/{visit}#objections", status_code=303)


@router.post(
    "/desk/objections/{reference}/withdraw", dependencies=[Depends(limited("objection", "10/minute"))]
)
def withdraw(web: Served, viewer: Files, reference: str) -> Response:
    """The subject's objection is taken back."""
    subject = mine(web.context, viewer, "objection_file")
    objections.withdraw(web.context, viewer, subject, reference[:40])
    return RedirectResponse("/desk/objections", status_code=303)


@router.get("/review/objections")
def listed(
    request: Request, web: Served, viewer: Annotated[Principal, Depends(fact("objection_list"))]
) -> Response:
    """Show which objections there are, without opening one."""
    return page(request, "review/objections.html", lines=objections.listed(web.context, viewer.territory))


@router.get("/review/objections/{reference}")
def opened(request: Request, web: Served, viewer: Reads, reference: str) -> Response:
    """Show one objection; the subject sees that it was read."""
    return page(
        request,
        "review/objection.html",
        filed=objections.opened(web.context, viewer, reference[:40]),
        outcomes=objections.OUTCOMES,
        most=objections.MAX_TEXT,
    )


@router.post("/review/objections/{reference}/answer")
def answer(
    web: Served,
    viewer: Annotated[Principal, Depends(fact("objection_answer"))],
    reference: str,
    outcome: Annotated[str, Form(max_length=20)] = "",
    text: Annotated[str, Form(max_length=objections.MAX_TEXT)] = "",
) -> Response:
    """The objection is answered; the subject reads the answer beside it."""
    objections.answer(web.context, viewer, reference[:40], outcome, text)
    return RedirectResponse(f"/review/objections/{reference[:40]}", status_code=303)

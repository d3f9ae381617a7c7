"""问题反馈: from every page, with a reference by which the writer finds the answer (R34)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from api.http.identity import fact
from api.http.rate import limited
from api.http.rendering import page
from api.http.web import Web, web_of
from api.services.access.principal import Principal
from api.services.access.roles import Role
from api.services.desk import feedback

router = APIRouter(include_in_schema=False)

Served = Annotated[Web, Depends(web_of)]
Writer = Annotated[Principal, Depends(fact("feedback_write"))]


@router.get("/feedback")
def form(request: Request, web: Served, viewer: Writer) -> Response:  # noqa: ARG001
    """Show the form, and the box for a reference."""
    return page(request, "feedback/form.html", about=feedback.part_of(request.query_params.get("page", "/")))


@router.post("/feedback", dependencies=[Depends(limited("feedback", "10/minute"))])
def write(
    request: Request,
    web: Served,
    viewer: Writer,
    message: Annotated[str, Form(max_length=4000)] = "",
    contact: Annotated[str, Form(max_length=400)] = "",
    about: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """The note is kept and its reference shown, this once."""
    channel = "kiosk" if about == "kiosk" else "window" if viewer.role is Role.WINDOW else "web"
    reference = feedback.write(web.context, page=about, channel=channel, message=message, contact=contact)
    return page(request, "feedback/kept.html", status=201, reference=reference)


@router.post("/feedback/answer", dependencies=[Depends(limited("feedback_look", "20/minute"))])
def look(
    request: Request,
    web: Served,
    viewer: Writer,  # noqa: ARG001
    reference: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Show the note that the reference finds, with its answer."""
    return page(request, "feedback/answer.html", note=feedback.read(web.context, reference))

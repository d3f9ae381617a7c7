"""The house's own people: the list, admitting and leaving, the looks they took and the alarms."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.http.identity import fact
from api.http.rendering import page
from api.http.web import Web, web_of
from api.services.access import looks, staff
from api.services.access.principal import Principal
from api.services.access.roles import STAFF
from api.services.access.staff import Admission
from api.services.access.table import Rule, may

router = APIRouter(include_in_schema=False)

SHOWN: Final = timedelta(days=30)
Served = Annotated[Web, Depends(web_of)]
Manager = Annotated[Principal, Depends(fact("staff_manage"))]
Words = Annotated[str, Form(max_length=400)]


@router.get("/staff", response_class=HTMLResponse)
def people(
    request: Request, web: Served, viewer: Annotated[Principal, Depends(fact("staff_list"))]
) -> Response:
    """Show who works here, and the forms to whoever admits them."""
    with web.context.store.reading() as work:
        found = staff.staff_list(work)
    manages = may(viewer.role, "staff_manage") is Rule.YES
    return page(request, "staff/list.html", found=found, manages=manages, roles=sorted(STAFF))


@router.post("/staff")
def admit(
    web: Served, viewer: Manager, name: Words, role: Words, login: Words, territory: Words = ""
) -> Response:
    """Admit somebody."""
    given = Admission(name=name, role=role, login=login, territory=territory)
    staff.admit(web.context, given, by=viewer.name)
    return RedirectResponse("/staff", status_code=303)


@router.post("/staff/leave")
def leave(web: Served, viewer: Manager, name: Words) -> Response:
    """Shut out somebody who left; their sessions are over."""
    staff.leave(web.context, name, by=viewer.name)
    return RedirectResponse("/staff", status_code=303)


@router.get("/staff/looks", response_class=HTMLResponse)
def taken(
    request: Request,
    web: Served,
    viewer: Annotated[Principal, Depends(fact("staff_looks"))],  # noqa: ARG001
) -> Response:
    """Show the looks that staff took in the last 30 days, and every alarm."""
    with web.context.store.reading() as work:
        found = looks.staff_looks(work, web.context.clock() - SHOWN)
        names = {look.subject: looks.subject_name(work, look.subject) for look in found}
        alarms = looks.alarms(work)
    return page(request, "staff/looks.html", found=found, names=names, alarms=alarms)

"""经办人 of an enterprise: the 法定代表人 lets them act until a day, and ends it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.http.identity import fact, fresh_sign_in
from api.http.rendering import page
from api.http.web import Web, web_of
from api.services.access import agents
from api.services.access.principal import Principal
from api.services.access.table import Rule, may
from domain.times import shanghai_day

router = APIRouter(include_in_schema=False)

Served = Annotated[Web, Depends(web_of)]
Manager = Annotated[Principal, Depends(fact("agent_manage"))]
Fresh = Depends(fresh_sign_in)
Words = Annotated[str, Form(max_length=400)]
_OFFERED = timedelta(days=90)


@router.get("/account/agents", response_class=HTMLResponse)
def listed(
    request: Request, web: Served, viewer: Annotated[Principal, Depends(fact("agent_list"))]
) -> Response:
    """Show who may act for the enterprise."""
    now = web.context.clock()
    with web.context.store.reading() as work:
        found = agents.agents_of(work, viewer)
    return page(
        request,
        "account/agents.html",
        live=[one for one in found if one.ended_at is None and one.until > now],
        ended=[one for one in found if one.ended_at is not None or one.until <= now],
        last_day=lambda until: shanghai_day(until - timedelta(microseconds=1)),
        manages=may(viewer.role, "agent_manage") is Rule.OWN and viewer.organisation is not None,
    )


@router.get("/account/agents/new", response_class=HTMLResponse, dependencies=[Fresh])
def form(request: Request, web: Served, viewer: Manager) -> Response:  # noqa: ARG001
    """Show the form; whoever opens it proved who they are just now."""
    today = shanghai_day(web.context.clock())
    last = today + timedelta(days=agents.MAX_DAYS)
    return page(request, "account/agent_new.html", today=today, last=last, offered=today + _OFFERED)


@router.post("/account/agents", dependencies=[Fresh])
def give(web: Served, viewer: Manager, login: Words, name: Words, until: Annotated[date, Form()]) -> Response:
    """Let somebody act for the enterprise."""
    agents.give_authority(web.context, viewer, login=login, name=name, until=until)
    return RedirectResponse("/account/agents", status_code=303)


@router.post("/account/agents/{id}/end")
def end(web: Served, viewer: Manager, id: UUID) -> Response:  # noqa: A002
    """End an agent's authority; taking power away needs no new proof."""
    agents.end_authority(web.context, viewer, id)
    return RedirectResponse("/account/agents", status_code=303)

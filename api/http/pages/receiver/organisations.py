"""Receivers and requesting bodies: registering, the security administrator's desk, API keys."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.http.identity import fact
from api.http.rendering import page
from api.http.web import Web, web_of
from api.services.access import api_keys, organisations
from api.services.access.organisations import Contact
from api.services.access.principal import Principal
from domain.errors import Refused

router = APIRouter(include_in_schema=False)

Served = Annotated[Web, Depends(web_of)]
Registrant = Annotated[Principal, Depends(fact("organisation_register"))]
KeyHolder = Annotated[Principal, Depends(fact("api_keys"))]
Words = Annotated[str, Form(max_length=400)]


@router.get("/organisation", response_class=HTMLResponse)
def registration(request: Request, web: Served, viewer: Registrant) -> Response:
    """Show the organisation's registration, or the form for it."""
    with web.context.store.reading() as work:
        found = organisations.own_registration(work, viewer)
    return page(request, "organisations/own.html", viewer=viewer, found=found)


@router.post("/organisation")
def register(web: Served, viewer: Registrant, contact: Words, phone: Words, purpose: Words) -> Response:
    """Register the viewer's organisation."""
    who = Contact(name=contact, phone=phone)
    organisations.register(web.context, viewer, contact=who, purpose=purpose)
    return RedirectResponse("/organisation", status_code=303)


@router.get("/organisations", response_class=HTMLResponse)
def desk(
    request: Request, web: Served, viewer: Annotated[Principal, Depends(fact("organisation_list"))]
) -> Response:
    """Show every registration, those that wait first, with the contact to whoever decides."""
    with web.context.store.reading() as work:
        found = organisations.registrations(work, viewer)
    decides = organisations.may_decide(viewer)
    contacts = {one.id: organisations.contact_of(web.context, one) for one in found} if decides else {}
    return page(request, "organisations/desk.html", found=found, contacts=contacts, decides=decides)


@router.post("/organisations/{id}")
def decide(
    web: Served,
    viewer: Annotated[Principal, Depends(fact("organisation_decide"))],
    id: UUID,  # noqa: A002
    decision: Words,
    reason: Words = "",
) -> Response:
    """Approve, refuse or close a registration."""
    organisations.decide(web.context, viewer, id, decision=decision, reason=reason)
    return RedirectResponse("/organisations", status_code=303)


@router.get("/organisation/keys", response_class=HTMLResponse)
def keys(request: Request, web: Served, viewer: KeyHolder) -> Response:
    """Show the organisation's keys without their secrets, and the form for a new one."""
    return _keys_page(request, web, viewer)


@router.post("/organisation/keys", response_class=HTMLResponse)
def make_key(
    request: Request,
    web: Served,
    viewer: KeyHolder,
    label: Words,
    days: Annotated[int, Form()],
    scopes: Annotated[list[str], Form(max_length=20)] = [],  # noqa: B006
) -> Response:
    """Make a key and show it: this answer is the only place where its secret ever stands."""
    made = api_keys.make_key(web.context, viewer, label=label, scopes=tuple(scopes), days=days)
    return _keys_page(request, web, viewer, made)


@router.post("/organisation/keys/{id}/end")
def end_key(web: Served, viewer: KeyHolder, id: UUID) -> Response:  # noqa: A002
    """End a key."""
    api_keys.end_key(web.context, viewer, id)
    return RedirectResponse("/organisation/keys", status_code=303)


def _keys_page(
    request: Request, web: Web, viewer: Principal, made: api_keys.NewKey | None = None
) -> Response:
    if viewer.organisation_id is None:
        raise Refused("organisation_not_approved")
    now = web.context.clock()
    with web.context.store.reading() as work:
        kept = api_keys.keys_of(work, viewer)
    live = [key for key in kept if api_keys.is_live(key, now)]
    return page(
        request,
        "organisations/keys.html",
        live=live,
        ended=[key for key in kept if key not in live],
        made=made,
        room=len(live) < api_keys.MOST,
        scopes=api_keys.SCOPES,
        days=api_keys.DAYS,
        sandbox=web.settings.service.sandbox,
    )

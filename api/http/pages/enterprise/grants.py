"""授权: the enterprise lets somebody see a report, sees each use, and takes it back (R22)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.http.codes import link, qr_data_url
from api.http.identity import fact, fresh_sign_in
from api.http.rate import limited
from api.http.record_words import record_words
from api.http.rendering import page
from api.http.web import Web, web_of
from api.services.access.principal import Principal
from api.services.grants import withdrawing
from api.services.grants.making import make
from api.services.grants.offering import Offer, offer
from api.services.grants.wishes import CODE, NO_FACTOR, SIGN_IN, Wish
from domain.errors import CreditDocError, MalformedInput
from domain.grant_rights import GrantScope
from domain.times import SHANGHAI

router = APIRouter(include_in_schema=False)

Served = Annotated[Web, Depends(web_of)]
Maker = Annotated[Principal, Depends(fact("grant_make"))]
Watcher = Annotated[Principal, Depends(fact("grant_uses"))]
Ender = Annotated[Principal, Depends(fact("grant_withdraw"))]
Fresh = Depends(fresh_sign_in)
Texts = Annotated[list[str], Form()]
NAMED: Final = "named"


@router.get("/grants", response_class=HTMLResponse)
def mine(request: Request, web: Served, viewer: Watcher) -> Response:
    """Show every grant about the viewer's own subject, and the latest uses."""
    return page(request, "grants/list.html", **record_words(request), **_list(web, viewer))


@router.get("/grants/uses", response_class=HTMLResponse)
def latest_uses(request: Request, web: Served, viewer: Watcher) -> Response:
    """Give the latest uses alone; the page asks every few seconds."""
    return page(request, "grants/uses.html", **record_words(request), **_list(web, viewer))


@router.get("/grants/new/{number}", response_class=HTMLResponse, dependencies=[Fresh])
def form(request: Request, web: Served, viewer: Maker, number: str) -> Response:
    """Show the form for a new grant of the report ``number``."""
    return _form(request, offer(web.context, viewer, number))


@router.post(
    "/grants/new/{number}",
    response_class=HTMLResponse,
    dependencies=[Fresh, Depends(limited("grant_make", "30/minute"))],
)
def create(
    request: Request,
    web: Served,
    viewer: Maker,
    number: str,
    purpose: Annotated[str, Form(max_length=200)] = "",
    whom: Annotated[str, Form(max_length=10)] = "bearer",
    receiver: Annotated[str, Form(max_length=40)] = "",
    receiver_name: Annotated[str, Form(max_length=100)] = "",
    allows: Texts = [],  # noqa: B006 - FastAPI copies it
    domains: Texts = [],  # noqa: B006
    kinds: Texts = [],  # noqa: B006
    fields: Texts = [],  # noqa: B006
    years: Texts = [],  # noqa: B006
    begins: Annotated[str, Form(max_length=10)] = "",
    ends: Annotated[str, Form(max_length=10)] = "",
    uses: Annotated[int | None, Form()] = None,
    factor_code: Annotated[str, Form(max_length=12)] = "",
) -> Response:
    """Make the grant and show its secret, this once."""
    offered = offer(web.context, viewer, number)
    try:
        wish = Wish(
            purpose=purpose,
            scope=_scope(offered, domains, kinds, fields, years),
            allows=frozenset(allows),
            receiver=receiver if whom == NAMED else None,
            receiver_name=receiver_name or None,
            not_before=begin_of(begins),
            expires_at=end_of(ends),
            uses=uses,
            factor=CODE if factor_code.strip() else SIGN_IN if whom == NAMED else NO_FACTOR,
            factor_code=factor_code,
        )
        if whom == NAMED and not receiver.strip():
            raise MalformedInput("grant_receiver")
        made = make(web.context, viewer, number, wish)
    except CreditDocError as error:
        request.state.error_code = error.code
        typed: dict[str, Any] = {
            "purpose": purpose, "whom": whom, "receiver": receiver, "receiver_name": receiver_name,
            "allows": allows, "domains": domains, "kinds": kinds, "fields": fields, "years": years,
            "begins": begins, "ends": ends, "uses": uses,
        }  # fmt: skip
        return _form(request, offered, error=error, typed=typed)
    address = link(request, web, "/open", made.fragment)
    facts: dict[str, Any] = {"made": made, "link": address, "qr": qr_data_url(address)} | record_words(
        request
    )
    return page(request, "grants/made.html", **facts)


@router.get("/grants/{id_}", response_class=HTMLResponse)
def one(request: Request, web: Served, viewer: Watcher, id_: UUID) -> Response:
    """Show one grant with its uses."""
    return page(request, "grants/one.html", **record_words(request), **_one(web, viewer, id_))


@router.get("/grants/{id_}/uses", response_class=HTMLResponse)
def uses_of_one(request: Request, web: Served, viewer: Watcher, id_: UUID) -> Response:
    """Give the state and uses of one grant alone; the page asks every few seconds."""
    return page(request, "grants/state.html", **record_words(request), **_one(web, viewer, id_))


@router.post("/grants/{id_}/withdraw", dependencies=[Fresh])
def withdraw(web: Served, viewer: Ender, id_: UUID) -> Response:
    """Take the grant back."""
    withdrawing.withdraw(web.context, viewer, id_)
    return RedirectResponse(f"/grants/{id_}", status_code=303)


def begin_of(text: str) -> datetime | None:
    """Give the first instant of a typed day in Shanghai; None for no day; MalformedInput ``day_form``."""
    return None if not text.strip() else _midnight(text)


def end_of(text: str) -> datetime | None:
    """Give the instant at which a typed last day is over in Shanghai; None for no day."""
    return None if not text.strip() else _midnight(text) + timedelta(days=1)


def _midnight(text: str) -> datetime:
    try:
        day = date.fromisoformat(text.strip())
        return datetime.combine(day, time.min, SHANGHAI).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MalformedInput("day_form", text=text[:20]) from error


def _scope(
    offered: Offer, domains: list[str], kinds: list[str], fields: list[str], years: list[str]
) -> GrantScope:
    """The scope that the boxes say; an axis of which everything or nothing is ticked is open."""
    return GrantScope(
        domains=_axis(domains, offered.domains),
        kinds=_axis(kinds, offered.kinds),
        fields=_axis(fields, offered.fields),
        years=_axis(years, offered.years),
    )


def _axis(ticked: list[str], offered: tuple[str, ...]) -> frozenset[str] | None:
    return None if not ticked or set(ticked) >= set(offered) else frozenset(ticked)


def _form(
    request: Request,
    offered: Offer,
    *,
    error: CreditDocError | None = None,
    typed: dict[str, Any] | None = None,
) -> Response:
    status = 200 if error is None else 400 if isinstance(error, MalformedInput) else 403
    words = record_words(request)
    facts = {"offered": offered, "error": error, "typed": typed or {}} | words
    facts["offered_domain"] = lambda slug: words["domain_name"](slug, offered.domain_name(slug))
    return page(request, "grants/new.html", status=status, **facts)


def _list(web: Web, viewer: Principal) -> dict[str, Any]:
    grants = withdrawing.grants_of(web.context, viewer)
    looks = withdrawing.looks_at_own(web.context, viewer)[:20]
    return {"grants": grants, "looks": looks, "asked_at": web.context.clock()}


def _one(web: Web, viewer: Principal, id_: UUID) -> dict[str, Any]:
    return {
        "listed": withdrawing.one(web.context, viewer, id_),
        "looks": withdrawing.uses(web.context, viewer, id_),
        "asked_at": web.context.clock(),
    }

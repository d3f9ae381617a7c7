"""盯报告: a receiver's watches, its endpoint and its messages; the subject's list of who follows."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api import container
from api.http.bound_browser import bound
from api.http.identity import fact, fresh_sign_in
from api.http.pages.enterprise.grants import end_of
from api.http.pages.receiver.opening import COOKIE
from api.http.rate import limited
from api.http.rendering import page
from api.http.web import Web, web_of
from api.services.access.principal import Principal
from api.services.watching import endpoints, following, letters
from api.services.watching.following import Wanted
from api.services.watching.posting import Reach, poster
from domain.errors import CreditDocError, MalformedInput, NotFound

router = APIRouter(include_in_schema=False)

Served = Annotated[Web, Depends(web_of)]
Receiver = Annotated[Principal, Depends(fact("watch_endpoint"))]
Followed = Annotated[Principal, Depends(fact("watch_list"))]
Fresh = Depends(fresh_sign_in)
_PACE = Depends(limited("watching", "30/minute"))
_ASKS = Depends(limited("watch_endpoint", "6/minute"))
"""Each of these makes the house connect to somebody else's machine."""


@router.get("/watching", response_class=HTMLResponse)
def mine(request: Request, web: Served, viewer: Receiver) -> Response:
    """Show what the organisation follows, what it may follow, and its messages."""
    return _mine(request, web, viewer)


@router.post("/watching", response_class=HTMLResponse, dependencies=[_PACE])
def begin(
    request: Request,
    web: Served,
    viewer: Receiver,
    grant: Annotated[str, Form(max_length=40)] = "",
    until: Annotated[str, Form(max_length=10)] = "",
    opened: Annotated[bool, Form()] = False,
) -> Response:
    """Follow the report of a grant that names the organisation, or of the one open in this browser."""
    try:
        wanted = Wanted(
            grant=None if opened else _id(grant),
            opening=bound(web, request, COOKIE) if opened else None,
            until=end_of(until),
        )
        following.follow(web.context, viewer, wanted, longest_days=web.settings.watching.longest_days)
    except CreditDocError as error:
        return _mine(request, web, viewer, error)
    return RedirectResponse("/watching", status_code=303)


@router.get("/watching/endpoint", response_class=HTMLResponse)
def endpoint(request: Request, web: Served, viewer: Receiver) -> Response:
    """Show where messages go, and the form for another address."""
    return _endpoint(request, web, viewer)


@router.post("/watching/endpoint", response_class=HTMLResponse, dependencies=[Fresh, _ASKS])
def register(
    request: Request, web: Served, viewer: Receiver, url: Annotated[str, Form(max_length=600)] = ""
) -> Response:
    """Register an address and show its secret: this answer is the only place where it ever stands."""
    try:
        made = endpoints.register(web.context, viewer, url.strip(), _reach(web))
    except CreditDocError as error:
        return _endpoint(request, web, viewer, error=error, typed=url)
    return _endpoint(request, web, viewer, secret=made.secret)


@router.post("/watching/endpoint/prove", response_class=HTMLResponse, dependencies=[_ASKS])
def prove(request: Request, web: Served, viewer: Receiver) -> Response:
    """Ask the address for its answer to a challenge."""
    try:
        endpoints.prove(web.context, viewer, poster(_reach(web)))
    except CreditDocError as error:
        return _endpoint(request, web, viewer, error=error)
    return RedirectResponse("/watching/endpoint", status_code=303)


@router.post("/watching/endpoint/rotate", response_class=HTMLResponse, dependencies=[Fresh, _PACE])
def rotate(request: Request, web: Served, viewer: Receiver) -> Response:
    """Give the address a new secret and show it, this once."""
    made = endpoints.rotate(web.context, viewer)
    return _endpoint(request, web, viewer, secret=made.secret)


@router.post("/watching/endpoint/end", dependencies=[Fresh, _PACE])
def end_endpoint(web: Served, viewer: Receiver) -> Response:
    """Take messages nowhere any more."""
    endpoints.end(web.context, viewer)
    return RedirectResponse("/watching/endpoint", status_code=303)


@router.post("/watching/messages/{id}/again", dependencies=[_PACE])
def again(web: Served, viewer: Receiver, id: str) -> Response:  # noqa: A002
    """Send a message again that was given up."""
    letters.send_again(web.context, viewer, id[:80])
    return RedirectResponse("/watching", status_code=303)


@router.get("/watching/{id:uuid}", response_class=HTMLResponse)
def one(request: Request, web: Served, viewer: Receiver, id: UUID) -> Response:  # noqa: A002
    """Show one watch: what a message's link leads to."""
    found = following.one_of_receiver(web.context, viewer, id)
    told = [each for each in letters.messages_of(web.context, viewer) if each.message.watch == id]
    return page(request, "watching/one.html", item=found, messages=told)


@router.post("/watching/{id:uuid}/end", dependencies=[_PACE])
def end(web: Served, viewer: Receiver, id: UUID) -> Response:  # noqa: A002
    """Follow no more."""
    following.end_by_receiver(web.context, viewer, id)
    return RedirectResponse("/watching", status_code=303)


@router.get("/desk/watches", response_class=HTMLResponse)
def followers(request: Request, web: Served, viewer: Followed) -> Response:
    """Show who follows reports about the viewer's own subject."""
    return page(request, "watching/followers.html", items=following.of_subject(web.context, viewer))


@router.post("/desk/watches/{id:uuid}/end", dependencies=[_PACE])
def end_follower(web: Served, viewer: Followed, id: UUID) -> Response:  # noqa: A002
    """Let that organisation follow no more."""
    following.end_by_subject(web.context, viewer, id)
    return RedirectResponse("/desk/watches", status_code=303)


def _mine(request: Request, web: Web, viewer: Principal, error: CreditDocError | None = None) -> HTMLResponse:
    if error is not None:
        request.state.error_code = error.code
    facts: dict[str, Any] = {
        "items": following.of_receiver(web.context, viewer),
        "possible": following.possible(web.context, viewer),
        "messages": letters.messages_of(web.context, viewer),
        "endpoint": endpoints.of(web.context, viewer),
        "longest": web.settings.watching.longest_days,
        "error": error,
    }
    return page(request, "watching/receiver.html", status=_status(error), **facts)


def _endpoint(
    request: Request,
    web: Web,
    viewer: Principal,
    *,
    secret: str | None = None,
    error: CreditDocError | None = None,
    typed: str = "",
) -> HTMLResponse:
    if error is not None:
        request.state.error_code = error.code
    facts: dict[str, Any] = {
        "endpoint": endpoints.of(web.context, viewer),
        "secret": secret,
        "error": error,
        "typed": typed,
        "now": web.context.clock(),
    }
    return page(request, "watching/endpoint.html", status=_status(error), **facts)


def _reach(web: Web) -> Reach:
    return container.reach(web.context, web.settings)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound("grant_unknown") from error


def _status(error: CreditDocError | None) -> int:
    if error is None:
        return 200
    if isinstance(error, MalformedInput):
        return 400
    return 404 if isinstance(error, NotFound) else 403

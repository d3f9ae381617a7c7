"""Who makes a request, and which fact of docs/access.md a route opens.

Every route says its fact, and gets the principal by the same word::

    @router.get("/reports", response_class=HTMLResponse)
    def reports(request: Request, viewer: Annotated[Principal, Depends(fact("report_list"))]) -> ...:

Before the endpoint runs, whoever may never have that fact is refused (``not_allowed``, or
``sign_in_needed``), and an API key or bearer token without that scope (``scope_missing``).
Cells that depend on *whose* thing it is (``own``, ``grant``, ``basis``, ``approved``, ``reason``) are
for the service behind the page: ``require(viewer, "report_list", subject=subject)``.

A route open to everybody says so too (``dependencies=[Depends(fact("public_page"))]``): the test of
the access table finds each route's fact by :func:`facts_of` and fails for a route without one.

``fresh_sign_in`` asks for a proof of identity not older than five minutes (granting, revoking).

Programs under ``/api/`` send ``Authorization: Bearer`` with an API key (``dzk_...``) or an access
token of the sign-in provider; everything else, and the pages' own scripts, come by session cookie.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import Depends, Request, Response
from fastapi.dependencies.models import Dependant
from starlette.concurrency import run_in_threadpool

from api.http.web import Web, web_of
from api.services.access.api_keys import principal_of_key
from api.services.access.principal import ANONYMOUS, Principal
from api.services.access.roles import Role
from api.services.access.sessions import principal_at
from api.services.access.table import admit, fact_of
from domain.errors import Refused
from domain.grant_token import TokenKind

FRESH: Final = timedelta(minutes=5)
_LEEWAY: Final = timedelta(seconds=30)
"""Clocks of provider and house may differ by this much."""
API: Final = "/api/"


def session_cookie(web: Web) -> str:
    """Give the session cookie's name; off loopback its prefix binds it to TLS and to this host."""
    return "session" if web.loopback else "__Host-session"


def set_session(web: Web, response: Response, value: str) -> None:
    """The browser holds the session until it is closed."""
    response.set_cookie(session_cookie(web), value, httponly=True, samesite="lax", secure=not web.loopback)


async def principal_of(request: Request) -> Principal:
    """Give who makes the request, ``ANONYMOUS`` for whoever is not signed in; looked up once a request.

    Raises Refused ``api_key_unknown`` or ``token_invalid`` for credentials under ``/api/`` that do not hold.
    """
    kept: Principal | None = getattr(request.state, "viewer", None)
    if kept is None:
        web: Web = request.app.state.web
        # Only what may wait for the database or the provider changes threads.
        known = _shows_something(request, web)
        kept = await run_in_threadpool(_found, request, web) if known else ANONYMOUS
        request.state.viewer = kept
        request.state.principal = kept if kept.signed_in else None
    return kept


def _shows_something(request: Request, web: Web) -> bool:
    """Say whether a credential came along, good or bad."""
    bearer = request.url.path.startswith(API) and "authorization" in request.headers
    return bearer or session_cookie(web) in request.cookies


def _found(request: Request, web: Web) -> Principal:
    if request.url.path.startswith(API) and (given := request.headers.get("authorization")) is not None:
        return _by_bearer(web, given)
    cookie = request.cookies.get(session_cookie(web))
    if cookie is None:
        return ANONYMOUS
    return principal_at(web.context, web.access.rules, cookie) or ANONYMOUS


def _by_bearer(web: Web, header: str) -> Principal:
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Refused("token_invalid")
    if token.lower().startswith(TokenKind.API_KEY.value):
        return principal_of_key(web.context, token)
    return web.access.bearer(web.context, token)


Caller = Annotated[Principal, Depends(principal_of)]


class Fact:
    """A dependency that lets through whoever may have one fact of docs/access.md at all."""

    def __init__(self, name: str) -> None:
        """Guard fact ``name``; InvariantBroken ``access_table`` when the table has no such row."""
        self.name = fact_of(name).id

    async def __call__(self, request: Request) -> Principal:
        """Give the principal; Refused ``sign_in_needed``, ``not_allowed`` or ``scope_missing``."""
        # Asked here and not as a dependency's dependency: each of those costs as much as a small query.
        viewer = await principal_of(request)
        admit(viewer, self.name)
        return viewer


def fact(name: str) -> Fact:
    """Give the dependency of a route that opens fact ``name``."""
    return Fact(name)


def facts_of(route: Any) -> tuple[str, ...]:
    """Give the facts that a route opens, in the order of its dependencies."""
    return tuple(_facts(route.dependant))


def _facts(dependant: Dependant) -> Iterator[str]:
    if isinstance(dependant.call, Fact):
        yield dependant.call.name
    for inner in dependant.dependencies:
        yield from _facts(inner)


def signed_in(*roles: Role) -> Any:
    """Give a dependency that lets through people in those roles (none named: anybody who signed in)."""

    def check(viewer: Caller) -> Principal:
        if not viewer.signed_in:
            raise Refused("sign_in_needed")
        if roles and viewer.role not in roles:
            raise Refused("not_allowed")
        return viewer

    return check


def fresh_sign_in(viewer: Caller, web: Annotated[Web, Depends(web_of)]) -> Principal:
    """Give the principal if they proved who they are in the last five minutes.

    Raises Refused ``sign_in_needed``; ``sign_in_again``, to which a page answers with the way to the
    provider and back.  Ask on the page with the form already, so that nobody types in vain.
    """
    if not viewer.signed_in:
        raise Refused("sign_in_needed")
    proved = viewer.authenticated_at
    if proved is None or web.context.clock() - proved > FRESH + _LEEWAY:
        raise Refused("sign_in_again")
    return viewer

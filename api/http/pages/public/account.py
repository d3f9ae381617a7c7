"""Signing in and out, who one is here, and proving it anew."""

from __future__ import annotations

import re
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api import container
from api.http.identity import fact, session_cookie, set_session
from api.http.rate import limited
from api.http.rendering import page
from api.http.web import Web, web_of
from api.services.access.principal import Principal
from api.services.access.sessions import end_session
from api.services.access.sign_in import ANSWER_WITHIN, Answer
from api.services.access.table import Rule, may

router = APIRouter(include_in_schema=False)

_PATH: Final = re.compile(r"/(?![/\\])[A-Za-z0-9._~/\-]{0,300}", re.ASCII)
HOME: Final = "/account"
_LINKS: Final = (
    # fact, address, words
    ("live_code", "/desk", "shell_desk"),
    ("live_code", "/grants", "grants_title"),
    ("agent_list", "/account/agents", "access_agents_title"),
    ("review_queue", "/review", "review_title"),
    ("status_desk", "/status", "status_title"),
    ("feedback_answer", "/review/feedback", "review_feedback_title"),
    ("window_desk", "/window", "window_title"),
    ("grant_redeem", "/open", "open_title"),
    ("organisation_register", "/organisation", "access_org_title"),
    ("api_keys", "/organisation/keys", "access_keys_title"),
    ("organisation_list", "/organisations", "access_desk_title"),
    ("staff_list", "/staff", "access_staff_title"),
    ("audit_desk", "/audit", "audit_title"),
    ("staff_looks", "/staff/looks", "access_looks_title"),
)


def _waiting(web: Web) -> str:
    """Name of the cookie that ties a sign-in under way to the browser that began it."""
    return "sign-in" if web.loopback else "__Host-sign-in"


HALL: Final = "/kiosk"
"""Where a way onward leads that began at the screen of a public hall."""

Visitor = Annotated[Principal, Depends(fact("sign_in"))]
Served = Annotated[Web, Depends(web_of)]


def onward(path: str) -> str:
    """Give ``path`` if it is a plain path of this site, else the account page: never another host."""
    return path if _PATH.fullmatch(path) else HOME


@router.get("/sign-in", response_class=HTMLResponse)
def choose(request: Request, web: Served, viewer: Visitor, next: str = HOME, again: int = 0) -> Response:  # noqa: A002, ARG001
    """Show the ways to sign in."""
    return page(
        request,
        "account/sign_in.html",
        onward=onward(next),
        again=bool(again),
        people=web.access.demo.people() if web.access.demo else (),
        provider=web.access.provider is not None,
    )


@router.get("/sign-in/go", dependencies=[Depends(limited("sign_in", "30/minute"))])
def go(web: Served, viewer: Visitor, next: str = HOME, again: int = 0) -> Response:  # noqa: A002
    """Send the browser to the provider; ``again`` has it ask for the password once more.

    In a hall one stranger comes after the other: there the provider always asks (R27).
    """
    asked, path = viewer if again and viewer.signed_in else None, onward(next)
    departure = web.access.depart(web.context, onward=path, again=asked, shared=path.startswith(HALL))
    answer = RedirectResponse(departure.url, status_code=303)
    answer.set_cookie(
        _waiting(web), departure.browser, max_age=int(ANSWER_WITHIN.total_seconds()), httponly=True,
        samesite="lax", secure=not web.loopback,
    )  # fmt: skip
    return answer


@router.get("/sign-in/callback", dependencies=[Depends(limited("sign_in_answer", "60/minute"))])
def come_back(
    request: Request,
    web: Served,
    viewer: Visitor,  # noqa: ARG001
    state: str | None = None,
    code: str | None = None,
    error: str | None = None,
    iss: str | None = None,
) -> Response:
    """Take the provider's answer: a session, or a page that says what was wrong with it."""
    given = Answer(
        state=state, code=code, error=error, issuer=iss, browser=request.cookies.get(_waiting(web))
    )
    arrival = web.access.arrive(web.context, given, replaces=request.cookies.get(session_cookie(web)))
    answer = RedirectResponse(arrival.onward, status_code=303)
    set_session(web, answer, arrival.cookie)
    answer.delete_cookie(_waiting(web), httponly=True, samesite="lax", secure=not web.loopback)
    return answer


@router.post("/sign-in/demo", dependencies=[Depends(limited("sign_in_demo", "600/minute"))])
def as_demo_person(
    request: Request,
    web: Served,
    viewer: Visitor,  # noqa: ARG001
    person: Annotated[str, Form(max_length=60)],
    next: Annotated[str, Form(max_length=400)] = HOME,  # noqa: A002
) -> Response:
    """Sign in as a sample person of the demo."""
    answer = RedirectResponse(onward(next), status_code=303)
    replaces = request.cookies.get(session_cookie(web))
    set_session(web, answer, web.access.as_demo_person(web.context, person, replaces=replaces))
    return answer


@router.post("/sign-out")
def sign_out(request: Request, web: Served, viewer: Visitor) -> Response:  # noqa: ARG001
    """The session is over here; a page says so."""
    name = session_cookie(web)
    if (cookie := request.cookies.get(name)) is not None:
        end_session(web.context, cookie)
    request.state.principal = None
    elsewhere = None
    if web.access.provider is not None:
        back = container.public_url(web.context, web.settings) + "/"
        elsewhere = web.access.provider.end_session_url(web.context.clock(), back)
    answer = page(request, "account/signed_out.html", elsewhere=elsewhere)
    answer.delete_cookie(name, httponly=True, samesite="lax", secure=not web.loopback)
    return answer


@router.get("/account", response_class=HTMLResponse)
def account(request: Request, viewer: Annotated[Principal, Depends(fact("account"))]) -> Response:
    """Show who one is here and what one may do."""
    links = [(address, code) for name, address, code in _LINKS if may(viewer.role, name) is not Rule.NO]
    return page(request, "account/account.html", viewer=viewer, links=links)

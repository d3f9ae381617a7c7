"""Signing in and out, who one is here, and proving it anew."""

from __future__ import annotations

import re
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.http.identity import fact, session_cookie, set_session
from api.http.rate import limited
from api.http.rendering import page
from api.http.web import Web, web_of
from api.services.access.principal import Principal
from api.services.access.sessions import end_session

router = APIRouter(include_in_schema=False)

_PATH: Final = re.compile(r"/(?![/\\])[A-Za-z0-9._~/\-]{0,300}", re.ASCII)
HOME: Final = "/account"

Visitor = Annotated[Principal, Depends(fact("sign_in"))]
Served = Annotated[Web, Depends(web_of)]


def onward(path: str) -> str:
    """Give ``path`` if it is a plain path of this site, else the account page: never another host."""
    return path if _PATH.fullmatch(path) else HOME


@router.get("/sign-in", response_class=HTMLResponse)
def choose(request: Request, web: Served, viewer: Visitor, next: str = HOME, again: int = 0) -> Response:  # noqa: A002, ARG001
    """Show the ways to sign in."""
    people = web.access.demo.people() if web.access.demo else ()
    return page(request, "account/sign_in.html", onward=onward(next), again=bool(again), people=people)


@router.post("/sign-in/demo", dependencies=[Depends(limited("sign_in", "120/minute"))])
def as_demo_person(
    web: Served,
    viewer: Visitor,  # noqa: ARG001
    person: Annotated[str, Form(max_length=60)],
    next: Annotated[str, Form(max_length=400)] = HOME,  # noqa: A002
) -> Response:
    """Sign in as a sample person of the demo."""
    answer = RedirectResponse(onward(next), status_code=303)
    set_session(web, answer, web.access.as_demo_person(web.context, person))
    return answer


@router.post("/sign-out")
def sign_out(request: Request, web: Served, viewer: Visitor) -> Response:  # noqa: ARG001
    """The session is over here; a page says so."""
    name = session_cookie(web)
    if (cookie := request.cookies.get(name)) is not None:
        end_session(web.context, cookie)
    request.state.principal = None
    answer = page(request, "account/signed_out.html")
    answer.delete_cookie(name, httponly=True, samesite="lax", secure=not web.loopback)
    return answer


@router.get("/account", response_class=HTMLResponse)
def account(request: Request, viewer: Annotated[Principal, Depends(fact("account"))]) -> Response:
    """Show who one is here and what one may do."""
    return page(request, "account/account.html", viewer=viewer)

"""The kiosk in a public hall: sign in, pick a report, print; nobody's data stay on its screen (R27)."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.http.identity import fact, session_cookie
from api.http.pages.enterprise.desk import mine
from api.http.pages.house.window import queue_of
from api.http.rendering import page
from api.http.web import Web, web_of
from api.services.access.principal import Principal
from api.services.access.sessions import end_session
from api.services.desk import applying, asking, own
from api.services.desk.asking import Wish
from api.services.desk.matters import matters_today
from api.services.desk.printing import print_report
from domain.base_text import base64url_encode
from domain.times import milliseconds

router = APIRouter(include_in_schema=False)

CHANNEL: Final = "kiosk"
CLEARED: Final = 60
"""Seconds after which a page is cleared and the session ended."""
TAKEN: Final = 15
"""Seconds for which it says that the paper is coming."""
SHOWN: Final = 8
"""Reports on one screen, the newest."""
_HELD: Final = "kiosk"
"""The kiosk's own cookie, with the moment until which its page holds: who comes back later finds nothing,
even with the session; without it no address here ends a session, since anybody can lead a browser to one."""
_LEEWAY: Final = 5
_SIGNING_IN: Final = 600
"""Seconds that signing in may take at the provider."""

Served = Annotated[Web, Depends(web_of)]
Prints = Annotated[Principal, Depends(fact("kiosk_print"))]


@router.get("/kiosk", dependencies=[Depends(fact("public_page"))])
def start(request: Request, web: Served) -> Response:
    """Show the way in; whoever used the kiosk before is signed out, nobody else is."""
    if _HELD not in request.cookies:
        return page(request, "kiosk/start.html")
    end(request, web)
    return _cleared(request, web, page(request, "kiosk/start.html"))


@router.post("/kiosk/begin", dependencies=[Depends(fact("sign_in"))])
def begin(request: Request, web: Served) -> Response:
    """Whoever was signed in at this screen is signed out; the way to one's own reports begins."""
    end(request, web)
    onward = RedirectResponse("/sign-in?next=/kiosk/reports", status_code=303)
    return _held(web, _cleared(request, web, onward), _SIGNING_IN)


@router.get("/kiosk/reports")
def reports(request: Request, web: Served, viewer: Prints) -> Response:
    """Show one's own reports, and the matters for which a new one can be made."""
    if (back := _back(request, web)) is not None:
        return back
    subject = mine(web.context, viewer, "kiosk_print")
    found = own.start(web.context, subject)
    shown = page(
        request,
        "kiosk/reports.html",
        subject=subject,
        reports=[line for line in found.reports if line.status not in ("revoked", "superseded")][:SHOWN],
        copies=found.copies,
        waiting=[item for item in found.applications if item.state == "waiting"],
        matters=matters_today(web.context),
        key=base64url_encode(web.context.entropy(16)),
        seconds=CLEARED,
    )
    return _for_a_minute(web, shown)


@router.post("/kiosk/issue")
def issue(
    request: Request,
    web: Served,
    viewer: Prints,
    matter: Annotated[str, Form(max_length=64)],
    key: Annotated[str, Form(max_length=applying.MAX_KEY)] = "",
) -> Response:
    """A new report is issued for the matter; the list then shows it."""
    if (back := _back(request, web)) is not None:
        return back
    subject = mine(web.context, viewer, "report_issue")
    order = asking.order_of(web.context, subject, Wish(matter=matter), CHANNEL)
    applying.submit(web.context, web.issuing.issue, viewer, subject, order, key)
    return _for_a_minute(web, RedirectResponse("/kiosk/reports", status_code=303), refresh=False)


@router.post("/kiosk/print")
def print_(
    request: Request, web: Served, viewer: Prints, number: Annotated[str, Form(max_length=40)]
) -> Response:
    """One copy goes to the printer and is counted; the session ends."""
    if (back := _back(request, web)) is not None:
        return back
    subject = mine(web.context, viewer, "kiosk_print")
    line = own.report_of(web.context, subject, number)
    print_report(
        web.context, queue_of(web, kiosk=True), viewer, line, copies=1, channel=CHANNEL, purpose=line.purpose
    )
    end(request, web)
    shown = page(request, "kiosk/printed.html", number=line.number)
    shown.headers["Refresh"] = f"{TAKEN}; url=/kiosk"
    return _cleared(request, web, shown)


@router.post("/kiosk/end", dependencies=[Depends(fact("sign_in"))])
def leave(request: Request, web: Served) -> Response:
    """Sign out and go back to the way in."""
    return _gone(request, web)


def end(request: Request, web: Web) -> None:
    """Whoever is signed in at this screen is signed out."""
    cookie = request.cookies.get(session_cookie(web))
    if cookie is not None:
        end_session(web.context, cookie)
    request.state.principal = None


def _gone(request: Request, web: Web) -> Response:
    end(request, web)
    return _cleared(request, web, RedirectResponse("/kiosk", status_code=303))


def _back(request: Request, web: Web) -> Response | None:
    """Give the way back for who did not begin here, or whose last page was shown more than a minute ago."""
    touched = request.cookies.get(_HELD)
    if touched is None:
        return RedirectResponse("/kiosk", status_code=303)
    read = touched.isascii() and touched.isdigit() and len(touched) < 16
    if read and milliseconds(web.context.clock()) <= int(touched):
        return None
    return _gone(request, web)


def _for_a_minute(web: Web, shown: Response, *, refresh: bool = True) -> Response:
    if refresh:
        shown.headers["Refresh"] = f"{CLEARED}; url=/kiosk"
    return _held(web, shown, CLEARED + _LEEWAY)


def _held(web: Web, shown: Response, seconds: int) -> Response:
    value = str(milliseconds(web.context.clock()) + seconds * 1000)
    shown.set_cookie(_HELD, value, httponly=True, samesite="lax", secure=not web.loopback, path="/kiosk")
    return shown


def _cleared(request: Request, web: Web, shown: Response) -> Response:
    secure = not web.loopback
    if session_cookie(web) in request.cookies:
        shown.delete_cookie(session_cookie(web), httponly=True, samesite="lax", secure=secure)
    shown.delete_cookie(_HELD, httponly=True, samesite="lax", secure=secure, path="/kiosk")
    return shown

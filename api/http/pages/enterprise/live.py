"""一码通: the enterprise's phone shows a code; whoever scans it presses a button to see the report (R23)."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.http.bound_browser import bind, bound, watermark
from api.http.codes import link, png_data_url, qr_data_url
from api.http.identity import fact, fresh_sign_in
from api.http.rate import limited
from api.http.record_words import judged
from api.http.rendering import page
from api.http.web import Web, web_of
from api.services.access.principal import Principal
from api.services.grants import live
from domain.errors import CreditDocError, MalformedInput, NotFound, Refused
from domain.grant_rights import DOWNLOAD, VIEW
from verifier.policies.policy import DEFAULT, builtin

router = APIRouter(include_in_schema=False)

Served = Annotated[Web, Depends(web_of)]
Shower = Annotated[Principal, Depends(fact("live_code"))]
Opener = Annotated[Principal, Depends(fact("grant_redeem"))]
COOKIE: Final = "live-use"


@router.get("/live", response_class=HTMLResponse)
def start(request: Request, viewer: Opener) -> Response:  # noqa: ARG001
    """Show the button that spends a scanned code; looking at this page spends nothing."""
    return page(request, "live/start.html", error=None)


@router.post("/live", response_class=HTMLResponse, dependencies=[Depends(limited("live_spend", "20/minute"))])
def spend(
    request: Request, web: Served, viewer: Opener, code: Annotated[str, Form(max_length=2048)] = ""
) -> Response:
    """Spend the code and bind it to this browser."""
    try:
        spent = live.spend(web.context, viewer, code)
    except CreditDocError as error:
        request.state.error_code = error.code
        status = 400 if isinstance(error, MalformedInput) else 404 if isinstance(error, NotFound) else 403
        return page(request, "live/start.html", status=status, error=error)
    answer = RedirectResponse("/live/view", status_code=303)
    bind(web, answer, COOKIE, spent.token)
    return answer


@router.get("/live/view", response_class=HTMLResponse)
def view(request: Request, web: Served, viewer: Opener) -> Response:
    """Show the word, the verdict on the registered file now, and its facts."""
    token = bound(web, request, COOKIE)
    seen = live.view(web.context, viewer, token)
    now = web.context.clock()
    pdf = live.file_to_show(web.context, viewer, token)
    verdict = web.verifier.at(now).verify(pdf, seen.line.number, policy=builtin(DEFAULT), now=now)
    card = judged(request, web, seen.line.number, pdf, verdict)
    return page(request, "live/view.html", seen=seen, judged=card, now=now, viewer=viewer)


@router.get("/live/pages", response_class=HTMLResponse)
def pages(request: Request, web: Served, viewer: Opener) -> Response:
    """Show the report's pages as pictures, drawn here; looking at them is a look like the other."""
    token = bound(web, request, COOKIE)
    seen = live.view(web.context, viewer, token)
    drawn = web.verifier.at(web.context.clock()).pages(live.file_to_show(web.context, viewer, token))
    pictures = [png_data_url(picture) for picture in drawn]
    return page(
        request, "live/pages.html", seen=seen, pictures=pictures, now=web.context.clock(), viewer=viewer
    )


@router.get("/live/watermark.svg")
def marked(request: Request, web: Served, viewer: Opener) -> Response:
    """Give the watermark of this viewing."""
    live.file_to_show(web.context, viewer, bound(web, request, COOKIE))
    return watermark(web, viewer, "一码通")


@router.get("/live/report.pdf")
def report_pdf(request: Request, web: Served, viewer: Opener) -> Response:
    """Send the signed PDF, where the code allows it."""
    line, pdf = live.download(web.context, viewer, bound(web, request, COOKIE))
    headers = {
        "Content-Disposition": f'attachment; filename="{line.number}.pdf"',
        "Cache-Control": "no-store",
    }
    return Response(pdf, media_type="application/pdf", headers=headers)


@router.get("/live/show/{number}", response_class=HTMLResponse, dependencies=[Depends(fresh_sign_in)])
def show(request: Request, web: Served, viewer: Shower, number: str, download: int = 0) -> Response:
    """Show the changing code on the enterprise's phone."""
    return page(request, "live/show.html", **_code(request, web, viewer, number, bool(download)))


@router.post("/live/show/{number}/code", response_class=HTMLResponse)
def next_code(
    request: Request, web: Served, viewer: Shower, number: str, download: Annotated[int, Form()] = 0
) -> Response:
    """Give the next code alone; the page asks before the shown one ends."""
    try:
        fresh_sign_in(viewer, web)
    except Refused:
        # The script that asks swaps in whatever comes: the phone then says what to do.
        return page(request, "live/again.html", number=number)
    return page(request, "live/code.html", **_code(request, web, viewer, number, bool(download)))


@router.get("/live/show/{number}/state", response_class=HTMLResponse)
def state(request: Request, web: Served, viewer: Shower, number: str) -> Response:
    """Give who has the report open now, with the word that both sides compare."""
    codes = live.spent_codes(web.context, viewer, number)
    return page(request, "live/state.html", codes=codes, number=number)


@router.post("/live/show/{number}/withdraw", dependencies=[Depends(fresh_sign_in)])
def withdraw(web: Served, viewer: Shower, number: str) -> Response:
    """End every live code of the report, also where it is open."""
    live.withdraw(web.context, viewer, number)
    return RedirectResponse(f"/live/show/{number}", status_code=303)


def _code(request: Request, web: Web, viewer: Principal, number: str, download: bool) -> dict[str, Any]:
    allows = frozenset({VIEW, DOWNLOAD} if download else {VIEW})
    shown = live.make(web.context, viewer, number, allows)
    address = link(request, web, "/live", shown.fragment)
    seconds = int((shown.code.expires_at - shown.code.made_at).total_seconds())
    return {
        "shown": shown, "number": shown.code.number, "qr": qr_data_url(address), "seconds": seconds,
        "download": download, "codes": live.spent_codes(web.context, viewer, number),
    }  # fmt: skip

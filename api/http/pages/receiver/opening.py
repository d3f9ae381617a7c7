"""The receiver's side of 授权: enter or scan the code, see the details with their proof, download, query."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.http.bound_browser import bind, bound, release, watermark
from api.http.codes import link, qr_data_url
from api.http.identity import fact, fresh_sign_in
from api.http.pages.enterprise.grants import end_of
from api.http.rate import limited
from api.http.record_words import judged, record_words
from api.http.rendering import page
from api.http.web import Web, web_of
from api.services.access.principal import Principal
from api.services.access.roles import Role
from api.services.desk.refreshing import under_grant
from api.services.grants import withdrawing
from api.services.grants.making import LegalRequest, Made, make_by_law, narrow
from api.services.grants.querying import fresh_file, query
from api.services.grants.redeeming import redeem
from api.services.grants.showing import ShownDetails, current, details, domain_names, download, signed_file
from api.services.grants.wishes import Wish
from api.services.issuing.issue import Issued
from domain.disclosure import decode_details
from domain.errors import CreditDocError, MalformedInput, NotFound
from domain.grant_rights import VIEW
from verifier.policies.policy import DEFAULT, builtin

router = APIRouter(include_in_schema=False)

Served = Annotated[Web, Depends(web_of)]
Opener = Annotated[Principal, Depends(fact("grant_redeem"))]
COOKIE: Final = "grant-use"
_TRIES: Final = Depends(limited("grant_redeem", "20/minute"))


@router.get("/open", response_class=HTMLResponse)
def start(request: Request, web: Served, viewer: Opener) -> Response:
    """Show the box for a 授权码; a code in the link's fragment is put there by the page itself."""
    return page(request, "open/start.html", error=None, **_for(request, web, viewer))


@router.post("/open", response_class=HTMLResponse, dependencies=[_TRIES])
def use(
    request: Request,
    web: Served,
    viewer: Opener,
    code: Annotated[str, Form(max_length=2048)] = "",
    factor: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Use the grant once and go on to what it opens."""
    try:
        redeemed = redeem(web.context, viewer, code, factor=factor)
    except CreditDocError as error:
        request.state.error_code = error.code
        facts = _for(request, web, viewer)
        return page(request, "open/start.html", status=_status(error), error=error, **facts)
    answer = RedirectResponse("/open/view", status_code=303)
    bind(web, answer, COOKIE, redeemed.token)
    return answer


@router.get("/open/view", response_class=HTMLResponse)
def view(request: Request, web: Served, viewer: Opener) -> Response:
    """Show what this use opens; each showing is a look that the subject sees."""
    token = bound(web, request, COOKIE)
    allowed = current(web.context, viewer, token)
    shown = details(web.context, viewer, token) if VIEW in allowed.right.allows else None
    return page(request, "open/view.html", use=allowed, **_proof(request, web, viewer, token, shown))


@router.get("/open/watermark.svg")
def marked(request: Request, web: Served, viewer: Opener) -> Response:
    """Give the watermark of this use: viewer, time, purpose."""
    use_ = current(web.context, viewer, bound(web, request, COOKIE))
    return watermark(web, viewer, use_.held.grant.purpose)


@router.get("/open/details.json")
def details_file(request: Request, web: Served, viewer: Opener) -> Response:
    """Send the details file, for ``daizheng verify FILE --details DETAILS``."""
    shown = details(web.context, viewer, bound(web, request, COOKIE))
    return _file(shown.data, f"{shown.use.held.line.number}-details.json", "application/json")


@router.get("/open/report.pdf")
def report_pdf(request: Request, web: Served, viewer: Opener) -> Response:
    """Send the same signed PDF."""
    line, pdf = download(web.context, viewer, bound(web, request, COOKIE))
    return _file(pdf, f"{line.number}.pdf", "application/pdf")


@router.post("/open/fresh", dependencies=[Depends(limited("grant_query", "10/minute"))])
def fresh(request: Request, web: Served, viewer: Opener) -> Response:
    """Have a fresh report issued on the subject's behalf."""
    done = query(web.context, web.issuing.issue, viewer, bound(web, request, COOKIE))
    where = "/open/view" if isinstance(done, Issued) else "/open/waits"
    return RedirectResponse(where, status_code=303)


@router.post("/open/changes", dependencies=[Depends(limited("grant_changes", "10/minute"))])
def nothing_new(request: Request, web: Served, viewer: Opener) -> Response:
    """Say in one signed word whether anything is new since the report; the subject sees who asked."""
    signed = under_grant(web.context, viewer, bound(web, request, COOKIE))
    return page(request, "open/changes.html", signed=signed)


@router.get("/open/waits", response_class=HTMLResponse)
def waits(request: Request, viewer: Opener) -> Response:  # noqa: ARG001
    """Say that a person has to look at the application first."""
    return page(request, "open/waits.html")


@router.get("/open/fresh.pdf")
def fresh_pdf(request: Request, web: Served, viewer: Opener) -> Response:
    """Send the fresh report."""
    number, pdf = fresh_file(web.context, viewer, bound(web, request, COOKIE))
    return _file(pdf, f"{number}.pdf", "application/pdf")


@router.post("/open/close")
def close(web: Served, viewer: Opener) -> Response:  # noqa: ARG001
    """This browser lets go of the use."""
    answer = RedirectResponse("/open", status_code=303)
    release(web, answer, COOKIE)
    return answer


@router.get("/open/narrow", response_class=HTMLResponse, dependencies=[Depends(fresh_sign_in)])
def narrow_form(request: Request, viewer: Annotated[Principal, Depends(fact("grant_make"))]) -> Response:
    """Show the form by which an agent makes a narrower grant out of the one it holds."""
    return page(request, "open/narrow.html", error=None, viewer=viewer)


@router.post(
    "/open/narrow",
    response_class=HTMLResponse,
    dependencies=[Depends(fresh_sign_in), Depends(limited("grant_narrow", "20/minute"))],
)
def make_narrower(
    request: Request,
    web: Served,
    viewer: Annotated[Principal, Depends(fact("grant_make"))],
    code: Annotated[str, Form(max_length=2048)] = "",
    factor: Annotated[str, Form(max_length=20)] = "",
    allows: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
    receiver: Annotated[str, Form(max_length=40)] = "",
    receiver_name: Annotated[str, Form(max_length=100)] = "",
    ends: Annotated[str, Form(max_length=10)] = "",
    uses: Annotated[int | None, Form()] = None,
) -> Response:
    """Make the narrower grant and show its secret, this once."""
    try:
        wish = Wish(
            purpose="", allows=frozenset(allows), receiver=receiver or None,
            receiver_name=receiver_name or None, expires_at=end_of(ends), uses=uses,
        )  # fmt: skip
        made = narrow(web.context, viewer, code, wish, factor=factor)
    except CreditDocError as error:
        request.state.error_code = error.code
        return page(request, "open/narrow.html", status=_status(error), error=error, viewer=viewer)
    return _made(request, web, made)


@router.get("/open/law", response_class=HTMLResponse)
def law_form(request: Request, viewer: Annotated[Principal, Depends(fact("legal_request"))]) -> Response:  # noqa: ARG001
    """Show the form by which a 机关 states its legal basis (R24)."""
    return page(request, "open/law.html", error=None)


@router.post("/open/law", response_class=HTMLResponse, dependencies=[Depends(limited("law", "20/minute"))])
def ask_by_law(
    request: Request,
    web: Served,
    viewer: Annotated[Principal, Depends(fact("legal_request"))],
    about: Annotated[str, Form(max_length=60)] = "",
    basis: Annotated[str, Form(max_length=300)] = "",
    purpose: Annotated[str, Form(max_length=200)] = "",
    allows: Annotated[list[str], Form()] = [],  # noqa: B006
) -> Response:
    """Open the report by law; the subject is told in the same moment."""
    try:
        request_ = LegalRequest(about=about, basis=basis, purpose=purpose, allows=frozenset(allows) | {VIEW})
        made = make_by_law(web.context, viewer, request_)
    except CreditDocError as error:
        request.state.error_code = error.code
        return page(request, "open/law.html", status=_status(error), error=error)
    return _made(request, web, made)


def _proof(
    request: Request, web: Web, viewer: Principal, token: str, shown: ShownDetails | None
) -> dict[str, Any]:
    """Judge the signed file together with the details: what the page says was checked, was checked here."""
    use_ = current(web.context, viewer, token)
    now = web.context.clock()
    number, pdf = use_.held.line.number, signed_file(web.context, use_)
    data = None if shown is None else shown.data
    verdict = web.verifier.at(now).verify(pdf, number, policy=builtin(DEFAULT), now=now, details=data)
    return {
        "judged": judged(request, web, number, pdf, verdict),
        **record_words(request),
        "shown": shown,
        "proof": None if shown is None else decode_details(shown.data),
        "now": now,
        "viewer": viewer,
        "can_narrow": viewer.role in (Role.AGENT, Role.ENTERPRISE),
        "domain_names": domain_names(web.context, use_),
    }


def _for(request: Request, web: Web, viewer: Principal) -> dict[str, Any]:
    return {"grants": withdrawing.grants_for(web.context, viewer)} | record_words(request)


def _made(request: Request, web: Web, made: Made) -> Response:
    address = link(request, web, "/open", made.fragment)
    facts: dict[str, Any] = {"made": made, "link": address, "qr": qr_data_url(address)} | record_words(
        request
    )
    return page(request, "grants/made.html", **facts)


def _file(data: bytes, name: str, media: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(data, media_type=media, headers=headers)


def _status(error: CreditDocError) -> int:
    if isinstance(error, MalformedInput):
        return 400
    return 404 if isinstance(error, NotFound) else 403

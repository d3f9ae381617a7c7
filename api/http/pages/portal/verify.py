"""The verifier portal: one box takes a file, a picture, many files, a hash, or a number with its code."""

from __future__ import annotations

import base64
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile
from fastapi.responses import HTMLResponse
from limits import parse

from api.http.identity import fact
from api.http.language import language_of
from api.http.pages.portal import batch, uploads
from api.http.pages.portal.asked import Asked, Wished, choices
from api.http.rate import client_address
from api.http.rendering import page
from api.http.security import headers_for
from api.http.verdict_view import TONE, view
from api.http.web import Web, web_of
from api.services.checking import originals
from api.services.checking.checker import Checked, PaperChecked
from api.services.checking.inputs import MAX_FILES, Kind, kind_of
from api.services.checking.mishaps import MISHAPS
from domain.errors import CreditDocError, MalformedInput
from domain.verdict import Code
from domain.wording import Wording
from verifier.answers.paper_words import unread_told
from verifier.answers.words import lines
from verifier.gate.kinds import is_tiff
from verifier.paper.prints import MAX_SHEETS, Found, SheetFinding

router = APIRouter(include_in_schema=False, dependencies=[Depends(fact("file_verdict"))])

CODES_A_MINUTE: Final = parse("10/minute")
"""Typed codes and cover secrets that one address may try."""
_Web = Annotated[Web, Depends(web_of)]


@router.get("/")
@router.get("/verify")
def home(request: Request, web: _Web) -> HTMLResponse:
    """Show the box and the button."""
    return _home(request, web)


@router.post("/verify")
def verify(
    request: Request,
    web: _Web,
    asked: Wished,
    files: Annotated[list[UploadFile], File()] = [],  # noqa: B006 - FastAPI copies it
    number: Annotated[str, Form(max_length=80)] = "",
    code: Annotated[str, Form(max_length=80)] = "",
    sha256: Annotated[list[str], Form(max_length=MAX_FILES)] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Answer whatever was given; which kind it is follows from what is there."""
    chosen = [each for each in files if each.filename or each.size]
    try:
        if number.strip() or code.strip():
            return _number(request, web, asked, number, code, chosen)
        if sha256:
            return _hashes(request, web, asked, sha256)
        if not chosen:
            raise MalformedInput("portal_nothing_given")
        return _files(request, web, asked, chosen)
    except MalformedInput as error:
        return _home(request, web, error=error, number=number)


@router.post("/verify/code")
def verify_code(request: Request, web: _Web, text: Annotated[str, Form(max_length=1200)]) -> HTMLResponse:
    """Answer the text of one code that the visitor's own device read."""
    web.limiter.take(CODES_A_MINUTE, "code", client_address(request))
    return result(request, web, uploads.checker(web).link(text))


@router.post("/verify/pages")
def verify_pages(request: Request, web: _Web, handle: Annotated[str, Form(max_length=600)]) -> HTMLResponse:
    """Show the registered original's pages to whoever has just shown to hold it."""
    number = originals.number_of(web.context, handle, web.context.clock())
    return page(request, "portal/pages.html", number=number, pages=_drawn(uploads.checker(web).pages(number)))


@router.post("/verify/original")
def verify_original(web: _Web, handle: Annotated[str, Form(max_length=600)]) -> Response:
    """Send the very bytes that were released, to whoever has just shown to hold the report or its paper."""
    number = originals.number_of(web.context, handle, web.context.clock())
    headers = {"Content-Disposition": f'attachment; filename="{number}.pdf"', "Cache-Control": "no-store"}
    return Response(originals.original(web.context, number), media_type="application/pdf", headers=headers)


@router.get("/camera")
def camera(request: Request, web: _Web) -> HTMLResponse:
    """Show the page that reads a code with the device's camera; it alone may run WebAssembly."""
    shown = page(request, "portal/camera.html")
    shown.headers.update(headers_for(request.state.nonce, wasm=True, camera=True, tls=not web.loopback))
    return shown


def result(
    request: Request,
    web: Web,
    checked: Checked,
    photograph: bytes | None = None,
    *,
    part: bool = False,
    asked: Asked | None = None,
) -> HTMLResponse:
    """Give the page of one answer; ``part`` leaves out head and foot, for a script that puts it in a page."""
    words, host = Wording.load(language_of(request)), web.context.house.host
    facts: dict[str, Any] = {"checked": checked, "shown": None, "mishaps": MISHAPS, "photograph": None}
    if checked.verdict is not None:
        facts["shown"] = view(checked, checked.verdict, words, host)
    facts["pages"] = ()
    if checked.original is not None and checked.number is not None:
        facts["pages"] = _drawn(uploads.checker(web).pages(checked.number))
        facts["photograph"] = None if photograph is None else _data("image/jpeg", photograph)
    facts["visited"] = visited(request, web)
    facts["asked"] = asked or Asked()
    facts |= choices(request, web) if checked.handle else {"purposes": (), "own_domains": ()}
    return page(request, "portal/part.html" if part else "portal/result.html", **facts)


def _files(request: Request, web: Web, asked: Asked, chosen: list[UploadFile]) -> Response:
    if len(chosen) > MAX_FILES:
        raise MalformedInput("portal_too_many_files", limit=MAX_FILES)
    given = [uploads.given(each) for each in chosen]
    if len(given) > 1:
        # Photographs alone are the pages of one print; anything else is a heap of files.
        if len(given) <= MAX_SHEETS and all(kind_of(each.read()) is Kind.PICTURE for each in given):
            seen = uploads.checker(web, asked).paper([(each.name, each.read()) for each in given])
            return paper_result(request, web, seen, None)
        return batch.checked_at_once(web, given, purpose=asked.purpose(web).text)
    first = given[0].read()
    if kind_of(first) is Kind.ZIP:
        return batch.checked_at_once(web, given, purpose=asked.purpose(web).text)
    room = uploads.checker(web, asked)
    checked = room.file(first, given[0].name)
    if is_tiff(first) or _may_be_paper(checked):
        seen = room.paper([(given[0].name, first)])
        many = len(seen.paper.sheets) > 1 or _may_be_paper(checked)
        if many and any(each.page is not None for each in seen.paper.sheets):
            return paper_result(request, web, seen, checked)
    photograph = room.photograph(first) if checked.original is not None else None
    return result(request, web, checked, photograph, asked=asked)


def _may_be_paper(checked: Checked) -> bool:
    """Tell whether a single file is worth a look for pages' marks: a scan without signature, or one page."""
    verdict = checked.verdict
    return verdict is not None and (
        verdict.code == "page_mark" or (checked.kind is Kind.PDF and verdict.code == Code.NOT_A_REPORT)
    )


def _only_the_cover(sheet: SheetFinding) -> bool:
    """Tell whether one photograph is of the report's own cover or shows no mark: nothing to tell apart."""
    return sheet.page is None or (sheet.page == 1 and sheet.found is Found.IN_PLACE)


def paper_result(request: Request, web: Web, seen: PaperChecked, file: Checked | None) -> HTMLResponse:
    """Give the page that names each photographed page; ``file`` is the scan as a file, if it was one."""
    words, host = Wording.load(language_of(request)), web.context.house.host
    report = seen.report
    shown = None if report is None or report.verdict is None else view(report, report.verdict, words, host)
    as_file = None if file is None or file.verdict is None or file.kind is not Kind.PDF else file.verdict
    beside = [
        {
            "page": each.page,
            "registered": None if each.registered is None else _data("image/png", each.registered),
            "unread": each.unread,
            "photographs": [(place, _data("image/jpeg", data)) for place, data in each.photographs],
        }
        for each in seen.beside
    ]
    return page(
        request,
        "portal/paper.html",
        paper=seen.paper,
        tone=TONE[seen.paper.status],
        shown=shown,
        checked=report,
        beside=beside,
        unread=unread_told(seen.paper, words) if seen.paper.unread else None,
        as_file=None if as_file is None else lines(as_file, words),
        visited=visited(request, web),
    )


def _number(
    request: Request, web: Web, asked: Asked, number: str, code: str, chosen: list[UploadFile]
) -> Response:
    web.limiter.take(CODES_A_MINUTE, "code", client_address(request))
    room = uploads.checker(web, asked)
    checked = room.number(number, code)
    if checked.original is not None and 0 < len(chosen) <= MAX_SHEETS:
        given = [(each.name, each.read()) for each in map(uploads.given, chosen)]
        seen = room.paper(given, checked)
        if len(given) > 1 or not all(map(_only_the_cover, seen.paper.sheets)):
            return paper_result(request, web, seen, None)
    photograph = (
        room.photograph(uploads.given(chosen[0]).read()) if chosen and checked.original is not None else None
    )
    return result(request, web, checked, photograph, asked=asked)


def _hashes(request: Request, web: Web, asked: Asked, digests: list[str]) -> Response:
    if len(digests) > MAX_FILES:
        raise MalformedInput("portal_too_many_files", limit=MAX_FILES)
    room = uploads.checker(web, asked)
    if len(digests) == 1:
        return result(request, web, room.sha256(digests[0], ""), asked=asked)
    found = [room.sha256(digest, "") for digest in digests]
    return batch.kept(web, found, purpose=asked.purpose(web).text)


def _home(
    request: Request, web: Web, *, error: CreditDocError | None = None, number: str = ""
) -> HTMLResponse:
    status = 200 if error is None else 400
    if error is not None:
        request.state.error_code = error.code
    return page(
        request,
        "portal/home.html",
        status=status,
        error=error,
        number=number,
        mishaps=MISHAPS,
        limit=MAX_FILES,
        **choices(request, web),
    )


def visited(request: Request, web: Web) -> str | None:
    """Give the address the visitor is at, if reports name another; a house on loopback is being tried."""
    here = request.headers.get("host", "").lower()
    return None if web.loopback or here == web.context.house.host else here


def _drawn(pictures: tuple[bytes, ...]) -> tuple[str, ...]:
    return tuple(_data("image/png", each) for each in pictures)


def _data(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"

"""The batch desk: up to 200 files, one table, the receiver's own rule beside it, and exports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from limits import parse

from api.http.identity import fact
from api.http.language import language_of
from api.http.pages.portal import uploads
from api.http.pages.portal.asked import Wished, choices
from api.http.rate import client_address
from api.http.rendering import page
from api.http.verdict_view import tone_of_row
from api.http.web import Web, web_of
from api.services.checking import bulk, export
from api.services.checking.batch_receipts import receipts_zip
from api.services.checking.checker import Checked
from api.services.checking.inputs import MAX_FILES, Given
from api.services.checking.matrix import Matrix, matrix
from api.services.checking.purpose import purpose_of
from api.services.checking.rule import Rule, rule_from
from api.services.house.trust import current
from api.store.entries_bulk import Bulk
from domain.errors import CreditDocError, MalformedInput, NotFound
from domain.wording import Wording

router = APIRouter(include_in_schema=False, dependencies=[Depends(fact("bulk_check"))])

CATEGORIES: Final = (
    "warning", "public_criticism", "fine", "confiscate_gains", "confiscate_goods", "suspend_licence",
    "downgrade_qualification", "revoke_licence", "restrict_operation", "suspend_operation", "close_down",
    "restrict_employment", "detention", "other",
)  # fmt: skip
BATCHES: Final = parse("3/minute")
"""ZIPs of receipts for one address: each row is an entry of the log for good."""
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_Web = Annotated[Web, Depends(web_of)]


def _typed_rule(
    steps: Annotated[str, Form(max_length=120)] = "",
    category: Annotated[list[str], Form(max_length=20)] = [],  # noqa: B006 - FastAPI copies it
    look_back: Annotated[str, Form(max_length=10)] = "",
    age: Annotated[str, Form(max_length=10)] = "",
) -> Rule:
    return rule_from(steps, tuple(each for each in category if each in CATEGORIES), look_back, age)


_Rule = Annotated[Rule, Depends(_typed_rule)]


@router.get("/batch")
def start(request: Request, web: _Web) -> HTMLResponse:
    """Show the box for many files, the purposes and the fields of the receiver's own rule."""
    return _start(request, web, None)


@router.post("/batch")
def batch(
    request: Request,
    web: _Web,
    rule: _Rule,
    asked: Wished,
    files: Annotated[list[UploadFile], File()] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Judge all files at once and go on to the table: what a browser without scripts does."""
    chosen = [uploads.given(each) for each in files if each.filename or each.size]
    try:
        if not chosen:
            raise MalformedInput("portal_nothing_given")
        return checked_at_once(web, chosen, rule, asked.purpose(web).text)
    except MalformedInput as error:
        return _start(request, web, error)


@router.post("/batch/open")
def open_batch(
    web: _Web, rule: _Rule, asked: Wished, total: Annotated[int, Form(ge=1, le=MAX_FILES)]
) -> Response:
    """Begin a batch whose files come one by one: what a browser with scripts does."""
    purpose = asked.purpose(web).text
    opened = bulk.open_bulk(web.context, total, rule, web.context.clock(), purpose)
    return _with_token(web, JSONResponse({"done": 0, "total": total}), opened.token)


@router.post("/batch/file")
def one_file(request: Request, web: _Web, file: Annotated[UploadFile, File()]) -> JSONResponse:
    """Judge one file of the batch that was begun; a ZIP gives those in it."""
    found = _mine(request, web)
    given = bulk.expanded([uploads.given(file)])
    if len(given) > 1:
        bulk.grow(web.context, found, len(given) - 1)
    bulk.judge_all(web.context, found, uploads.checker(web, purpose=found.purpose), given, 1)
    return progress(request, web)


@router.post("/batch/hash")
def one_hash(request: Request, web: _Web, sha256: Annotated[str, Form(max_length=64)]) -> JSONResponse:
    """Look up one SHA-256 of the batch that was begun; the file stays where it is."""
    found = _mine(request, web)
    bulk.keep(web.context, found.id, uploads.checker(web, purpose=found.purpose).sha256(sha256, ""))
    return progress(request, web)


@router.get("/batch/progress")
def progress(request: Request, web: _Web) -> JSONResponse:
    """Tell how many files have been judged."""
    found = _mine(request, web)
    return JSONResponse(
        {"done": bulk.done(web.context, found), "total": found.total}, headers={"Cache-Control": "no-store"}
    )


@router.get("/batch/result")
def table(request: Request, web: _Web) -> HTMLResponse:
    """Show the table."""
    found = _mine(request, web)
    rule = Rule.from_json(found.rule)
    words = Wording.load(language_of(request))
    made = _matrix(web, found)
    return page(
        request, "portal/table.html", table=made, rule=rule, total=found.total, categories=CATEGORIES,
        purpose=purpose_of(found.purpose, web.verifier.at(web.context.clock()).trust.bundle).policy,
        words=words, repeats=export.repeats, rule_notes=export.rule_notes, tone_of=tone_of_row,
    )  # fmt: skip


@router.post("/batch/rule")
def change_rule(request: Request, web: _Web, rule: _Rule) -> RedirectResponse:
    """Read the same verdicts under another rule; nothing is judged again."""
    bulk.set_rule(web.context, _mine(request, web), rule)
    return RedirectResponse("/batch/result", status_code=303)


@router.get("/batch/export.{form}")
def exported(request: Request, web: _Web, form: str) -> Response:
    """Send the table as XLSX or CSV."""
    made, words = _matrix(web, _mine(request, web)), Wording.load(language_of(request))
    if form == "xlsx":
        return _attached(export.to_xlsx(made, words, web.context.clock()), _XLSX, "check.xlsx")
    if form == "csv":
        return _attached(export.to_csv(made, words), "text/csv; charset=utf-8", "check.csv")
    raise NotFound("page_unknown")


@router.get("/trust.jws")
def trust(web: _Web) -> Response:
    """Send the trust bundle with which a row can be checked again anywhere."""
    data = current(web.context, web.context.clock()).data
    return _attached(data, "application/jose", export.BUNDLE_NAME)


@router.post("/batch/receipts", dependencies=[Depends(fact("receipt"))])
def batch_receipts(request: Request, web: _Web) -> Response:
    """Send the receipts of all rows, as data in one ZIP."""
    found = _mine(request, web)
    web.limiter.take(BATCHES, "batch_receipts", client_address(request))
    lines = bulk.read(web.context, found)
    return _attached(receipts_zip(web.context, lines, web.context.clock()), "application/zip", "receipts.zip")


def checked_at_once(
    web: Web, given: Sequence[Given], rule: Rule | None = None, purpose: str = ""
) -> Response:
    """Judge files as one batch for ``purpose`` and redirect to its table."""
    files = bulk.expanded(given)
    opened = bulk.open_bulk(web.context, len(files), rule or Rule(), web.context.clock(), purpose)
    room = uploads.checker(web, purpose=purpose)
    bulk.judge_all(web.context, opened.bulk, room, files, web.settings.service.workers)
    return _to_table(web, opened.token)


def kept(web: Web, checked: Sequence[Checked], purpose: str = "") -> Response:
    """Keep answers that are there already as one batch and redirect to its table."""
    opened = bulk.open_bulk(web.context, len(checked), Rule(), web.context.clock(), purpose)
    for each in checked:
        bulk.keep(web.context, opened.bulk.id, each)
    return _to_table(web, opened.token)


def _start(request: Request, web: Web, error: CreditDocError | None) -> HTMLResponse:
    if error is not None:
        request.state.error_code = error.code
    return page(
        request, "portal/batch.html", status=200 if error is None else 400, error=error, limit=MAX_FILES,
        categories=CATEGORIES, rule=Rule(), **choices(request, web),
    )  # fmt: skip


def _matrix(web: Web, found: Bulk) -> Matrix:
    return matrix(bulk.read(web.context, found), Rule.from_json(found.rule), web.context.clock())


def _mine(request: Request, web: Web) -> Bulk:
    return bulk.find(web.context, request.cookies.get(_cookie(web)), web.context.clock())


def _to_table(web: Web, token: str) -> Response:
    return _with_token(web, RedirectResponse("/batch/result", status_code=303), token)


def _with_token(web: Web, response: Response, token: str) -> Response:
    response.set_cookie(
        _cookie(web), token, max_age=int(bulk.LIFE.total_seconds()), httponly=True, samesite="lax",
        secure=not web.loopback, path="/",
    )  # fmt: skip
    return response


def _cookie(web: Web) -> str:
    return "batch" if web.loopback else "__Host-batch"


def _attached(data: bytes, kind: str, name: str) -> Response:
    headers: dict[str, Any] = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return Response(data, media_type=kind, headers=headers)

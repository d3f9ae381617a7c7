"""The signature log over HTTP: tiles for programs, a page for people, and this house as a witness."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from api.http.identity import fact
from api.http.rate import limited
from api.http.rendering import page
from api.http.web import Web, web_of
from api.services.log import serving, witness
from domain.base_text import base64_encode
from domain.errors import MalformedInput, NotFound
from domain.tiles import parse_path
from keys.bundle_signing import log_vkeys

router = APIRouter(include_in_schema=False, dependencies=[Depends(fact("public_page"))])

_Web = Annotated[Web, Depends(web_of)]
_OPEN: Final = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
"""A log is for everybody, pages of other sites too."""
_HEAD: Final = {**_OPEN, "Cache-Control": "no-cache"}
_FOR_EVER: Final = {**_OPEN, "Cache-Control": "public, max-age=31536000, immutable"}
_LOG_TEXT: Final = "text/plain; charset=utf-8"
_LOG_BYTES: Final = "application/octet-stream"


@router.get("/log", response_class=HTMLResponse)
@router.get("/log/", response_class=HTMLResponse)
def about(request: Request, web: _Web) -> HTMLResponse:
    """Show what the log is, its newest head and how to check it."""
    context = web.context
    shown = serving.checkpoint(context, context.clock())
    return page(
        request,
        "log/log.html",
        head=shown.head,
        root=base64_encode(shown.head.root),
        checkpoint=shown.data.decode("utf-8"),
        cosigners=shown.cosigners,
        quorum=context.log_plan.quorum,
        vkeys=log_vkeys(context.keys, context.house.log_origin),
        witnesses=context.log_plan.vkeys,
    )


@router.get("/log/checkpoint")
def checkpoint(web: _Web) -> Response:
    """Give the signed head, with the lines of whoever cosigned it."""
    try:
        shown = serving.checkpoint(web.context, web.context.clock())
    except NotFound as error:
        return _nothing(error.code)
    return Response(shown.data, media_type=_LOG_TEXT, headers=_HEAD)


@router.get("/log/tile/{path:path}")
def tile(web: _Web, path: str) -> Response:
    """Give a tile of hashes or a bundle of entries; what was given once never changes."""
    try:
        data = serving.resource(web.context, parse_path(f"tile/{path}"))
    except (NotFound, MalformedInput) as error:
        return _nothing(error.code)
    return Response(data, media_type=_LOG_BYTES, headers=_FOR_EVER)


@router.get("/witness/vkey")
def witness_key(web: _Web) -> Response:
    """Give the key by which others check what this house cosigned."""
    try:
        return PlainTextResponse(f"{witness.vkey_of(web.context)}\n", headers=_HEAD)
    except NotFound as error:
        return _nothing(error.code)


@router.post("/witness/add-checkpoint", dependencies=[Depends(limited("add_checkpoint", "120/minute"))])
async def add_checkpoint(request: Request, web: _Web) -> Response:
    """Give a cosignature of another log's head, or the status that says why not."""
    from starlette.concurrency import run_in_threadpool

    body = await request.body()
    try:
        reply = await run_in_threadpool(witness.add_checkpoint, web.context, body, web.context.clock())
    except NotFound as error:
        return _nothing(error.code)
    return Response(reply.body, reply.status, media_type=reply.kind, headers={"Cache-Control": "no-store"})


def _nothing(code: str) -> Response:
    # The next entry may bring it: nobody may keep this answer.
    headers = {**_OPEN, "Cache-Control": "no-store"}
    return PlainTextResponse(f"{code}\n", status_code=404, headers=headers)

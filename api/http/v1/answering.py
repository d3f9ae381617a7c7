"""What the routes for programs share: who asks how often, writes that repeat, answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from limits import parse
from pydantic import BaseModel

from api.http.identity import Caller, principal_of
from api.http.rate import client_address
from api.http.v1.bodies import JSON
from api.http.v1.documented import KEY_HEADER, OPENING_HEADER
from api.http.web import Web, web_of
from api.services.machines.once import Answer, Asked, answered_once

Served = Annotated[Web, Depends(web_of)]
Opening = Annotated[
    str | None,
    Header(alias=OPENING_HEADER, max_length=2048, description="what redeeming a grant gave"),
]
WriteKey = Annotated[
    str | None,
    Header(alias=KEY_HEADER, max_length=64, description="1 to 64 visible ASCII characters, kept for a day"),
]
NO_STORE = {"Cache-Control": "no-store"}


def paced(name: str, rate: str) -> Any:
    """Give a dependency that lets each caller, else each address, through at ``rate`` for ``name``."""
    item = parse(rate)

    async def check(request: Request) -> None:
        viewer, web = await principal_of(request), await web_of(request)
        who = viewer.sub if viewer.signed_in else client_address(request)
        web.limiter.take(item, name, who)

    return Depends(check)


def json_answer(model: BaseModel, status: int = 200) -> Response:
    """Give ``model`` as JSON; answers are about somebody, so no cache keeps them."""
    body = model.model_dump_json()
    return Response(body, status_code=status, media_type=JSON, headers=NO_STORE)


def once(
    request: Request, web: Web, viewer: Caller, key: str | None, raw: bytes, act: Callable[[], Answer]
) -> Response:
    """Give what ``act`` answers; a repeat with the same key gets the first answer again."""
    who = viewer.sub if viewer.signed_in else f"at:{client_address(request)}"
    asked = Asked(who=who, route=f"{request.method} {request.url.path}", key=key, body=raw)
    answer = answered_once(web.context, asked, act)
    headers = dict(NO_STORE)
    if answer.location is not None:
        headers["Location"] = answer.location
    if answer.repeated:
        headers["Idempotency-Replayed"] = "true"
    return Response(answer.body, status_code=answer.status, media_type=JSON, headers=headers)

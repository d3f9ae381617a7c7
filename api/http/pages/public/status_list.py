"""Status lists as any reader of the standard fetches them (draft-ietf-oauth-status-list, section 8)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request, Response

from api.http.identity import fact
from api.http.rate import limited
from api.http.web import Web, web_of
from api.services.status import publishing
from api.services.status.publishing import TTL, Served
from domain.errors import MalformedInput
from domain.status_list import MEDIA_TYPE

router = APIRouter(include_in_schema=False, dependencies=[Depends(fact("status_word"))])

_LATEST: Final = 2**33
_DAY: Final = 86_400
_TAKEN: Final = frozenset({MEDIA_TYPE, "application/*", "*/*"})


@router.get("/status/{status_list:int}", dependencies=[Depends(limited("status_list", "600/minute"))])
def status_list(
    request: Request,
    web: Annotated[Web, Depends(web_of)],
    status_list: int,
    time: Annotated[str | None, Query(max_length=20)] = None,
) -> Response:
    """Give the signed list as of now, or the one that was out at ``time`` (seconds since 1970).

    406 for a reader that takes no JWT, 404 for a list or a time there is none of; 501 cannot occur,
    since times are answered.
    """
    if not _takes_jwt(request.headers.get("accept")):
        # The one other form that the standard knows, CWT, is not made here.
        return Response(status_code=406, headers={"Vary": "Accept"})
    if time is None:
        served = publishing.current(web.context, status_list)
    else:
        served = publishing.at(web.context, status_list, _moment(time))
    return _answer(request, served, web.context.clock())


def _takes_jwt(accept: str | None) -> bool:
    if not (accept or "").strip():
        return True
    for part in (accept or "").lower().split(","):
        kind, *parameters = (word.strip() for word in part.split(";"))
        refused = any(word.replace(" ", "") in ("q=0", "q=0.0", "q=0.00", "q=0.000") for word in parameters)
        if kind in _TAKEN and not refused:
            return True
    return False


def _moment(text: str) -> datetime:
    if not (text.isascii() and text.isdigit()) or int(text) > _LATEST:
        raise MalformedInput("status_time_form")
    return datetime.fromtimestamp(int(text), UTC)


def _answer(request: Request, served: Served, now: datetime) -> Response:
    publication = served.publication
    tag = f'W/"{publication.token_sha256[:32]}"'
    kept = min(TTL, max(0, int((publication.expires_at - now).total_seconds()))) if served.newest else _DAY
    headers = {
        "Cache-Control": f"public, max-age={kept}",
        "ETag": tag,
        "Vary": "Accept, Accept-Encoding",
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if tag in (word.strip() for word in request.headers.get("if-none-match", "").split(",")):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", "").lower():
        headers["Content-Encoding"] = "gzip"
        return Response(publication.token_gzip, media_type=MEDIA_TYPE, headers=headers)
    return Response(served.token, media_type=MEDIA_TYPE, headers=headers)

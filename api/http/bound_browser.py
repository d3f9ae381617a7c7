"""A browser that has something open: the cookie with its secret, and the mark on what it shows."""

from __future__ import annotations

from xml.sax.saxutils import escape

from fastapi import Request, Response

from api.http.web import Web
from api.services.access.principal import Principal
from domain.errors import NotFound
from domain.times import shanghai_text
from domain.wording import clean


def bind(web: Web, response: Response, name: str, token: str) -> None:
    """The browser keeps ``token`` until it is closed; scripts and other sites do not see it."""
    response.set_cookie(
        _named(web, name), token, httponly=True, samesite="lax", secure=not web.loopback, path="/"
    )


def bound(web: Web, request: Request, name: str) -> str:
    """Give the browser's token; NotFound ``grant_opening_unknown`` where it has none."""
    token = request.cookies.get(_named(web, name))
    if not token:
        raise NotFound("grant_opening_unknown")
    return token


def release(web: Web, response: Response, name: str) -> None:
    """The browser forgets its token."""
    response.delete_cookie(
        _named(web, name), httponly=True, samesite="lax", secure=not web.loopback, path="/"
    )


def watermark(web: Web, viewer: Principal, purpose: str) -> Response:
    """Give who looks, when and for what as a picture that lies over the whole page, also in print."""
    organisation = viewer.organisation_name or ""
    who = " ".join(part for part in (organisation, viewer.name) if part) or "持码人"
    lines = (who, shanghai_text(web.context.clock()), purpose)
    text = "".join(
        f'<text x="18" y="{90 + 26 * row}">{escape(clean(line)[:40])}</text>'
        for row, line in enumerate(lines)
    )
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="100%">'
        '<defs><pattern id="m" width="360" height="220" patternUnits="userSpaceOnUse"'
        ' patternTransform="rotate(-24)"><g font-family="sans-serif" font-size="17" fill="#14315c"'
        f' fill-opacity="0.13">{text}</g></pattern></defs>'
        '<rect width="100%" height="100%" fill="url(#m)"/></svg>'
    )
    return Response(svg, media_type="image/svg+xml", headers={"Cache-Control": "no-store"})


def _named(web: Web, name: str) -> str:
    return name if web.loopback else f"__Host-{name}"

"""The check page that works without network once it was opened: a service worker keeps it and its parts."""

from __future__ import annotations

import hashlib
import json
from importlib import resources
from typing import Annotated, Final

from cryptography.x509 import ObjectIdentifier
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from api.http.assets import static_url
from api.http.identity import fact
from api.http.language import language_of
from api.http.rendering import page
from api.http.security import headers_for
from api.http.web import Web, web_of
from keys.roles import PROFILES, Role

router = APIRouter(include_in_schema=False, dependencies=[Depends(fact("file_verdict"))])

CODES: Final = (
    "stands", "stands_old", "revoked", "superseded", "suspended", "data_changed", "unknown_value", "forged",
    "key_unknown", "foreign_host", "list_missing", "too_old", "clock", "nothing_kept", "cover", "page",
    "not_ours", "no_code",
)  # fmt: skip
"""What templates/static/js/offline-judge.js can answer."""
_MODULES: Final = ("offline-der.js", "offline-trust.js", "offline-judge.js", "portal-claim.js")
_FILES: Final = (
    "vendor/bootstrap.min.css", "css/daizheng.css", "css/portal.css", "img/mark.svg",
    "vendor/zxing_reader.js", "vendor/zxing_reader.wasm", "js/offline-page.js",
)  # fmt: skip
_Web = Annotated[Web, Depends(web_of)]


@router.get("/offline/")
def offline(request: Request, web: _Web) -> HTMLResponse:
    """Show the page; it is the same for everybody, because the device keeps it."""
    shown = _page(request, web)
    shown.headers.update(headers_for(request.state.nonce, wasm=True, camera=True, tls=not web.loopback))
    return shown


@router.get("/offline/worker.js")
def worker(request: Request, web: _Web) -> Response:
    """Send the service worker with the list of what it keeps; its text changes when any of that does."""
    body = bytes(_page(request, web).body).replace(request.state.nonce.encode(), b"")
    parts = [static_url(name) for name in _FILES]
    # Modules are found beside the one that asks for them.
    folder = static_url("js/offline-page.js").rpartition("/")[0]
    parts += [f"{folder}/{name}" for name in _MODULES]
    version = hashlib.sha256(
        body + "".join(static_url(f"js/{name}") for name in _MODULES).encode()
    ).hexdigest()
    known = {"VERSION": version[:16], "PAGE": f"/offline/?lang={language_of(request)}", "PARTS": parts}
    text = resources.files("templates").joinpath("static", "js", "offline-worker.js").read_text("utf-8")
    head = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in known.items())
    return Response(head + text, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


def _page(request: Request, web: Web) -> HTMLResponse:
    request.state.principal = None
    trust = web.verifier.at(web.context.clock()).trust
    usages = {role: _oid(PROFILES[role].eku) for role in (Role.TRUST, Role.QR, Role.STATUS)}
    return page(
        request, "portal/offline.html", anchor=trust.anchor_sha256, usages=usages, codes=CODES,
        worker=f"/offline/worker.js?lang={language_of(request)}",
    )  # fmt: skip


def _oid(dotted: str | None) -> str:
    """Give an object identifier as DER in hex, as the page compares it."""
    first, second, *rest = map(int, ObjectIdentifier(dotted or "2.5.29.37.0").dotted_string.split("."))
    content = b"".join(_base128(number) for number in (40 * first + second, *rest))
    return (bytes([6, len(content)]) + content).hex()


def _base128(number: int) -> bytes:
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.append(number & 0x7F | 0x80)
    return bytes(reversed(digits))

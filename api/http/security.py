"""Headers that each answer carries, and who may post: this site's own pages alone."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request

from domain.errors import Refused

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def nonce_from(entropy: bytes) -> str:
    """Give the nonce of one answer's scripts and styles."""
    return base64.b64encode(entropy).decode()


def headers_for(nonce: str, *, wasm: bool = False, camera: bool = False, tls: bool = True) -> dict[str, str]:
    """Give the security headers of one answer; ``wasm`` and ``camera`` open what one page needs."""
    scripts = " 'wasm-unsafe-eval'" if wasm else ""
    policy = (
        "default-src 'none'; "
        f"script-src 'self' 'nonce-{nonce}'{scripts}; "
        f"style-src 'self' 'nonce-{nonce}'; "
        "img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; media-src 'self' blob:; "
        "worker-src 'self'; manifest-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
    )
    given = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": (
            f"camera={'(self)' if camera else '()'}, geolocation=(), microphone=(), payment=(), usb=()"
        ),
    }
    if tls:
        given["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    return given


def require_same_site(request: Request) -> None:
    """Return only for a request that this site's own pages made, or that carries no cookie.

    Browsers say where a request comes from (Fetch Metadata); older ones send ``Origin``.  A program
    without cookies acts on nobody's behalf.  Raises Refused ``cross_site``.
    """
    if request.method in SAFE:
        return
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site in ("same-origin", "none"):
            return
        raise Refused("cross_site")
    origin = request.headers.get("origin")
    if origin is not None:
        if _same(origin, request.headers):
            return
        raise Refused("cross_site")
    if request.headers.get("cookie"):
        raise Refused("cross_site")


def _same(origin: str, headers: Mapping[str, str]) -> bool:
    return urlsplit(origin).netloc.lower() == headers.get("host", "").lower() != ""

"""QR codes on screens, and the address that stands in them."""

from __future__ import annotations

import base64
from typing import Final

from fastapi import Request

from api.http.web import Web
from signer.qr import draw

SCREEN_MAX_VERSION: Final = 12
"""On a screen the code is as large as the phone is wide."""


def link(request: Request, web: Web, path: str, fragment: str) -> str:
    """Give ``https://HOST/path#fragment``; a house on loopback names the address it is served at."""
    base = str(request.base_url).rstrip("/") if web.loopback else f"https://{web.context.house.host}"
    return f"{base}{path}#{fragment}"


def qr_data_url(text: str) -> str:
    """Give the QR code for ``text`` as a picture inside the page: no address of its own ever holds it."""
    return png_data_url(draw([text], max_version=SCREEN_MAX_VERSION).png)


def png_data_url(png: bytes) -> str:
    """Give a picture inside the page."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")

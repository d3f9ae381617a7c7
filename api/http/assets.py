"""Static files under names that hold their hash: kept for a year, sent gzip-encoded where it helps."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from fastapi import APIRouter, Request, Response

from domain.errors import NotFound

router = APIRouter()
_KINDS: Final = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "webp": "image/webp",
    "ico": "image/x-icon",
    "wasm": "application/wasm",
}
_FOREVER: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One static file as it is sent."""

    kind: str
    data: bytes
    packed: bytes | None
    tag: str


@cache
def _asset(name: str) -> Asset | None:
    parts = name.split("/")
    kind = _KINDS.get(name.rpartition(".")[2])
    if kind is None or any(part in ("", ".", "..") or part.startswith(".") for part in parts):
        return None
    file = resources.files("templates").joinpath("static", *parts)
    if not file.is_file():
        return None
    data = file.read_bytes()
    packed = gzip.compress(data, 9, mtime=0)
    return Asset(
        kind=kind,
        data=data,
        packed=packed if len(packed) < len(data) * 0.9 else None,
        tag=hashlib.sha256(data).hexdigest()[:16],
    )


def static_url(name: str) -> str:
    """Give the address of a static file; the name must exist."""
    asset = _asset(name)
    if asset is None:
        raise LookupError(name)
    return f"/static/{asset.tag}/{name}"


@router.get("/static/{tag}/{name:path}", include_in_schema=False)
def static(request: Request, tag: str, name: str) -> Response:
    """Send a static file; an old tag still gets today's file, kept for no time."""
    if len(name) > 120:
        raise NotFound("page_unknown")
    asset = _asset(name) if exists(name) else None
    if asset is None:
        raise NotFound("page_unknown")
    headers = {"Cache-Control": _FOREVER if tag == asset.tag else "no-cache", "Vary": "Accept-Encoding"}
    packs = "gzip" in request.headers.get("accept-encoding", "")
    if asset.packed is not None and packs:
        return Response(asset.packed, media_type=asset.kind, headers=headers | {"Content-Encoding": "gzip"})
    return Response(asset.data, media_type=asset.kind, headers=headers)


@cache
def _names() -> frozenset[str]:
    found: set[str] = set()

    def walk(folder: object, prefix: str) -> None:
        for entry in folder.iterdir():  # type: ignore[attr-defined]
            if entry.is_dir():
                walk(entry, f"{prefix}{entry.name}/")
            else:
                found.add(prefix + entry.name)

    walk(resources.files("templates").joinpath("static"), "")
    return frozenset(found)


def exists(name: str) -> bool:
    """Say whether there is such a file; asked first, so that strangers cannot fill the cache with nothing."""
    return name in _names()

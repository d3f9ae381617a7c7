"""How tests of the interface for programs come: through the client that ships, on the in-process service."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdfium2
from fastapi.testclient import TestClient

from api.client import Client
from api.http.rate import RateLimiter
from api.services.access.api_keys import SCOPES, end_key, keys_of, make_key
from api.services.access.sessions import principal_at
from tests.web.service import sign_in

ORIGIN = {"Origin": "http://127.0.0.1:8000"}


def visitor(client: TestClient, key: str | None = None, language: str = "en") -> Client:
    """The shipped client on that application, as nobody or with a key."""
    return Client("http://127.0.0.1:8000", key=key, language=language, http=client)


@contextmanager
def without_limits(client: TestClient) -> Iterator[None]:
    """Nothing is counted in this block."""
    clock = client.app.state.web.context.clock  # type: ignore[attr-defined]
    with web_of(client, limiter=RateLimiter(clock, enabled=False)):
        yield


@contextmanager
def own_limits(client: TestClient) -> Iterator[None]:
    """What is counted in this block is forgotten behind it."""
    clock = client.app.state.web.context.clock  # type: ignore[attr-defined]
    with web_of(client, limiter=RateLimiter(clock)):
        yield


@contextmanager
def web_of(client: TestClient, **changed: Any) -> Iterator[Any]:
    """The served house with some of its parts exchanged for this block."""
    app: Any = client.app
    before = app.state.web
    app.state.web = replace(before, **changed)
    try:
        yield app.state.web
    finally:
        app.state.web = before


def typed_code(pdf: Path) -> str:
    """The 核验码 as somebody reads it from the cover."""
    text = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range()
    return re.findall(r"\d{4} \d{4} \d{4}", text)[0]


def api_key(client: TestClient, *scopes: str) -> str:
    """A fresh key of the sample bank; its older ones end."""
    context = client.app.state.web.context  # type: ignore[attr-defined]
    sign_in(client, "bank")
    viewer = principal_at(context, client.app.state.web.access.rules, client.cookies["session"])  # type: ignore[attr-defined]
    client.cookies.clear()
    assert viewer is not None
    with context.store.reading() as work:
        old = keys_of(work, viewer)
    for kept in old:
        end_key(context, viewer, kept.id)
    return make_key(context, viewer, label="program", scopes=scopes or SCOPES, days=30).secret

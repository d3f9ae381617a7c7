"""How tests of the interface for programs come: through the client that ships, on the in-process service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from fastapi.testclient import TestClient

from api.client import Client
from api.http.rate import RateLimiter

ORIGIN = {"Origin": "http://127.0.0.1:8000"}


def visitor(client: TestClient, key: str | None = None, language: str = "en") -> Client:
    """The shipped client on that application, as nobody or with a key."""
    return Client("http://127.0.0.1:8000", key=key, language=language, http=client)


@contextmanager
def without_limits(client: TestClient) -> Iterator[None]:
    """Nothing is counted in this block."""
    with web_of(client, limiter=RateLimiter(enabled=False)):
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

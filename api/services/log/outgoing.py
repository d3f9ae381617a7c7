"""Requests to other logs and witnesses: one address, bounded time, bounded answer, no redirects."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol, Self

import httpx2

from api.services.bounded_http import BoundedTransport
from domain.errors import DependencyUnavailable

SECONDS: Final = 10.0
MAX_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the other side said."""

    status: int
    kind: str
    """Content type without parameters."""
    body: bytes


class Outgoing(Protocol):
    """Asks one address at a time.

    Implementations MUST end within a bounded time, MUST take a bounded answer and MUST raise
    DependencyUnavailable ``log_unreachable`` when there is none.
    """

    def get(self, url: str) -> Answer:
        """Give the answer to a GET."""
        ...

    def post(self, url: str, body: bytes) -> Answer:
        """Give the answer to a POST of plain text."""
        ...


class HttpOutgoing:
    """Asks by HTTP and keeps connections open between requests; to be closed."""

    def __init__(self, seconds: float = SECONDS, max_bytes: int = MAX_BYTES) -> None:
        """Wait for ``seconds`` at most and take at most ``max_bytes``."""
        self._client = httpx2.Client(
            transport=BoundedTransport(ssl.create_default_context(), seconds=seconds, max_bytes=max_bytes),
            timeout=seconds, follow_redirects=False, trust_env=False, headers={"User-Agent": "daizheng"},
        )  # fmt: skip

    def get(self, url: str) -> Answer:
        """Give the answer to a GET; DependencyUnavailable ``log_unreachable``."""
        return self._ask("GET", url, None, {})

    def post(self, url: str, body: bytes) -> Answer:
        """Give the answer to a POST of plain text; DependencyUnavailable ``log_unreachable``."""
        return self._ask("POST", url, body, {"Content-Type": "text/plain; charset=utf-8"})

    def _ask(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        try:
            response = self._client.request(method, url, content=body, headers=dict(headers))
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            raise DependencyUnavailable("log_unreachable", url=url, cause=type(error).__name__) from error
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        return Answer(status=response.status_code, kind=kind, body=response.content)

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def __enter__(self) -> Self:
        """Give itself; closed on leaving."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close every connection."""
        self.close()

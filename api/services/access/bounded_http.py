"""An HTTP transport that takes no more bytes and no more time than it was told."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

import httpx2

MAX_BYTES: Final = 256 * 1024
"""Longest answer of a sign-in provider; its largest, the keys, stays below a tenth of this."""


class AnswerTooLarge(httpx2.TransportError):
    """The other side sent more bytes than are taken, or packed ones that were not asked for."""


class BoundedTransport(httpx2.BaseTransport):
    """Every answer ends within ``seconds`` and ``MAX_BYTES``, or the request fails."""

    def __init__(self, inner: httpx2.BaseTransport, *, seconds: float) -> None:
        """Send by ``inner``."""
        self._inner, self._seconds = inner, seconds

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send ``request``; the answer is watched while it is read."""
        # Packed answers could unpack to any size.
        request.headers["Accept-Encoding"] = "identity"
        until = time.monotonic() + self._seconds
        answer = self._inner.handle_request(request)
        if answer.headers.get("content-encoding", "identity") != "identity":
            answer.close()
            raise AnswerTooLarge("content-encoding")
        assert isinstance(answer.stream, httpx2.SyncByteStream)
        return httpx2.Response(
            status_code=answer.status_code,
            headers=answer.headers,
            stream=_Watched(answer.stream, until),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        """Close what sends."""
        self._inner.close()


class _Watched(httpx2.SyncByteStream):
    def __init__(self, inner: httpx2.SyncByteStream, until: float) -> None:
        self._inner, self._until = inner, until

    def __iter__(self) -> Iterator[bytes]:
        seen = 0
        for part in self._inner:
            seen += len(part)
            if seen > MAX_BYTES:
                raise AnswerTooLarge("size")
            if time.monotonic() > self._until:
                raise httpx2.ReadTimeout("whole answer")
            yield part

    def close(self) -> None:
        self._inner.close()

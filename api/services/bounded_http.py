"""An HTTP transport that takes no more bytes and no more time than it was told.

The sign-in provider, other logs and witnesses are asked through it.  Three others hold the same
bounds by themselves: :mod:`verifier.online` and :mod:`keys.http_stamping` stand on floors below
that must work without this one, and :mod:`api.services.watching.posting` connects to an address
that it has looked at, which no transport of the library lets it do.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator

import httpx2


class AnswerTooLarge(httpx2.TransportError):
    """The other side sent more bytes than are taken, or packed ones that were not asked for."""


class BoundedTransport(httpx2.BaseTransport):
    """Every answer ends within ``seconds`` and ``max_bytes``, or the request fails."""

    def __init__(self, trust: ssl.SSLContext, *, seconds: float, max_bytes: int) -> None:
        """Send directly, without a proxy, to whoever shows a certificate that ``trust`` believes."""
        self._inner = httpx2.HTTPTransport(verify=trust, trust_env=False)
        self._seconds, self._max_bytes = seconds, max_bytes

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
            stream=_Watched(answer.stream, until, self._max_bytes),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        """Close every connection."""
        self._inner.close()


class _Watched(httpx2.SyncByteStream):
    def __init__(self, inner: httpx2.SyncByteStream, until: float, max_bytes: int) -> None:
        self._inner, self._until, self._max_bytes = inner, until, max_bytes

    def __iter__(self) -> Iterator[bytes]:
        seen = 0
        for part in self._inner:
            seen += len(part)
            if seen > self._max_bytes:
                raise AnswerTooLarge("size")
            # A socket's own time-out starts anew with each packet; a slow drip must not hold the caller.
            if time.monotonic() > self._until:
                raise httpx2.ReadTimeout("whole answer")
            yield part

    def close(self) -> None:
        self._inner.close()

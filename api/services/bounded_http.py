"""An HTTP transport that takes no more bytes and no more time than it was told.

The sign-in provider, other logs and witnesses are asked through it.  Three others hold the same
bounds by themselves: :mod:`verifier.online` and :mod:`keys.http_stamping` stand on floors below
that must work without this one, and :mod:`api.services.watching.posting` connects to an address
that it has looked at, which no transport of the library lets it do.
"""

from __future__ import annotations

import asyncio
import ssl

import httpx2


class AnswerTooLarge(httpx2.TransportError):
    """The other side sent more bytes than are taken, or packed ones that were not asked for."""


class BoundedTransport(httpx2.BaseTransport):
    """Every answer ends within ``seconds`` and ``max_bytes``, or the request fails.

    Connections are kept between requests.  For one thread at a time, and none that runs an event loop.
    """

    def __init__(self, trust: ssl.SSLContext, *, seconds: float, max_bytes: int) -> None:
        """Send directly, without a proxy, to whoever shows a certificate that ``trust`` believes."""
        self._inner = httpx2.AsyncHTTPTransport(verify=trust, trust_env=False)
        # A socket's own time-out starts anew with each byte, so that a slow drip, of the head too, would
        # hold the caller; a task can be ended wherever it waits.
        self._loop = asyncio.new_event_loop()
        self._seconds, self._max_bytes = seconds, max_bytes

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send ``request`` and give its answer, read to the end; ReadTimeout, AnswerTooLarge."""
        # Packed answers could unpack to any size.
        request.headers["Accept-Encoding"] = "identity"
        try:
            return self._loop.run_until_complete(asyncio.wait_for(self._exchange(request), self._seconds))
        except TimeoutError as error:
            raise httpx2.ReadTimeout("whole answer") from error

    async def _exchange(self, request: httpx2.Request) -> httpx2.Response:
        answer = await self._inner.handle_async_request(request)
        try:
            if answer.headers.get("content-encoding", "identity") != "identity":
                raise AnswerTooLarge("content-encoding")
            taken = bytearray()
            async for part in answer.aiter_raw():
                taken += part
                if len(taken) > self._max_bytes:
                    raise AnswerTooLarge("size")
        finally:
            await answer.aclose()
        return httpx2.Response(
            status_code=answer.status_code, headers=answer.headers, stream=httpx2.ByteStream(bytes(taken))
        )

    def close(self) -> None:
        """Close every connection."""
        self._loop.run_until_complete(self._inner.aclose())
        # A look-up of a name that still hangs in its thread is not waited for.
        self._loop.close()

"""The outermost ring: size of bodies, time of bodies, known hosts, one id per request.

Plain ASGI, because it must act before anything reads a byte of the body.
"""

from __future__ import annotations

import asyncio
import re
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.errors import CreditDocError, MalformedInput, Refused

KIB: Final = 1024
MIB: Final = 1024 * KIB
DEFAULT_BYTES: Final = 64 * KIB
LIMITS: Final[tuple[tuple[str, int], ...]] = (
    # path prefix: largest body. The longest matching prefix holds.
    ("/verify", 64 * MIB),
    ("/batch", 210 * MIB),
    ("/api/v1/verifications", 21 * MIB),
    ("/window", 12 * MIB),
)
BODY_SECONDS: Final = 60.0
"""Longest time a client may take to send its body; slower ones are let go."""
_HOST: Final = re.compile(r"[a-z0-9.\-]{1,253}(:[0-9]{1,5})?|\[[0-9a-f:]+\](:[0-9]{1,5})?", re.IGNORECASE)


class TooLarge(MalformedInput):
    """The body is larger than this path takes; answered with 413."""


def limit_of(path: str) -> int:
    """Give the largest body that ``path`` takes, in bytes."""
    fitting = [(len(prefix), size) for prefix, size in LIMITS if path.startswith(prefix)]
    return max(fitting)[1] if fitting else DEFAULT_BYTES


class Guard:
    """Refuses what is too large, too slow or addressed to somebody else, before it is read."""

    def __init__(self, app: ASGIApp, *, hosts: frozenset[str], body_seconds: float = BODY_SECONDS) -> None:
        """Guard ``app``; ``hosts`` empty takes every well-formed Host header."""
        self._app, self._hosts, self._seconds = app, hosts, body_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with a ``receive`` that counts and watches the clock."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})["refused"] = self._refusal(scope)
        limit = limit_of(scope["path"])
        until = asyncio.get_running_loop().time() + self._seconds
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            left = until - asyncio.get_running_loop().time()
            try:
                message = await asyncio.wait_for(receive(), left) if left > 0 else None
            except TimeoutError:
                message = None
            if message is None:
                raise refused(MalformedInput("body_too_slow", seconds=int(self._seconds)))
            seen += len(message.get("body", b""))
            if seen > limit:
                raise refused(TooLarge("body_too_large", limit_kib=limit // KIB))
            return message

        def refused(error: CreditDocError) -> CreditDocError:
            # Readers of forms take whatever is raised here for a malformed body: the ring looks here.
            scope["state"]["refused"] = error
            return error

        # Once the body is read, waiting for a disconnect may take as long as the answer does.
        await self._app(scope, _until_whole(counted, receive), send)

    def _refusal(self, scope: Scope) -> CreditDocError | None:
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if not _HOST.fullmatch(host):
            return MalformedInput("host_header")
        if self._hosts and host.rpartition(":")[0] not in self._hosts and host not in self._hosts:
            return Refused("host_unknown_here")
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > limit_of(scope["path"]):
            return TooLarge("body_too_large", limit_kib=limit_of(scope["path"]) // KIB)
        return None


def _until_whole(counted: Receive, plain: Receive) -> Receive:
    done = False

    async def receive() -> Message:
        nonlocal done
        if done:
            return await plain()
        message = await counted()
        done = not message.get("more_body", False)
        return message

    return receive

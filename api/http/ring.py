"""The ring around every answer: id, nonce, the refusals known beforehand, headers, the line in the log.

Plain ASGI: Starlette's own way to write middleware runs what it wraps in a second task and hands each
message from one to the other, which cost a third of a small answer.
"""

from __future__ import annotations

import time

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http import problems
from api.http.request_log import answered
from api.http.security import headers_for, nonce_from, require_same_site
from api.http.web import Web
from domain.errors import CreditDocError


class Ring:
    """Lets a request through, and every answer, ours or a refusal, out with what each answer carries."""

    def __init__(self, app: ASGIApp, *, web: Web) -> None:
        """Stand around ``app``, inside :class:`api.http.guard.Guard`, which says what is refused."""
        self._app, self._web = app, web

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request, entropy = Request(scope, receive), self._web.context.entropy
        request.state.request_id = entropy(8).hex()
        request.state.nonce = nonce_from(entropy(18))
        request.state.error_code = None
        out = _Out(request, send, tls=not self._web.loopback)
        response = await self._passed(request, receive, out)
        if response is not None:
            await response(scope, receive, out.ours)

    async def _passed(self, request: Request, receive: Receive, out: _Out) -> Response | None:
        """Let the request through; give what is to be answered in the place of what came of it."""
        try:
            if (refused := _refused(request)) is not None:
                raise refused
            require_same_site(request)
            await self._app(request.scope, receive, out.theirs)
        except CreditDocError as error:
            if out.started:
                raise
            return problems.answer(request, error)
        except Exception as error:
            if out.started:
                raise
            if _refused(request) is None:
                return problems.unforeseen(request, error)
        # Refused while the body was read, whatever the reader of the body made of that.
        stopped = _refused(request)
        return None if out.started or stopped is None else problems.answer(request, stopped)


class _Out:
    """Sends one answer, with the headers that each answer carries, and notes it when it begins."""

    def __init__(self, request: Request, send: Send, *, tls: bool) -> None:
        self._request, self._send, self._tls = request, send, tls
        self._began = time.perf_counter()
        self.started = False

    async def theirs(self, message: Message) -> None:
        """Send what the application answers, unless the request was refused before its answer began."""
        if self.started or _refused(self._request) is None:
            await self.ours(message)

    async def ours(self, message: Message) -> None:
        """Send."""
        if message["type"] == "http.response.start":
            self.started = True
            message = {**message, "headers": self._headers(message)}
            seconds = time.perf_counter() - self._began
            answered(self._request, message["status"], seconds, self._request.state.error_code)
        await self._send(message)

    def _headers(self, message: Message) -> list[tuple[bytes, bytes]]:
        given: list[tuple[bytes, bytes]] = [*message.get("headers", ())]
        names = {name.lower() for name, _ in given}
        state = self._request.state
        usual = headers_for(state.nonce, tls=self._tls) | {"X-Request-Id": state.request_id}
        for name, value in usual.items():
            raw = name.lower().encode("latin-1")
            if raw not in names:
                given.append((raw, value.encode("latin-1")))
        return given


def _refused(request: Request) -> CreditDocError | None:
    refused: CreditDocError | None = request.state.refused
    return refused

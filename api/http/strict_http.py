"""How bytes of a connection become requests: llhttp reads them, and what it leaves open is closed here.

llhttp refuses two lengths, a length beside chunks, folded fields and bare line feeds.  Refused here:
a second Host, other transfer codings than ``chunked``, a body behind an upgrade, targets that are no
path of ours, other versions than 1.0 and 1.1, and heads, trailers or chunk extensions without an end.
Trailers are read and dropped: who checks a request's fields has looked at them before any trailer came
(RFC 9110, 6.5.1).
"""

from __future__ import annotations

from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

MAX_IDLE_BYTES: Final = 16 * 1024
"""Bytes that may come without a head or a piece of a body being complete by them."""
_VERSIONS: Final = frozenset({"1.0", "1.1"})
_BODIES: Final = frozenset({b"content-length", b"transfer-encoding"})


class Unclear(Exception):
    """Two readers could read this request in two ways; the connection is answered 400 and closed."""


class StrictHttp(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *words: Any, **named: Any) -> None:
        """As uvicorn makes it."""
        super().__init__(*words, **named)
        self._idle, self._in_head = 0, True

    def data_received(self, data: bytes) -> None:
        """Read what came; a client that sends and sends and completes nothing is let go."""
        self._idle += len(data)
        super().data_received(data)
        if self._idle <= MAX_IDLE_BYTES or self.transport.is_closing():
            return
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request
        if cycle is None or cycle.response_complete:
            self.send_400_response("Invalid HTTP request received.")
        else:
            self.transport.abort()

    def on_message_begin(self) -> None:
        """A request begins."""
        self._in_head = True
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a field of the head; raises Unclear."""
        if not self._in_head:
            return
        word = name.lower()
        if word == b"host" and any(known == b"host" for known, _ in self.headers):
            raise Unclear("host")
        if word == b"transfer-encoding" and value.strip().lower() != b"chunked":
            raise Unclear("transfer-encoding")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole; raises Unclear."""
        self._idle, self._in_head = 0, False
        upgrade = self.parser.should_upgrade()
        if self.parser.get_http_version() not in _VERSIONS:
            raise Unclear("version")
        if not self.url.startswith(b"/") or b"#" in self.url:
            raise Unclear("target")
        if upgrade and any(name in _BODIES for name, _ in self.headers):
            raise Unclear("upgrade")
        super().on_headers_complete()
        if upgrade:
            # Nothing is upgraded here, and what follows such a head is no request of ours.
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self._idle = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._idle = 0
        super().on_message_complete()

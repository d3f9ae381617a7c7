"""One POST to one checked address: TLS verified for the name, bounded in time and size, no redirect.

The standard library's client is used because it lets the caller make the connection: to the address
that was looked at, while certificate and ``Host`` are those of the name.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from api.services.watching.addresses import Target, addresses_of
from domain.errors import CreditDocError

MAX_ANSWER: Final = 4096
"""Bytes of an answer that are read; a receiver has nothing to tell but that it took the message."""
MAX_TRIED: Final = 2
"""Addresses of one name that are tried in one go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far messages go, as the house's settings say."""

    private: bool
    """Loopback and private networks may be connected to: a demo house, and a setting that says so."""
    ca_pem: str | None
    """Authorities believed beside the system's, PEM."""
    seconds: float
    """For the whole exchange."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How one POST went."""

    code: str
    """``answered``, or why no answer came: ``endpoint_unreachable``, ``endpoint_not_public``,
    ``endpoint_tls``, ``endpoint_timeout``, ``endpoint_answer``."""
    status: int | None = None
    body: bytes = b""
    ms: int = 0

    @property
    def taken(self) -> bool:
        """Whether the receiver said that it has the message (any 2xx)."""
        return self.status is not None and 200 <= self.status < 300


class Post(Protocol):
    """What sends a message; :func:`post` with the house's reach is the only one outside tests."""

    def __call__(self, target: Target, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send ``body`` and say how it went; never raises for what the other side does."""


def poster(reach: Reach) -> Post:
    """Give what sends within ``reach``."""

    def send(target: Target, body: bytes, headers: Mapping[str, str]) -> Answer:
        return post(reach, target, body, headers)

    return send


def post(reach: Reach, target: Target, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send ``body`` to ``target`` and give the answer; whatever goes wrong is an answer with its code."""
    began = time.monotonic()

    def answer(code: str, status: int | None = None, data: bytes = b"") -> Answer:
        ms = round((time.monotonic() - began) * 1000)
        return Answer(code=code, status=status, body=data, ms=ms)

    try:
        addresses = addresses_of(target, private=reach.private)
    except CreditDocError as error:
        return answer(error.code)
    trust = _trust(reach)
    code = "endpoint_unreachable"
    for address in addresses[:MAX_TRIED]:
        left = reach.seconds - (time.monotonic() - began)
        if left <= 0:
            return answer("endpoint_timeout")
        connection = _Pinned(target, address, trust, left)
        try:
            return answer("answered", *connection.exchange(body, headers))
        except ssl.SSLError:
            code = "endpoint_timeout" if connection.late else "endpoint_tls"
        except TimeoutError:
            code = "endpoint_timeout"
        except (http.client.HTTPException, ValueError):
            code = "endpoint_timeout" if connection.late else "endpoint_answer"
        except OSError:
            code = "endpoint_timeout" if connection.late else "endpoint_unreachable"
        finally:
            connection.close()
        if connection.connected:
            # It was there and failed: another of its addresses would be the same receiver twice.
            break
    return answer(code)


def _trust(reach: Reach) -> ssl.SSLContext:
    trust = ssl.create_default_context()
    trust.minimum_version = ssl.TLSVersion.TLSv1_2
    if reach.ca_pem is not None:
        trust.load_verify_locations(cadata=reach.ca_pem)
    return trust


class _Pinned(http.client.HTTPSConnection):
    """A connection to one address under the name's certificate, cut off when its time is over."""

    def __init__(self, target: Target, address: str, trust: ssl.SSLContext, seconds: float) -> None:
        super().__init__(target.host, target.port, timeout=seconds, context=trust)
        self._target, self._address, self._trust, self._seconds = target, address, trust, seconds
        self.late = False
        self.connected = False

    def exchange(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Give status and the first bytes of the answer."""
        until = time.monotonic() + self._seconds
        self._open()
        assert self.sock is not None
        # A socket's own time-out starts anew with each byte; a slow drip must not hold a worker.
        watch = threading.Timer(until - time.monotonic(), self._cut)
        watch.daemon = True
        watch.start()
        try:
            self.sock.do_handshake()
            self.request("POST", self._target.path, body, {**headers, "Connection": "close"})
            answer = self.getresponse()
            return answer.status, answer.read(MAX_ANSWER)
        finally:
            watch.cancel()

    def _open(self) -> None:
        plain = socket.create_connection((self._address, self._target.port), self._seconds)
        self.connected = True
        try:
            self.sock = self._trust.wrap_socket(
                plain, server_hostname=self._target.host, do_handshake_on_connect=False
            )
        except BaseException:
            plain.close()
            raise

    def _cut(self) -> None:
        self.late = True
        held: Callable[[socket.socket, int], None] = socket.socket.shutdown
        if self.sock is not None:
            try:
                # The base class's: an SSL socket's own would take the TLS state from under the reader.
                held(self.sock, socket.SHUT_RDWR)
            except OSError:
                return

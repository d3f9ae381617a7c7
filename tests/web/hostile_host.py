"""A host that answers a verifier in every wrong way, and one beside it that nobody may contact."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

_HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/statuslist+jwt\r\n"
_LARGE: Final = b"." * (2 * 2**20 + 1)


def _oversize(wire: socket.socket, _: str) -> None:
    wire.sendall(_HEAD + b"Content-Length: %d\r\n\r\n" % len(_LARGE) + _LARGE)


def _endless(wire: socket.socket, _: str) -> None:
    wire.sendall(_HEAD + b"\r\n")
    while True:
        wire.sendall(b"." * 65536)


def _bomb(wire: socket.socket, _: str) -> None:
    packed = gzip.compress(b"." * (64 * 2**20))
    wire.sendall(_HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed)


def _slow_body(wire: socket.socket, _: str) -> None:
    wire.sendall(_HEAD + b"\r\n")
    while True:
        wire.sendall(b".")
        time.sleep(0.2)


def _slow_head(wire: socket.socket, _: str) -> None:
    wire.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        wire.sendall(b".")
        time.sleep(0.2)


def _silent(wire: socket.socket, _: str) -> None:
    while wire.recv(4096):
        pass


def _hangs_up(wire: socket.socket, _: str) -> None:
    wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")


def _elsewhere(wire: socket.socket, other: str) -> None:
    wire.sendall(f"HTTP/1.1 302 Found\r\nLocation: http://{other}/checkpoint\r\n\r\n".encode())


def _page(wire: socket.socket, _: str) -> None:
    wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>")


def _fault(wire: socket.socket, _: str) -> None:
    wire.sendall(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n")


def _no_http(wire: socket.socket, _: str) -> None:
    wire.sendall(b"\x00\xff SSH-2.0\r\n\r\n")


WAYS: Final[dict[str, Callable[[socket.socket, str], None]]] = {
    "oversize": _oversize, "endless": _endless, "bomb": _bomb, "slow body": _slow_body, "slow head": _slow_head,
    "silent": _silent, "hangs up": _hangs_up, "sent elsewhere": _elsewhere, "a page": _page, "fault": _fault,
    "no http": _no_http,
}  # fmt: skip


@dataclass
class Hostile:
    """Where it stands, and who was contacted."""

    way: str
    port: int = 0
    asked: list[str] = field(default_factory=list)
    """First lines of the requests that it got."""
    strayed: list[str] = field(default_factory=list)
    """Requests that the other host got: there must be none."""
    other: str = ""


@contextmanager
def hostile(way: str, port: int = 0) -> Iterator[Hostile]:
    """A host on ``127.0.0.1:port`` that answers that way, and another on 127.0.0.2."""
    made = Hostile(way)
    with socket.create_server(("127.0.0.1", port)) as here, socket.create_server(("127.0.0.2", 0)) as there:
        made.port = here.getsockname()[1]
        made.other = f"127.0.0.2:{there.getsockname()[1]}"
        for listening, seen in ((here, made.asked), (there, made.strayed)):
            threading.Thread(target=_serve, args=(listening, made, seen), daemon=True).start()
        try:
            yield made
        finally:
            for listening in (here, there):
                with suppress(OSError):
                    listening.shutdown(socket.SHUT_RDWR)


def _serve(listening: socket.socket, made: Hostile, seen: list[str]) -> None:
    while True:
        try:
            wire, _ = listening.accept()
        except OSError:
            return
        threading.Thread(target=_one, args=(wire, made, seen), daemon=True).start()


def _one(wire: socket.socket, made: Hostile, seen: list[str]) -> None:
    with wire, suppress(OSError):
        wire.settimeout(30)
        asked = b""
        while b"\r\n\r\n" not in asked and (part := wire.recv(4096)):
            asked += part
        seen.append(asked.split(b"\r\n")[0].decode("latin-1"))
        WAYS[made.way](wire, made.other)

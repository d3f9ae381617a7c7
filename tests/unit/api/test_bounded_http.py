"""Whoever is asked over HTTP cannot hold the asker: not with bytes, time, packing or another address."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from api.services.log.outgoing import HttpOutgoing
from domain.errors import DependencyUnavailable


@contextmanager
def _other_side(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                peer, _ = listening.accept()
                with peer:
                    peer.recv(65536)
                    answer(peer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/log/checkpoint"
        listening.close()
        thread.join(10)


def _drip(peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(100):
        peer.sendall(b"x")
        time.sleep(0.05)


def _says(head: bytes, body: bytes = b"") -> Callable[[socket.socket], None]:
    return lambda peer: peer.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)


def test_what_was_said_is_given() -> None:
    said = _says(b"HTTP/1.1 404 Not Found\r\nContent-Type: Text/Plain; charset=utf-8\r\n", b"none")
    with _other_side(said) as url, HttpOutgoing(5, 1000) as outgoing:
        answer = outgoing.get(url)
    assert (answer.status, answer.kind, answer.body) == (404, "text/plain", b"none")


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (_drip, "ReadTimeout"),
        (_says(b"HTTP/1.1 200 OK\r\n", bytes(2000)), "AnswerTooLarge"),
        (_says(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n", bytes(10)), "AnswerTooLarge"),
        (lambda peer: None, "RemoteProtocolError"),
    ],
    ids=["a drip", "too much", "packed", "nothing"],
)
def test_an_answer_ends_within_its_bounds(answer: Callable[[socket.socket], None], cause: str) -> None:
    began = time.monotonic()
    with (
        _other_side(answer) as url,
        HttpOutgoing(1, 1000) as outgoing,
        pytest.raises(DependencyUnavailable, match="log_unreachable") as caught,
    ):
        outgoing.get(url)
    assert caught.value.fields["cause"] == cause
    # The drip would go on for five seconds: each byte comes long before a socket's own time-out.
    assert time.monotonic() - began < 10


def test_a_redirect_is_an_answer_and_not_followed() -> None:
    moved = _says(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\n")
    with _other_side(moved) as url, HttpOutgoing(5, 1000) as outgoing:
        assert outgoing.get(url).status == 302

"""Whoever is asked over HTTP cannot hold the asker: not with bytes, time, packing or another address."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress

import pytest

from api.services.log.outgoing import HttpOutgoing
from domain.errors import DependencyUnavailable
from tests.web.hostile_host import WAYS, hostile

TAKEN = {"a page", "fault", "sent elsewhere"}
"""Answers like any other: what they say is the asker's to judge, and a redirect is not followed."""
SECONDS = 1.0


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
        (_says(b"HTTP/1.1 200 OK\r\n", bytes(2000)), "AnswerTooLarge"),
        (_says(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n", bytes(10)), "AnswerTooLarge"),
        (lambda peer: None, "RemoteProtocolError"),
    ],
    ids=["too much", "packed", "nothing"],
)
def test_an_answer_ends_within_its_bounds(answer: Callable[[socket.socket], None], cause: str) -> None:
    with (
        _other_side(answer) as url,
        HttpOutgoing(1, 1000) as outgoing,
        pytest.raises(DependencyUnavailable, match="log_unreachable") as caught,
    ):
        outgoing.get(url)
    assert caught.value.fields["cause"] == cause


@pytest.mark.parametrize("way", sorted(WAYS))
def test_no_host_holds_the_asker(way: str) -> None:
    """Each byte of a drip, of the head or of the body, comes long before a socket's own time-out."""
    with hostile(way) as host, HttpOutgoing(SECONDS, 2**20) as outgoing:
        began = time.monotonic()
        with pytest.raises(DependencyUnavailable) if way not in TAKEN else nullcontext() as caught:
            outgoing.get(f"http://127.0.0.1:{host.port}/log/checkpoint")
        assert time.monotonic() - began < 10 * SECONDS
    if way in {"slow head", "slow body", "silent"}:
        assert caught is not None
        assert caught.value.fields["cause"] == "ReadTimeout"
    assert (len(host.asked), host.strayed) == (1, [])


def test_a_host_that_dripped_can_be_asked_again() -> None:
    with hostile("slow head") as host, HttpOutgoing(0.5, 1000) as outgoing:
        url = f"http://127.0.0.1:{host.port}/log/checkpoint"
        for _ in range(2):
            with pytest.raises(DependencyUnavailable):
                outgoing.get(url)
        host.way = "a page"
        assert outgoing.get(url).body == b"<html>"


def test_a_redirect_is_an_answer_and_not_followed() -> None:
    moved = _says(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\n")
    with _other_side(moved) as url, HttpOutgoing(5, 1000) as outgoing:
        assert outgoing.get(url).status == 302

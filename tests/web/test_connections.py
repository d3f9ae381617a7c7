"""What the served house takes for a request: raw bytes on a socket, as a hostile client sends them."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest

from tests.web.service import Served

BODY = b'{"sha256":"' + b"0" * 64 + b'"}'
CHUNKS = b"%x\r\n%s\r\n0\r\n" % (len(BODY), BODY)
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked\r\n"
HOST = b"Host: house.example\r\n"


def post(*fields: bytes, body: bytes = BODY, version: bytes = b"1.1", target: bytes = b"") -> bytes:
    line = b"POST %s HTTP/%s\r\n" % (target or b"/api/v1/verifications", version)
    return line + b"Content-Type: application/json\r\n" + b"".join(fields) + b"\r\n" + body


def answered(service: Served, data: bytes, *, close: bool = False) -> bytes:
    """All that comes back, until the service closes or the answer's own end."""
    at = urlsplit(service.address)
    assert at.hostname is not None
    got = b""
    with socket.create_connection((at.hostname, at.port or 80), timeout=30) as wire:
        try:
            wire.sendall(data)
            while close or (b"}" not in got and b"\r\n0\r\n" not in got):
                part = wire.recv(65_536)
                if not part:
                    break
                got += part
        except ConnectionError:
            got += b"[cut]"
    return got


@pytest.mark.parametrize(
    "data",
    [
        post(HOST, LENGTH),
        post(HOST, LENGTH, version=b"1.0"),
        post(HOST, CHUNKED, body=CHUNKS + b"\r\n"),
        post(HOST, LENGTH, b"Expect: 100-continue\r\n"),
        b"\r\n" + post(HOST, LENGTH),
    ],
)
def test_a_plain_request_is_answered(service: Served, data: bytes) -> None:
    assert b"200 OK" in answered(service, data)


@pytest.mark.parametrize(
    "data",
    [
        post(HOST, HOST, LENGTH),
        post(HOST, LENGTH, LENGTH),
        post(HOST, LENGTH, b"Content-Length: 5\r\n"),
        post(HOST, b"Content-Length: +%d\r\n" % len(BODY)),
        post(HOST, LENGTH, CHUNKED),
        post(HOST, CHUNKED, LENGTH, body=CHUNKS + b"\r\n"),
        post(HOST, b"Transfer-Encoding: gzip, chunked\r\n", body=CHUNKS + b"\r\n"),
        post(HOST, CHUNKED, CHUNKED, body=CHUNKS + b"\r\n"),
        post(HOST, LENGTH, b"Connection: upgrade\r\nUpgrade: h2c\r\n"),
        post(HOST, LENGTH, b"X-A: b\r\n c\r\n"),
        post(HOST, LENGTH, b"X-A : b\r\n"),
        post(HOST, LENGTH, b"X-A: b\x00c\r\n"),
        post(HOST, LENGTH, b"X-A: b\nX-B: c\r\n"),
        post(HOST, LENGTH).replace(b"\r\n", b"\n"),
        post(HOST, LENGTH, version=b"1.2"),
        post(HOST, LENGTH, version=b"2.0"),
        post(HOST, LENGTH, target=b"http://other.example/api/v1/verifications"),
        post(HOST, LENGTH, target=b"/api/v1/verifications#x"),
        post(HOST, LENGTH, target=b"*"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused_and_the_connection_closed(
    service: Served, data: bytes
) -> None:
    got = answered(service, data + post(HOST, LENGTH), close=True)
    assert got.startswith(b"HTTP/1.1 400 ") and b"200 OK" not in got


def test_a_request_without_host_is_refused(service: Served) -> None:
    assert b'"host_header"' in answered(service, post(LENGTH))


def test_a_trailer_is_no_field_of_the_request(service: Served) -> None:
    # As a field of the head this cookie would have the request refused: ``cross_site``.
    sent = post(HOST, CHUNKED, body=CHUNKS + b"Cookie: session=x\r\n\r\n")
    assert b"200 OK" in answered(service, sent)
    assert b'"cross_site"' in answered(service, post(HOST, LENGTH, b"Cookie: session=x\r\n"))


@pytest.mark.parametrize(
    "data",
    [
        b"GET /" + b"a" * 3_000_000,
        b"GET / HTTP/1.1\r\nX-A: " + b"a" * 3_000_000,
        post(HOST, CHUNKED, body=CHUNKS + b"X-A: b\r\n" * 300_000),
        post(HOST, CHUNKED, body=b"5;" + b"a" * 3_000_000),
    ],
)
def test_what_has_no_end_is_cut_off(service: Served, data: bytes) -> None:
    got = answered(service, data, close=True)
    assert b"200 OK" not in got
    with service.client() as client:
        assert client.get("/healthz").is_success


def test_two_requests_behind_each_other_are_both_answered(service: Served) -> None:
    last = b"GET /healthz HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
    got = answered(service, b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n" + last, close=True)
    assert got.count(b"200 OK") == 2

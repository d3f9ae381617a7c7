"""An outside time-stamp authority that answers as a test wishes."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from asn1crypto import cms, tsp

SHA256_OID = bytes.fromhex("0609608648016503040201")
IMPRINT = hashlib.sha256(b"a signature value").digest()
Answer = Callable[[bytes], tuple[int, str, bytes]]


def content_of(token: bytes) -> cms.SignedData:
    return cms.ContentInfo.load(token, strict=True)["content"]


class Outer:
    """A loopback HTTP server whose answer a test chooses."""

    def __init__(self) -> None:
        self.answer: Answer = lambda body: (500, "text/plain", b"")
        self.asked: list[bytes] = []
        self.drip = 0.0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.asked.append(body)
                status, kind, data = outer.answer(body)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                if status in (301, 302, 307):
                    self.send_header("Location", data.decode())
                    data = b""
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                with suppress(OSError):  # the stamper may have hung up by now
                    for place in range(0, len(data), 8 if outer.drip else len(data)):
                        time.sleep(outer.drip)
                        self.wfile.write(data[place : place + (8 if outer.drip else len(data))])

            def log_message(self, *_: object) -> None:
                """Keep the test's output quiet."""

        class Quiet(ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                """The stamper hung up, as the test wants it to."""

        self.http = Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/tsa"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


def reply(token: bytes, status: int = 0) -> tuple[int, str, bytes]:
    der = tsp.TimeStampResp(
        {"status": {"status": status}, "time_stamp_token": cms.ContentInfo.load(token)}
    ).dump()
    return 200, "application/timestamp-reply", der


def asked(body: bytes) -> tuple[bytes, int | None]:
    request = tsp.TimeStampReq.load(body, strict=True)
    assert request["cert_req"].native is True
    return request["message_imprint"]["hashed_message"].native, request["nonce"].native

"""An OpenID provider that answers wrongly, in one way at a time."""

from __future__ import annotations

import base64
import gzip
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

KEY = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
OTHER = RSAKey.generate_key(2048, {"kid": "other"}, private=True)


@dataclass
class Hostile:
    """What the next answers look like; ``ask`` remembers what the house sent to the browser."""

    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    way: str = ""
    nonce: str = ""
    requests: list[str] = field(default_factory=list)

    def id_token(self) -> str:
        now = int(time.time())
        body = {
            "iss": self.issuer, "aud": "daizheng", "sub": "ann", "exp": now + 300, "iat": now, "auth_time": now,
            "nonce": self.nonce, "name": "安某", "role": "enterprise", "uscc": "91140105MA0XXXXX1X",
        } | self.claims  # fmt: skip
        body = {name: value for name, value in body.items() if name not in self.without}
        if self.way == "none":
            return f"{_b64({'alg': 'none'})}.{_b64(body)}."
        if self.way == "hs256":
            # The public key's text as a shared secret: the classical confusion of algorithms.
            signed = f"{_b64({'alg': 'HS256', 'kid': 'one'})}.{_b64(body)}"
            mac = hmac.digest(KEY.as_pem(private=False), signed.encode(), "sha256")
            return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
        if self.way == "other key":
            return jwt.encode({"alg": "RS256", "kid": "other"}, body, OTHER)
        if self.way == "other key, same name":
            return jwt.encode({"alg": "RS256", "kid": "one"}, body, OTHER)
        token = jwt.encode({"alg": "RS256", "kid": "one"}, body, KEY)
        if self.way == "one bit":
            return token[:-10] + ("A" if token[-10] != "A" else "B") + token[-9:]
        return token

    def metadata(self) -> dict[str, Any]:
        made = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }
        if self.way == "other issuer":
            made["issuer"] = "https://evil.example"
        if self.way == "token elsewhere":
            made["token_endpoint"] = "http://169.254.169.254/latest"
        if self.way == "keys elsewhere":
            made["jwks_uri"] = "file:///etc/passwd"
        return made


def _b64(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


class _Handler(BaseHTTPRequestHandler):
    hostile: Hostile

    def do_GET(self) -> None:
        self.hostile.requests.append(self.path)
        if self.path.endswith("openid-configuration"):
            if self.hostile.way == "no metadata":
                self._send(b"<html>down for maintenance", 200)
            else:
                self._json(self.hostile.metadata())
        elif self.hostile.way == "keys are a list":
            self._json([1, 2])
        elif self.hostile.way == "keys are broken":
            self._json({"keys": [{"kty": "RSA", "n": "!", "e": 3}]})
        else:
            self._json({"keys": [KEY.as_dict(private=False)]})

    def do_POST(self) -> None:
        self.hostile.requests.append(self.path)
        self.rfile.read(int(self.headers.get("content-length", 0)))
        way = self.hostile.way
        if way == "hang up":
            self.close_connection = True
            return
        if way == "huge":
            self._send(b'{"id_token":"' + b"x" * 5_000_000 + b'"}', 200)
        elif way == "bomb":
            self._send(gzip.compress(b" " * 50_000_000 + b"{}"), 200, {"Content-Encoding": "gzip"})
        elif way == "slow":
            self._drip()
        elif way == "error 500":
            self._send(b"no", 500)
        elif way == "declined":
            self._json({"error": "invalid_grant"}, 400)
        elif way == "a list":
            self._json([1])
        elif way == "no json":
            self._send(b"\xff\xfe", 200)
        elif way == "elsewhere":
            self._send(b"", 302, {"Location": "http://169.254.169.254/"})
        elif way == "no token":
            self._json({"access_token": "x", "token_type": "Bearer"})
        elif way == "token is a number":
            self._json({"access_token": "x", "token_type": "Bearer", "id_token": 7})
        else:
            self._json({"access_token": "x", "token_type": "Bearer", "id_token": self.hostile.id_token()})

    def _json(self, value: Any, status: int = 200) -> None:
        self._send(json.dumps(value).encode(), status, {"Content-Type": "application/json"})

    def _send(self, body: bytes, status: int, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(body)

    def _drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        with suppress(OSError):
            for _ in range(100):
                self.wfile.write(b" ")
                time.sleep(0.1)

    def log_message(self, *_: Any) -> None:
        return


@contextmanager
def hostile_provider() -> Iterator[Hostile]:
    """The provider on a free port of this machine."""
    hostile = Hostile()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hostile": hostile}))
    hostile.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield hostile
    finally:
        server.shutdown()
        server.server_close()

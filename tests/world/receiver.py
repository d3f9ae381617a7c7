"""A receiver's endpoint as a receiver would run it: https, and messages checked by the reference library."""

from __future__ import annotations

import ipaddress
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from standardwebhooks import Webhook


@dataclass
class Message:
    """One request that came."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def said(self) -> dict[str, Any]:
        """The body's JSON."""
        decoded: dict[str, Any] = json.loads(self.body)
        return decoded

    def verified(self, secret: str) -> dict[str, Any]:
        """The body's JSON, once the reference library has found the signature good."""
        found: dict[str, Any] = Webhook(secret).verify(self.body, self.headers)
        return found


@dataclass
class Receiver:
    """An endpoint; ``answer`` decides how it answers whatever is no challenge."""

    url: str
    ca_pem: str
    came: list[Message] = field(default_factory=list)
    answer: Callable[[Message], int] = lambda _message: 204
    echo: bool = True
    """False: it does not answer challenges."""

    @property
    def changes(self) -> list[Message]:
        """What came, without the challenges."""
        return [message for message in self.came if message.said["type"] == "report.changed"]


@contextmanager
def receiving(folder: Path) -> Iterator[Receiver]:
    """A receiver on a free port of this machine, under an authority of its own."""
    key_file, ca_pem = certificate(folder)
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.load_cert_chain(key_file)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.socket = trust.wrap_socket(server.socket, server_side=True)
    server.daemon_threads = True
    receiver = Receiver(f"https://localhost:{server.server_port}/hooks/daizheng?of=bank", ca_pem)
    server.receiver = receiver  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        receiver: Receiver = self.server.receiver  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["content-length"]))
        message = Message({name.lower(): value for name, value in self.headers.items()}, body)
        receiver.came.append(message)
        if message.said["type"] == "endpoint.challenge":
            said = {"challenge": message.said["data"]["challenge"] if receiver.echo else "?"}
            self._answer(200, json.dumps(said).encode())
            return
        status = receiver.answer(message)
        self._answer(status, b"", {"Location": "https://localhost:1/"} if status == 302 else {})

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


def dripping(seconds: float) -> Callable[[Message], int]:
    """An answer that does not come within ``seconds``."""

    def wait(_message: Message) -> int:
        time.sleep(seconds)
        return 204

    return wait


def certificate(folder: Path, *, host: str = "localhost") -> tuple[Path, str]:
    """A file with key and certificate of ``host``, and the PEM of the authority that made it."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
    now = datetime.now(UTC)

    def made(subject: x509.Name, public: Any) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(ca_name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
        )

    usage = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
        decipher_only=False,
    )  # fmt: skip
    ca = (
        made(ca_name, ca_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    names: list[x509.GeneralName] = [
        x509.DNSName(host),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    ]
    leaf = (
        made(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]), key.public_key())
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
        )
        .sign(ca_key, hashes.SHA256())
    )
    path = folder / "receiver.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + leaf.public_bytes(Encoding.PEM)
    )
    return path, ca.public_bytes(Encoding.PEM).decode()

"""What the gate compares with: certificates pinned by the trust bundle, ready as bytes.

Pinned means byte for byte and for one role; a name never counts (threats 1 and 11).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from domain import der
from domain.errors import MalformedInput
from domain.identifiers import key_id
from domain.trust_format import Service, TrustBundle

REPORT = "report"
TIMESTAMP = "timestamp"
QR = "qr"
RECEIPT = "receipt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One certificate that may sign something, with the chain that must stand beside it."""

    role: str
    service: Service
    cert: bytes
    """DER."""
    chain: tuple[bytes, ...]
    """DER from the issuer upward, without the anchor."""
    sid: bytes
    """DER of its IssuerAndSerialNumber, as a CMS names it."""
    issuer: bytes
    """DER of the certificate's issuer name."""
    serial: int
    sha256: str
    """Of ``cert``, lower-case hex."""
    key_id: bytes
    """First 8 bytes of SHA-256 of its SubjectPublicKeyInfo."""
    elliptic: bool
    """True for an ECDSA key on P-256, False for RSA."""
    halves: tuple[bytes, ...]
    """The certificate's halves, as bytes and as hex in either case; one flipped bit breaks one half."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """Every pinned certificate of a bundle, by what it is for."""

    report: tuple[Pin, ...]
    timestamp: tuple[Pin, ...]
    qr: tuple[Pin, ...]
    receipt: tuple[Pin, ...]
    roles: Mapping[bytes, str]
    """SHA-256 of every certificate of the bundle (anchors as ``root``) to its role."""

    def role_of(self, cert: bytes) -> str | None:
        """Return the role a certificate is pinned to, None for a stranger's."""
        return self.roles.get(sha256(cert).digest())


def make_pins(bundle: TrustBundle) -> Pins:
    """Return the pins of an opened trust bundle."""
    roles: dict[bytes, str] = {}
    for service in bundle.services:
        for above in service.chain:
            roles[sha256(above).digest()] = "issuing"
    roles |= {sha256(service.cert).digest(): service.role for service in bundle.services}
    roles |= {sha256(anchor).digest(): "root" for anchor in bundle.anchors}

    def of(role: str) -> tuple[Pin, ...]:
        return tuple(_pin(service) for service in bundle.services if service.role == role)

    return Pins(report=of(REPORT), timestamp=of(TIMESTAMP), qr=of(QR), receipt=of(RECEIPT), roles=roles)


def _pin(service: Service) -> Pin:
    cert = x509.load_der_x509_certificate(service.cert)
    key = cert.public_key()
    middle = len(service.cert) // 2
    halves = (service.cert[:middle], service.cert[middle:])
    hexes = [half.hex().encode() for half in halves]
    return Pin(
        role=service.role,
        service=service,
        cert=service.cert,
        chain=service.chain,
        sid=sid_of(service.cert),
        issuer=cert.issuer.public_bytes(),
        serial=cert.serial_number,
        sha256=sha256(service.cert).hexdigest(),
        key_id=key_id(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)),
        elliptic=isinstance(key, ec.EllipticCurvePublicKey),
        halves=(*(text.upper() for text in hexes), *hexes, *halves),
    )


def sid_of(cert: bytes) -> bytes:
    """Return IssuerAndSerialNumber of a certificate's bytes (RFC 5280: serial, then issuer)."""
    (tbs, *_) = der.children(der.whole(cert, der.SEQUENCE).body)
    fields = der.children(tbs.body)
    if fields and fields[0].tag == der.CONTEXT_0:
        fields = fields[1:]
    if len(fields) < 3:
        raise MalformedInput("der_malformed", at=0)
    return der.tlv(der.SEQUENCE, fields[2].raw, fields[0].raw)

"""What the gate compares with: certificates pinned by the trust bundle, ready as bytes.

Pinned means byte for byte and for one role; a name never counts (threat 1 and 11).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One certificate that may sign something, with the chain that must stand beside it."""

    role: str
    cert: bytes
    """DER."""
    chain: tuple[bytes, ...]
    """DER of the issuing certificates up to, without, the anchor; nearest first."""
    anchor: bytes | None
    """DER of the anchor the chain ends in, None if the bundle holds none."""
    issuer: bytes
    """DER of the certificate's issuer name."""
    serial: int
    spki: bytes
    """DER of SubjectPublicKeyInfo."""
    elliptic: bool
    """True for an ECDSA key on P-256, False for RSA."""

    @property
    def hexes(self) -> tuple[bytes, bytes]:
        """Both halves of the certificate as hex; one flipped bit cannot break both."""
        text = self.cert.hex().upper().encode()
        half = len(text) // 2
        return text[:half], text[half:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """Every pinned certificate of a bundle, by what it is for."""

    report: tuple[Pin, ...]
    timestamp: tuple[Pin, ...]
    roles: Mapping[bytes, str]
    """SHA-256 of every certificate of the bundle (anchors as ``root``) to its role."""


def make_pins(
    services: Iterable[tuple[str, bytes]], anchors: Iterable[bytes]
) -> Pins:
    """Return the pins of a bundle from its (role, certificate DER) pairs and its anchors."""
    pairs = list(services)
    roots = list(anchors)
    issuing = [der for role, der in pairs if role == "issuing"]
    roles = {sha256(der).digest(): role for role, der in pairs}
    roles |= {sha256(der).digest(): "root" for der in roots}
    def of(wanted: str) -> tuple[Pin, ...]:
        return tuple(_pin(role, der, issuing, roots) for role, der in pairs if role == wanted)
    return Pins(report=of("report"), timestamp=of("timestamp"), roles=roles)


def _pin(role: str, der: bytes, issuing: list[bytes], roots: list[bytes]) -> Pin:
    cert = x509.load_der_x509_certificate(der)
    chain, anchor = _chain(cert, issuing, roots)
    key = cert.public_key()
    return Pin(
        role=role, cert=der, chain=chain, anchor=anchor,
        issuer=cert.issuer.public_bytes(), serial=cert.serial_number,
        spki=key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        elliptic=isinstance(key, ec.EllipticCurvePublicKey),
    )


def _chain(
    cert: x509.Certificate, issuing: list[bytes], roots: list[bytes]
) -> tuple[tuple[bytes, ...], bytes | None]:
    by_subject = [(x509.load_der_x509_certificate(der), der) for der in issuing]
    anchors = [(x509.load_der_x509_certificate(der), der) for der in roots]
    chain: list[bytes] = []
    here = cert
    for _ in range(4):  # a chain longer than root, issuing, sub-issuing is not ours
        for root, der in anchors:
            if root.subject == here.issuer and _issued(here, root):
                return tuple(chain), der
        above = next(((c, d) for c, d in by_subject if c.subject == here.issuer and _issued(here, c)), None)
        if above is None:
            return tuple(chain), None
        here = above[0]
        chain.append(above[1])
    return tuple(chain), None


def _issued(child: x509.Certificate, parent: x509.Certificate) -> bool:
    try:
        child.verify_directly_issued_by(parent)
    except Exception:  # noqa: BLE001 -- any doubt about the signature means: not its issuer
        return False
    return True

"""The one accepted spelling of an ECDSA P-256 signature.

ECDSA is malleable: with (r, s) also (r, n - s) verifies.  Our own signatures always
carry the lower s, and our own checks refuse the higher one, so that nobody can make a
second "original" of a signed thing without the key.  X.509 and CMS carry the DER form
``SEQUENCE { r INTEGER, s INTEGER }``; COSE and JOSE carry r and s, 32 bytes each
(RFC 9053 section 2.1, RFC 7518 section 3.4).
"""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from domain.errors import MalformedInput

P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""n of NIST P-256 (SP 800-186, 3.2.1.3)."""
_RAW_BYTES: Final = 64


def low_s(der: bytes) -> bytes:
    """The same signature with s at most n / 2, as DER; MalformedInput ``ecdsa_form`` when it is none."""
    r, s = _integers(der)
    return encode_dss_signature(r, min(s, P256_ORDER - s))


def is_low_s(der: bytes) -> bool:
    """True when ``der`` is strict DER and s is at most n / 2; never raises."""
    try:
        r, s = _integers(der)
    except MalformedInput:
        return False
    return s <= P256_ORDER // 2 and encode_dss_signature(r, s) == der


def raw_from_der(der: bytes) -> bytes:
    """r and s, 32 bytes each, big-endian; MalformedInput ``ecdsa_form`` when ``der`` is no signature."""
    r, s = _integers(der)
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def der_from_raw(raw: bytes) -> bytes:
    """The DER form of 64 raw bytes; MalformedInput ``ecdsa_form`` on another length or range."""
    if len(raw) != _RAW_BYTES:
        raise MalformedInput("ecdsa_form", length=len(raw))
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    if not (0 < r < P256_ORDER and 0 < s < P256_ORDER):
        raise MalformedInput("ecdsa_form", length=len(raw))
    return encode_dss_signature(r, s)


def _integers(der: bytes) -> tuple[int, int]:
    try:
        r, s = decode_dss_signature(der)
    except ValueError as error:
        raise MalformedInput("ecdsa_form", length=len(der)) from error
    if not (0 < r < P256_ORDER and 0 < s < P256_ORDER):
        raise MalformedInput("ecdsa_form", length=len(der))
    return r, s

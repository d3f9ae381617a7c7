"""A JWS by a key that the trust bundle pins to one role: receipts and refresh statements.

Nothing in the header chooses a key: ``x5c`` must begin with the very certificate that the
bundle pins to the role, byte for byte, and hold nothing but its chain.  Each segment has one
spelling, the header one form ``{alg, typ, x5c}`` and the signature low s, as in a trust bundle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from domain import canonical
from domain.base_text import base64_decode, base64_encode, base64url_decode, base64url_encode
from domain.errors import MalformedInput, Refused
from domain.trust_format import Service, TrustBundle
from keys.trust.chains import MAX_CHAIN
from keys.trust.ecdsa_form import der_from_raw, is_low_s
from keys.trust.issuer_state import pinned

ALGORITHM: Final = "ES256"
_MEMBERS: Final = frozenset({"alg", "typ", "x5c"})
_MAX_HEADER_BYTES: Final = 32_768
_MAX_BYTES: Final = 512 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A payload and the pinned service whose key signed it."""

    payload: bytes
    service: Service


class _Registry(jws.JWSRegistry):
    """joserfc's own sizes are for web tokens; the whole has been measured before."""

    max_header_length = _MAX_HEADER_BYTES
    max_payload_length = _MAX_BYTES


def open_pinned(compact: str, bundle: TrustBundle, *, role: str, typ: str) -> Opened:
    """The payload of ``compact``, signed by a key that ``bundle`` pins to ``role``.

    Whether the key stood at the time is the caller's to ask (:func:`keys.trust.issuer_now`).
    Raises MalformedInput ``jws_form`` with the part; Refused ``jws_signer`` for a key that is not
    pinned to the role, ``jws_signature`` for a signature that does not hold.
    """
    segments = compact.split(".")
    if len(segments) != 3 or len(compact) > _MAX_BYTES or not compact.isascii():
        raise MalformedInput("jws_form", part="segments")
    service = pinned(bundle, _chain(segments[0], typ)[0])
    if service is None or service.role != role:
        raise Refused("jws_signer", role=role)
    try:
        payload, signature = base64url_decode(segments[1]), base64url_decode(segments[2])
        if not is_low_s(der_from_raw(signature)):
            raise Refused("jws_signature")
    except MalformedInput as error:
        raise MalformedInput("jws_form", part="segments") from error
    _require_signed(compact, service.cert)
    return Opened(payload=payload, service=service)


def _chain(segment: str, typ: str) -> list[bytes]:
    if len(segment) > _MAX_HEADER_BYTES:
        raise MalformedInput("jws_form", part="header")
    try:
        header = canonical.decode_canonical(base64url_decode(segment), max_bytes=_MAX_HEADER_BYTES)
    except MalformedInput as error:
        raise MalformedInput("jws_form", part="header") from error
    # SECURITY: other members (jku, jwk, kid, crit ...) could name a key or change the meaning.
    if not isinstance(header, dict) or set(header) != _MEMBERS:
        raise MalformedInput("jws_form", part="header")
    if header["alg"] != ALGORITHM or header["typ"] != typ:
        raise MalformedInput("jws_form", part="typ")
    x5c = header["x5c"]
    if not isinstance(x5c, list) or not 1 <= len(x5c) <= MAX_CHAIN:
        raise MalformedInput("jws_form", part="x5c")
    if not all(isinstance(text, str) for text in x5c):
        raise MalformedInput("jws_form", part="x5c")
    return [base64_decode(str(text)) for text in x5c]


def _require_signed(compact: str, cert: bytes) -> None:
    key = x509.load_der_x509_certificate(cert).public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Refused("jws_signer", role="")
    public = ECKey.import_key(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    try:
        jws.deserialize_compact(compact.encode("ascii"), public, registry=_Registry(algorithms=[ALGORITHM]))
    except (JoseError, ValueError) as error:
        raise Refused("jws_signature") from error


def header(chain: Sequence[bytes], typ: str) -> str:
    """The header segment of a JWS of that ``typ``; ``chain`` is DER, the signer's own first, root last."""
    members = {"alg": ALGORITHM, "typ": typ, "x5c": [base64_encode(der) for der in chain]}
    return base64url_encode(canonical.encode(members))

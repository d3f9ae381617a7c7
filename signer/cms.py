"""The CMS object in the signature gap: one fixed shape, written as such.

Grammar (RFC 5652, ETSI EN 319 122-1; every value DER, every SET OF sorted by encoding)::

    ContentInfo { signedData, [0] SignedData {
        version 1, digestAlgorithms { sha256 NULL }, encapContentInfo { data },
        [0] certificates { signer, issuing CA },
        signerInfos { SignerInfo {
            version 1, issuerAndSerialNumber of the signer, sha256 NULL,
            [0] { contentType data, messageDigest, signingCertificateV2 },
            ecdsa-with-SHA256 | sha256WithRSAEncryption NULL, signature,
            [1] { signatureTimeStampToken } OPTIONAL } } } }

pyHanko assembles the same bytes (a test compares them), but takes longer over it than over
everything else in a signature together, because its ASN.1 library re-encodes each part
many times.  What a verifier must rebuild is easier to see from this shape, too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from asn1crypto import cms as asn1_cms
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from domain.der import CONTEXT_0, CONTEXT_1, OCTET_STRING, SEQUENCE, SET, integer, set_of, tlv
from domain.errors import InvariantBroken
from keys.trust.ecdsa_form import low_s

IntentHook = Callable[[bytes], None]
"""Called with the SHA-256 (32 bytes) of the DER of the signed attributes."""


class SigningHandle(Protocol):
    """A private key that stays where it is.

    MUST sign with ECDSA P-256 and SHA-256 (DER signature) or with RSASSA-PKCS1-v1_5 and
    SHA-256; MUST NOT sign anything else under the same certificate.
    """

    def sign(self, data: bytes) -> bytes:
        """The signature over ``data``."""
        ...


class Stamper(Protocol):
    """An RFC 3161 time-stamp authority; ``keys.stamping`` has the embedded and the outside kind."""

    def stamp(self, message_imprint: bytes, nonce: int, now: datetime) -> bytes:
        """The DER of a token over a SHA-256 imprint; raises DependencyUnavailable."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureContainer:
    """A finished CMS object and the time in its token."""

    der: bytes
    token_time: datetime | None


def sign_digest(
    document_digest: bytes,
    *,
    chain: tuple[bytes, ...],
    handle: SigningHandle,
    stamper: Stamper | None,
    now: datetime,
    on_intent: IntentHook,
) -> SignatureContainer:
    """The CMS object over a document's SHA-256, with a token where there is a ``stamper``.

    Args:
        document_digest: 32 bytes.
        chain: DER certificates, the signer's first; exactly these stand in the object.
        on_intent: called once, immediately before ``handle.sign``.

    Raises:
        DependencyUnavailable: ``tsa_unavailable``; the key has been used, the object is lost.
        InvariantBroken: the authority gave a token over something else.
    """
    signer = x509.load_der_x509_certificate(chain[0])
    attributes = _signed_attributes(document_digest, chain[0], signer)
    on_intent(hashlib.sha256(set_of(SET, *attributes)).digest())
    signature = handle.sign(set_of(SET, *attributes))
    if isinstance(signer.public_key(), ec.EllipticCurvePublicKey):
        # Whatever made it: the byte gate refuses the other of the two that verify.
        signature = low_s(signature)
    token = _token(stamper, signature, now) if stamper else None
    der = _content_info(chain, _signer_info(signer, attributes, signature, token))
    return SignatureContainer(der=der, token_time=_token_time(token, signature) if token else None)


def _token(stamper: Stamper, signature: bytes, now: datetime) -> bytes:
    # The signature is fresh and unguessable, so a nonce made from it is too (RFC 3161, 2.4.1).
    nonce = int.from_bytes(hashlib.sha256(b"daizheng tsa nonce" + signature).digest()[:8])
    return stamper.stamp(hashlib.sha256(signature).digest(), nonce, now)


def _token_time(token: bytes, signature: bytes) -> datetime:
    info = asn1_cms.ContentInfo.load(token, strict=True)["content"]["encap_content_info"]["content"].parsed
    if info["message_imprint"]["hashed_message"].native != hashlib.sha256(signature).digest():
        raise InvariantBroken("token_of_another_signature")
    time: datetime = info["gen_time"].native
    return time


_CONTEXT_4: Final = 0xA4
_NULL: Final = b"\x05\x00"
_DATA: Final = bytes.fromhex("06092a864886f70d010701")
_SIGNED_DATA: Final = bytes.fromhex("06092a864886f70d010702")
_CONTENT_TYPE: Final = bytes.fromhex("06092a864886f70d010903")
_MESSAGE_DIGEST: Final = bytes.fromhex("06092a864886f70d010904")
_SIGNING_CERTIFICATE_V2: Final = bytes.fromhex("060b2a864886f70d010910022f")
_TIME_STAMP_TOKEN: Final = bytes.fromhex("060b2a864886f70d010910020e")
_SHA256: Final = tlv(SEQUENCE, bytes.fromhex("0609608648016503040201"), _NULL)
_ECDSA_SHA256: Final = tlv(SEQUENCE, bytes.fromhex("06082a8648ce3d040302"))
_RSA_SHA256: Final = tlv(SEQUENCE, bytes.fromhex("06092a864886f70d01010b"), _NULL)
_VERSION_1: Final = integer(1)


def _attribute(kind: bytes, value: bytes) -> bytes:
    return tlv(SEQUENCE, kind, set_of(SET, value))


def _signed_attributes(digest: bytes, der: bytes, signer: x509.Certificate) -> tuple[bytes, ...]:
    issuer = tlv(SEQUENCE, tlv(_CONTEXT_4, signer.issuer.public_bytes()))
    # hashAlgorithm is absent because SHA-256 is its default (RFC 5035, 4).
    identifier = tlv(
        SEQUENCE,
        tlv(OCTET_STRING, hashlib.sha256(der).digest()),
        tlv(SEQUENCE, issuer, integer(signer.serial_number)),
    )
    return (
        _attribute(_CONTENT_TYPE, _DATA),
        _attribute(_MESSAGE_DIGEST, tlv(OCTET_STRING, digest)),
        _attribute(_SIGNING_CERTIFICATE_V2, tlv(SEQUENCE, tlv(SEQUENCE, identifier))),
    )


def _signer_info(
    signer: x509.Certificate, attributes: tuple[bytes, ...], signature: bytes, token: bytes | None
) -> bytes:
    elliptic = isinstance(signer.public_key(), ec.EllipticCurvePublicKey)
    unsigned = set_of(CONTEXT_1, _attribute(_TIME_STAMP_TOKEN, token)) if token else b""
    return tlv(
        SEQUENCE,
        _VERSION_1,
        tlv(SEQUENCE, signer.issuer.public_bytes(), integer(signer.serial_number)),
        _SHA256,
        set_of(CONTEXT_0, *attributes),
        _ECDSA_SHA256 if elliptic else _RSA_SHA256,
        tlv(OCTET_STRING, signature),
        unsigned,
    )


def _content_info(chain: tuple[bytes, ...], signer_info: bytes) -> bytes:
    signed_data = tlv(
        SEQUENCE,
        _VERSION_1,
        set_of(SET, _SHA256),
        tlv(SEQUENCE, _DATA),
        set_of(CONTEXT_0, *chain),
        set_of(SET, signer_info),
    )
    return tlv(SEQUENCE, _SIGNED_DATA, tlv(CONTEXT_0, signed_data))

"""The one accepted encoding of an RFC 3161 time-stamp token.

Much of a CMS message is covered by no signature: version numbers, algorithm names, the
certificates, the signer's name, and an ECDSA signature's own spelling.  So every token
that enters a report is written in one way from what *is* fixed, and a reader can rebuild
it from the same parts and compare bytes.  DER (X.690), after RFC 5652 and RFC 3161, 2.4.2::

    ContentInfo { id-signedData, [0] SignedData {
      version           3
      digestAlgorithms  SET { sha256 }                  -- parameters absent (RFC 5754, 2)
      encapContentInfo  { id-ct-TSTInfo, [0] OCTET STRING tst-info }
      certificates      [0] SET OF pinned chain         -- the root left out, DER order
      signerInfos       SET { SignerInfo {
        version 1, issuerAndSerialNumber of the first certificate, sha256,
        [0] signed-attributes,                          -- contentType, messageDigest, signingCertificateV2
        ecdsa-with-SHA256 | sha256WithRSAEncryption NULL,
        OCTET STRING signature } } } }                  -- low s on P-256

tst-info and signed-attributes are covered by the signature and kept byte for byte; an
outside authority may sign further attributes.  No CRLs, no unsigned attributes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography import x509

from domain.der import CONTEXT_0, GENERALIZED_TIME, OCTET_STRING, SEQUENCE, SET, integer, set_of, tlv
from keys.trust.ecdsa_form import low_s

_SHA256_OID: Final = bytes.fromhex("0609608648016503040201")
_SHA256: Final = b"\x30\x0b" + _SHA256_OID
_ECDSA_SHA256: Final = bytes.fromhex("300a06082a8648ce3d040302")
_RSA_SHA256: Final = bytes.fromhex("300d06092a864886f70d01010b0500")
_SIGNED_DATA: Final = bytes.fromhex("06092a864886f70d010702")
_TST_INFO: Final = bytes.fromhex("060b2a864886f70d0109100104")
_CONTENT_TYPE: Final = bytes.fromhex("06092a864886f70d010903")
_MESSAGE_DIGEST: Final = bytes.fromhex("06092a864886f70d010904")
_SIGNING_CERTIFICATE_V2: Final = bytes.fromhex("060b2a864886f70d010910022f")
_ACCURACY_ONE_SECOND: Final = bytes.fromhex("3003020101")


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenParts:
    """What a token says beyond its pinned chain."""

    tst_info: bytes
    """DER of TSTInfo, as hashed by messageDigest."""
    signed_attributes: bytes
    """DER as signed: a SET OF with tag 0x31."""
    signature: bytes
    """DER of r and s (P-256), or the RSA block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StampingChain:
    """An authority's certificates, read once: its own first, then its issuers, the root optional."""

    certificate: x509.Certificate
    signer_id: bytes
    """DER of issuerAndSerialNumber."""
    carried: bytes
    """DER of the certificates field."""
    signing_certificate: bytes
    """DER of the signingCertificateV2 attribute (RFC 5035, 3)."""
    elliptic: bool

    @classmethod
    def load(cls, chain: Sequence[bytes], *, elliptic: bool) -> StampingChain:
        """The chain's fixed parts; ``chain`` is DER, the authority's own certificate first."""
        certificate = x509.load_der_x509_certificate(chain[0])
        issuer, serial = certificate.issuer.public_bytes(), integer(certificate.serial_number)
        # SPEC: RFC 5035, 4: hashAlgorithm left out means SHA-256; issuerSerial names the same certificate.
        named = tlv(SEQUENCE, tlv(SEQUENCE, tlv(0xA4, issuer)), serial)
        identifier = tlv(SEQUENCE, tlv(OCTET_STRING, hashlib.sha256(chain[0]).digest()), named)
        return cls(
            certificate=certificate,
            signer_id=tlv(SEQUENCE, issuer, serial),
            carried=set_of(CONTEXT_0, *without_root(chain)),
            signing_certificate=_attribute(_SIGNING_CERTIFICATE_V2, tlv(SEQUENCE, tlv(SEQUENCE, identifier))),
            elliptic=elliptic,
        )


def encode(parts: TokenParts, chain: StampingChain) -> bytes:
    """The token's one encoding with this chain."""
    info = tlv(
        SEQUENCE,
        integer(1),
        chain.signer_id,
        _SHA256,
        bytes((CONTEXT_0,)) + parts.signed_attributes[1:],
        _ECDSA_SHA256 if chain.elliptic else _RSA_SHA256,
        tlv(OCTET_STRING, low_s(parts.signature) if chain.elliptic else parts.signature),
    )
    content = tlv(SEQUENCE, _TST_INFO, tlv(CONTEXT_0, tlv(OCTET_STRING, parts.tst_info)))
    data = tlv(SEQUENCE, integer(3), tlv(SET, _SHA256), content, chain.carried, tlv(SET, info))
    return tlv(SEQUENCE, _SIGNED_DATA, tlv(CONTEXT_0, data))


def signed_attributes(tst_info: bytes, chain: StampingChain) -> bytes:
    """The three attributes our own authority signs, as the SET OF that the signature covers."""
    return set_of(
        SET,
        _attribute(_CONTENT_TYPE, _TST_INFO),
        _attribute(_MESSAGE_DIGEST, tlv(OCTET_STRING, hashlib.sha256(tst_info).digest())),
        chain.signing_certificate,
    )


def tst_info(policy_der: bytes, imprint: bytes, serial: int, time_text: str, nonce: int | None) -> bytes:
    """DER of a TSTInfo (RFC 3161, 2.4.2): SHA-256 imprint, whole seconds, accuracy one second."""
    return tlv(
        SEQUENCE,
        integer(1),
        policy_der,
        tlv(SEQUENCE, _SHA256, tlv(OCTET_STRING, imprint)),
        integer(serial),
        tlv(GENERALIZED_TIME, time_text.encode("ascii")),
        _ACCURACY_ONE_SECOND,
        b"" if nonce is None else integer(nonce),
    )


def without_root(chain: Sequence[bytes]) -> tuple[bytes, ...]:
    """The certificates a token carries: the first, and every other that does not sign itself."""
    first, *others = chain
    return first, *(der for der in others if not _names_itself(der))


def _names_itself(der: bytes) -> bool:
    certificate = x509.load_der_x509_certificate(der)
    return certificate.subject == certificate.issuer


def _attribute(kind: bytes, value: bytes) -> bytes:
    return tlv(SEQUENCE, kind, tlv(SET, value))

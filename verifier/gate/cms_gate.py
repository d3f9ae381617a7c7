"""The CMS part of the byte gate: the gap equals what pinned parts rebuild to, or it is refused.

No signature covers the bytes inside the gap, so a validator lets many of them be changed
(200 of 691 single-bit flips were accepted when measured).  Here nothing is accepted: three
values are taken out (message digest, signature, time-stamp token), the rest is built anew
from pinned certificates, and the two must be equal byte for byte.

Shape (RFC 5652, ETSI EN 319 122-1): SignedData version 1, digestAlgorithms exactly SHA-256,
no eContent, certificates exactly the signer's pinned chain without the root, no CRLs, one
signerInfo with exactly contentType, messageDigest and signingCertificateV2, and either no
unsigned attribute (level B-B) or exactly the token (level B-LT), for which the same holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from domain import der
from domain.errors import MalformedInput
from keys.trust.ecdsa_form import P256_ORDER
from verifier.gate.pins import Pin, Pins, sid_of

SIGNED_DATA: Final = bytes.fromhex("06092a864886f70d010702")
DATA: Final = bytes.fromhex("06092a864886f70d010701")
TST_INFO: Final = bytes.fromhex("060b2a864886f70d0109100104")
CONTENT_TYPE: Final = bytes.fromhex("06092a864886f70d010903")
MESSAGE_DIGEST: Final = bytes.fromhex("06092a864886f70d010904")
SIGNING_CERTIFICATE_V2: Final = bytes.fromhex("060b2a864886f70d010910022f")
TIME_STAMP_TOKEN: Final = bytes.fromhex("060b2a864886f70d010910020e")
SHA256: Final = bytes.fromhex("0609608648016503040201")
ECDSA_SHA256: Final = bytes.fromhex("06082a8648ce3d040302")
RSA_SHA256: Final = bytes.fromhex("06092a864886f70d01010b")
_NULL: Final = b"\x05\x00"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFacts:
    """An RFC 3161 token whose bytes equal what its pinned authority's parts rebuild to."""

    pin: Pin
    time: datetime
    """genTime, aware UTC."""
    imprint: bytes
    """SHA-256 of the signature value, as the token says."""
    tst_info: bytes
    signed_attrs: bytes
    """As a SET, the bytes that its signature covers."""
    message_digest: bytes
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CmsFacts:
    """A gap that holds exactly our shape."""

    pin: Pin
    message_digest: bytes
    signed_attrs: bytes
    signature: bytes
    token: TokenFacts | None
    """None: level B-B, the time-stamp authority was down."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What stands in a CMS, before anything is known about its worth."""

    version: bytes
    content_type: bytes
    content: bytes | None
    certs: tuple[bytes, ...]
    sid: bytes
    attrs: der.Element
    signature: bytes
    unsigned: der.Element | None


def dissect(gap: bytes) -> Parts | None:
    """Return the parts of a CMS with one signer, None if it is no strict DER of that form."""
    try:
        return _dissect(gap)
    except MalformedInput:
        return None


def signer_certificate(parts: Parts, pins: Pins) -> bytes | None:
    """Return the certificate beside the CMS that its only signerInfo names, None if none is there."""
    for pin in pins.report:
        if pin.sid == parts.sid and pin.cert in parts.certs:
            return pin.cert
    try:
        return next((cert for cert in parts.certs if sid_of(cert) == parts.sid), None)
    except MalformedInput:
        return None


def open_cms(gap: bytes, parts: Parts | None, pins: Pins) -> CmsFacts:
    """Return the facts of a gap that is canonical to the last bit.

    Raises MalformedInput with a reason of the closed list: ``gap_not_canonical``,
    ``signature_not_low_s``, ``token_not_canonical``.
    """
    if parts is None:
        raise MalformedInput("gap_not_canonical")
    pin = next((p for p in pins.report if p.sid == parts.sid and p.cert in parts.certs), None)
    if pin is None:
        raise MalformedInput("gap_not_canonical")
    digest = _message_digest(parts.attrs)
    attrs = _signed_attributes(pin, digest)
    token_der = _token_bytes(parts.unsigned)
    if _rebuild(pin, attrs, parts.signature, token_der) != gap:
        raise MalformedInput("gap_not_canonical")
    _require_low_s(pin, parts.signature)
    token = None if token_der is None else _open_token(token_der, pins)
    return CmsFacts(
        pin=pin, message_digest=digest, signed_attrs=attrs, signature=parts.signature, token=token
    )


def _dissect(data: bytes) -> Parts:
    kind, wrapped = _exactly(der.children(der.whole(data, der.SEQUENCE).body), 2)
    if kind.raw != SIGNED_DATA or wrapped.tag != der.CONTEXT_0:
        raise MalformedInput("der_malformed", at=0)
    fields = der.children(der.whole(wrapped.body, der.SEQUENCE).body)
    version, _, encapsulated, certs, infos = _exactly(fields, 5)
    inner = der.children(encapsulated.body)
    if certs.tag != der.CONTEXT_0 or infos.tag != der.SET or not 1 <= len(inner) <= 2:
        raise MalformedInput("der_malformed", at=0)
    content = None if len(inner) == 1 else der.whole(inner[1].body, der.OCTET_STRING).body
    (info,) = _exactly(der.children(infos.body), 1)
    members = der.children(info.body)
    if len(members) not in (6, 7):
        raise MalformedInput("der_malformed", at=0)
    return Parts(
        version=version.raw,
        content_type=inner[0].raw,
        content=content,
        certs=tuple(c.raw for c in der.children(certs.body)),
        sid=members[1].raw,
        attrs=members[3],
        signature=members[5].body,
        unsigned=members[6] if len(members) == 7 else None,
    )


def _exactly(items: list[der.Element], count: int) -> list[der.Element]:
    if len(items) != count:
        raise MalformedInput("der_malformed", at=0)
    return items


def _attribute(attrs: der.Element, oid: bytes) -> der.Element:
    """Return the single value of the attribute with that type; it must stand exactly once."""
    found = [a for a in der.children(attrs.body) if a.body.startswith(oid)]
    (attribute,) = _exactly(found, 1)
    _, values = _exactly(der.children(attribute.body), 2)
    return _exactly(der.children(values.body), 1)[0]


def _message_digest(attrs: der.Element) -> bytes:
    try:
        value = _attribute(attrs, MESSAGE_DIGEST)
    except MalformedInput as error:
        raise MalformedInput("gap_not_canonical") from error
    if value.tag != der.OCTET_STRING or len(value.body) != 32:
        raise MalformedInput("gap_not_canonical")
    return value.body


def _token_bytes(unsigned: der.Element | None) -> bytes | None:
    if unsigned is None:
        return None
    try:
        return _attribute(unsigned, TIME_STAMP_TOKEN).raw
    except MalformedInput as error:
        raise MalformedInput("gap_not_canonical") from error


def _signed_attributes(pin: Pin, digest: bytes) -> bytes:
    """Return the SET of exactly the three attributes that a signer of ours signs."""
    issuer_serial = der.tlv(
        der.SEQUENCE, der.tlv(der.SEQUENCE, der.tlv(0xA4, pin.issuer)), der.integer(pin.serial)
    )
    ess = der.tlv(der.SEQUENCE, der.tlv(der.OCTET_STRING, sha256(pin.cert).digest()), issuer_serial)
    signing = der.tlv(der.SEQUENCE, der.tlv(der.SEQUENCE, ess))
    return der.set_of(
        der.SET,
        _attr(CONTENT_TYPE, DATA),
        _attr(MESSAGE_DIGEST, der.tlv(der.OCTET_STRING, digest)),
        _attr(SIGNING_CERTIFICATE_V2, signing),
    )


def _attr(oid: bytes, value: bytes) -> bytes:
    return der.tlv(der.SEQUENCE, oid, der.tlv(der.SET, value))


def _rebuild(pin: Pin, attrs: bytes, signature: bytes, token: bytes | None) -> bytes:
    digest_algorithm = der.tlv(der.SEQUENCE, SHA256, _NULL)
    members = [
        der.integer(1),
        pin.sid,
        digest_algorithm,
        bytes((der.CONTEXT_0,)) + attrs[1:],
        _signature_algorithm(pin),
        der.tlv(der.OCTET_STRING, signature),
    ]
    if token is not None:
        members.append(der.tlv(der.CONTEXT_1, _attr(TIME_STAMP_TOKEN, token)))
    signed = der.tlv(
        der.SEQUENCE,
        der.integer(1),
        der.tlv(der.SET, digest_algorithm),
        der.tlv(der.SEQUENCE, DATA),
        der.set_of(der.CONTEXT_0, pin.cert, *pin.chain),
        der.tlv(der.SET, der.tlv(der.SEQUENCE, *members)),
    )
    return der.tlv(der.SEQUENCE, SIGNED_DATA, der.tlv(der.CONTEXT_0, signed))


def _signature_algorithm(pin: Pin) -> bytes:
    return der.tlv(der.SEQUENCE, ECDSA_SHA256) if pin.elliptic else der.tlv(der.SEQUENCE, RSA_SHA256, _NULL)


def _require_low_s(pin: Pin, signature: bytes) -> None:
    """Refuse the second of the two ECDSA signatures that anyone can make from the first."""
    if not pin.elliptic:
        return
    try:
        r, s = (
            der.read_integer(e) for e in _exactly(der.children(der.whole(signature, der.SEQUENCE).body), 2)
        )
    except MalformedInput as error:
        raise MalformedInput("gap_not_canonical") from error
    if not 0 < r < P256_ORDER or not 0 < s < P256_ORDER:
        raise MalformedInput("gap_not_canonical")
    if s > P256_ORDER // 2:
        raise MalformedInput("signature_not_low_s")


def _open_token(token: bytes, pins: Pins) -> TokenFacts:
    try:
        parts = _dissect(token)
        pin = next((p for p in pins.timestamp if p.sid == parts.sid), None)
        if pin is None or parts.content is None or parts.unsigned is not None:
            raise MalformedInput("token_not_canonical")
        hashed = _attribute(parts.attrs, MESSAGE_DIGEST).body
        if _attribute(parts.attrs, CONTENT_TYPE).raw != TST_INFO:
            raise MalformedInput("token_not_canonical")
        time, imprint = _read_tst_info(parts.content)
    except MalformedInput as error:
        raise MalformedInput("token_not_canonical") from error
    if _rebuild_token(pin, parts) != token:
        raise MalformedInput("token_not_canonical")
    try:
        _require_low_s(pin, parts.signature)
    except MalformedInput as error:
        raise MalformedInput("token_not_canonical") from error
    return TokenFacts(
        pin=pin,
        time=time,
        imprint=imprint,
        tst_info=parts.content,
        signed_attrs=bytes((der.SET,)) + parts.attrs.raw[1:],
        message_digest=hashed,
        signature=parts.signature,
    )


def _rebuild_token(pin: Pin, parts: Parts) -> bytes:
    """Return the only byte string that a token of these parts may be (``keys`` re-encodes every token so)."""
    # No NULL here, other than in our own CMS: tokens follow RFC 5754, pyHanko writes the older form.
    algorithm = der.tlv(der.SEQUENCE, SHA256)
    content = der.tlv(der.CONTEXT_0, der.tlv(der.OCTET_STRING, parts.content or b""))
    info = der.tlv(
        der.SEQUENCE,
        der.integer(1),
        pin.sid,
        algorithm,
        bytes((der.CONTEXT_0,)) + parts.attrs.raw[1:],
        _signature_algorithm(pin),
        der.tlv(der.OCTET_STRING, parts.signature),
    )
    signed = der.tlv(
        der.SEQUENCE,
        der.integer(3),
        der.tlv(der.SET, algorithm),
        der.tlv(der.SEQUENCE, TST_INFO, content),
        der.set_of(der.CONTEXT_0, pin.cert, *pin.chain),
        der.tlv(der.SET, info),
    )
    return der.tlv(der.SEQUENCE, SIGNED_DATA, der.tlv(der.CONTEXT_0, signed))


def _read_tst_info(data: bytes) -> tuple[datetime, bytes]:
    """Return genTime and the SHA-256 imprint of a TSTInfo (RFC 3161 clause 2.4.2)."""
    fields = der.children(der.whole(data, der.SEQUENCE).body)
    if len(fields) < 5 or fields[4].tag != der.GENERALIZED_TIME:
        raise MalformedInput("der_malformed", at=0)
    algorithm, hashed = _exactly(der.children(fields[2].body), 2)
    if not algorithm.body.startswith(SHA256) or len(hashed.body) != 32:
        raise MalformedInput("der_malformed", at=0)
    return _generalized_time(fields[4].body), hashed.body


def _generalized_time(body: bytes) -> datetime:
    form = "%Y%m%d%H%M%S.%fZ" if b"." in body else "%Y%m%d%H%M%SZ"
    try:
        return datetime.strptime(body.decode("ascii"), form).replace(tzinfo=UTC)
    except ValueError as error:
        raise MalformedInput("der_malformed", at=0) from error

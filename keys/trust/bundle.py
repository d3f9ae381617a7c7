"""Opening a trust bundle: one JWS, one algorithm, one chain to the pinned anchor.

Compact JWS (RFC 7515, 3.1)::

    bundle  = b64url(header) "." b64url(payload) "." b64url(r s)      ; no white space
    header  = {"alg": "ES256", "typ": "daizheng-trust+jws", "x5c": [trust, issuing ..., root]}
    payload = domain.trust_format

Nothing in the header chooses a key or an algorithm: other members (``jku``, ``x5u``,
``jwk``, ``kid``, ``crit`` ...) are refused, and ``x5c`` must lead to the anchor that the
receiver pinned.  Each segment has one spelling, the signature has low s.  Whether the
bundle has expired is judged by who uses it, since an old one is stale and not forged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from domain import canonical, trust_format
from domain.base_text import base64_decode, base64_encode, base64url_decode, base64url_encode
from domain.errors import MalformedInput, Refused
from domain.note import ED25519_COSIGNATURE, VerifierKey
from domain.trust_format import Service, TrustBundle
from keys.roles import PROFILES, Role
from keys.trust import chains
from keys.trust.ecdsa_form import der_from_raw, is_low_s
from keys.trust.issuer_state import IssuerOutcome, issuer_now, pinned

MAX_BUNDLE_BYTES: Final = 4 * 2**20
"""A house's bundle is about 60 KB; the limit holds before anything is decoded."""
ALGORITHM: Final = "ES256"
TYP: Final = "daizheng-trust+jws"
_HEADER_MEMBERS: Final = frozenset({"alg", "typ", "x5c"})
_MAX_HEADER_BYTES: Final = 32_768


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedBundle:
    """A bundle whose signature and chain hold."""

    bundle: TrustBundle
    anchor_sha256: str
    """SHA-256 of the root certificate, 64 hex digits: compare with what the house published."""
    sha256: str
    """SHA-256 of the bundle's bytes, for receipts."""


class _Registry(jws.JWSRegistry):
    """joserfc's own sizes are for web tokens; the whole has been measured before."""

    max_header_length = _MAX_HEADER_BYTES
    max_payload_length = 2 * MAX_BUNDLE_BYTES


def open_bundle(data: bytes, *, pinned_anchor_sha256: str | None) -> OpenedBundle:
    """The bundle in ``data``, when the trust key under the pinned anchor signed it.

    Without a pin the anchor is whatever the bundle brings: show ``anchor_sha256`` and have it
    compared.  Raises MalformedInput ``bundle_too_long``, ``bundle_form`` or what the payload's
    format raises; Refused ``bundle_anchor_differs``, ``bundle_signature``, ``trust_chain_broken``,
    ``bundle_signer`` or ``bundle_service``.
    """
    segments = _segments(data)
    path = _header_chain(segments[0])
    root_sha256 = hashlib.sha256(path[-1].public_bytes(Encoding.DER)).hexdigest()
    if pinned_anchor_sha256 is not None and root_sha256 != pinned_anchor_sha256.lower():
        raise Refused("bundle_anchor_differs", found=root_sha256, pinned=pinned_anchor_sha256)
    _require_trust_chain(path)
    payload = _verified_payload(data, segments, path[0])
    bundle = trust_format.decode(payload)
    _require_signer(bundle, path)
    _require_services(bundle)
    return OpenedBundle(bundle=bundle, anchor_sha256=root_sha256, sha256=hashlib.sha256(data).hexdigest())


def _segments(data: bytes) -> tuple[str, str, str]:
    if len(data) > MAX_BUNDLE_BYTES:
        raise MalformedInput("bundle_too_long", size=len(data), limit=MAX_BUNDLE_BYTES)
    parts = data.split(b".")
    if len(parts) != 3 or not data.isascii():
        raise MalformedInput("bundle_form", part="segments")
    header, payload, signature = (part.decode("ascii") for part in parts)
    return header, payload, signature


def _header_chain(segment: str) -> list[x509.Certificate]:
    if len(segment) > _MAX_HEADER_BYTES:
        raise MalformedInput("bundle_form", part="header")
    try:
        header = canonical.decode(base64url_decode(segment), max_bytes=_MAX_HEADER_BYTES)
    except MalformedInput as error:
        raise MalformedInput("bundle_form", part="header") from error
    # SECURITY: a header is read before its signature can be checked; it may name nothing but
    # certificates, and those are worth only what the pinned anchor makes them.
    if not isinstance(header, dict) or set(header) != _HEADER_MEMBERS:
        raise MalformedInput("bundle_form", part="header")
    if header["alg"] != ALGORITHM or header["typ"] != TYP:
        raise MalformedInput("bundle_form", part="algorithm")
    return _certificates(header["x5c"])


def _certificates(x5c: object) -> list[x509.Certificate]:
    if not isinstance(x5c, list) or not 2 <= len(x5c) <= chains.MAX_CHAIN:
        raise MalformedInput("bundle_form", part="x5c")
    ders: list[bytes] = []
    for text in x5c:
        if not isinstance(text, str):
            raise MalformedInput("bundle_form", part="x5c")
        ders.append(base64_decode(text))
    return [chains.load(der) for der in ders]


def _require_trust_chain(path: Sequence[x509.Certificate]) -> None:
    leaf, root = path[0], path[-1]
    if not chains.issued(root, root):
        raise Refused("trust_chain_broken", subject=root.subject.rfc4514_string())
    chains.require_chain(path[:-1], [root])
    profile = PROFILES[Role.TRUST]
    # A key of another role under the same CA must not speak for the house (threat 11).
    if _usages(leaf) != [profile.eku]:
        raise Refused("bundle_signer", subject=leaf.subject.rfc4514_string())


def _usages(certificate: x509.Certificate) -> list[str]:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return []
    return [each.dotted_string for each in usage]


def _verified_payload(data: bytes, segments: tuple[str, str, str], signer: x509.Certificate) -> bytes:
    key = signer.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Refused("bundle_signer", subject=signer.subject.rfc4514_string())
    try:
        payload = base64url_decode(segments[1])
        if not is_low_s(der_from_raw(base64url_decode(segments[2]))):
            raise Refused("bundle_signature")
    except MalformedInput as error:
        raise MalformedInput("bundle_form", part="segments") from error
    public = ECKey.import_key(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    try:
        jws.deserialize_compact(data, public, registry=_Registry(algorithms=[ALGORITHM]))
    except (JoseError, ValueError) as error:
        raise Refused("bundle_signature") from error
    return payload


def _require_signer(bundle: TrustBundle, path: Sequence[x509.Certificate]) -> None:
    leaf_der = path[0].public_bytes(Encoding.DER)
    service = pinned(bundle, leaf_der)
    anchored = path[-1].public_bytes(Encoding.DER) in bundle.anchors
    in_time = all(each.not_valid_before_utc <= bundle.made_at <= each.not_valid_after_utc for each in path)
    if service is None or service.role != Role.TRUST or not anchored or not in_time:
        raise Refused("bundle_signer", subject=path[0].subject.rfc4514_string())
    state = issuer_now(bundle, leaf_der, bundle.made_at, bundle.made_at)
    if state.outcome is IssuerOutcome.REVOKED_BEFORE:
        raise Refused("bundle_signer", subject=path[0].subject.rfc4514_string())


def _require_services(bundle: TrustBundle) -> None:
    anchors = [chains.load(der) for der in bundle.anchors]
    seen: set[bytes] = set()
    for service in bundle.services:
        # One certificate, one role: a pin under two roles would let one key do two jobs.
        if service.cert in seen or service.role not in list(Role) or service.role == Role.ROOT:
            raise Refused("bundle_service", role=service.role)
        seen.add(service.cert)
        chains.require_chain([chains.load(der) for der in (service.cert, *service.chain)], anchors)
        _require_prefix(service, bundle.region)
    for text in bundle.log.vkeys:
        VerifierKey.parse(text)
    witnesses = [VerifierKey.parse(text) for text in bundle.log.witnesses]
    # One key, one voice: the same witness under two names would make a quorum of one.
    distinct = len({key.public_key for key in witnesses}) == len(witnesses)
    if not distinct or any(key.kind != ED25519_COSIGNATURE for key in witnesses):
        raise Refused("bundle_service", role=Role.WITNESS)


def _require_prefix(service: Service, region: str) -> None:
    # A region's keys may sign only numbers of that region (threat 31).
    needed = service.role == Role.REPORT
    prefix = service.number_prefix
    if (needed and prefix is None) or (prefix is not None and not prefix.startswith(region)):
        raise Refused("bundle_service", role=service.role)


def header(chain: Sequence[bytes]) -> str:
    """The header segment of a bundle signed under ``chain`` (DER, trust certificate first, root last)."""
    members = {"alg": ALGORITHM, "typ": TYP, "x5c": [base64_encode(der) for der in chain]}
    return base64url_encode(canonical.encode(members))

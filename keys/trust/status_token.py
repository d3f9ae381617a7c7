"""Opening a status list's token: one JWS, one algorithm, one pinned key of the role ``status``.

Compact JWS (RFC 7515, 3.1)::

    token  = b64url(header) "." b64url(payload) "." b64url(r s)      ; no white space
    header = {"alg": "ES256", "kid": key id, "typ": "statuslist+jwt"}
    payload = domain.status_list

Nothing else may stand in the header.  How old a list may be is judged by who uses it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain import canonical, status_list
from domain.base_text import base64url_decode, base64url_encode
from domain.errors import MalformedInput, Refused
from domain.identifiers import key_id
from domain.status_list import StatusList
from domain.trust_format import Service, TrustBundle
from keys.roles import Role
from keys.trust.ecdsa_form import der_from_raw
from keys.trust.issuer_state import IssuerOutcome, issuer_now
from keys.trust.signatures import spki_of, verify_signature

MAX_TOKEN_BYTES: Final = 2 * 2**20
"""A list that nothing compresses makes a token of 932 KB."""
ALGORITHM: Final = "ES256"
_MEMBERS: Final = frozenset({"alg", "kid", "typ"})
_MAX_HEADER: Final = 512
_GONE: Final = frozenset({IssuerOutcome.REVOKED_BEFORE, IssuerOutcome.REVOKED_AFTER})


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedStatusList:
    """A list whose signature holds."""

    listed: StatusList
    sha256: str
    """Of the token's bytes, lower-case hex."""
    key_id: str


def header(kid: bytes) -> str:
    """The header segment of a token by the key with that id."""
    members = {"alg": ALGORITHM, "kid": kid.hex(), "typ": status_list.TYP}
    return base64url_encode(canonical.encode(members))


def open_status_token(data: bytes, bundle: TrustBundle, now: datetime) -> OpenedStatusList:
    """The list in ``data``, when a pinned status key signed it that is not revoked.

    A list has no time stamp, so a revoked key's are worth nothing, whenever they say they were made.
    Raises MalformedInput ``status_list_form`` or what the payload's format raises; Refused
    ``untrusted_key`` or ``signature_invalid``.
    """
    head, body, signature = _segments(data)
    service = _service(_key_named(head), bundle)
    verify_signature(service.cert, data.rpartition(b".")[0], der_from_raw(base64url_decode(signature)))
    listed = status_list.decode(base64url_decode(body))
    _require_in_force(service, listed, bundle, now)
    kid = key_id(spki_of(service.cert)).hex()
    return OpenedStatusList(listed=listed, sha256=hashlib.sha256(data).hexdigest(), key_id=kid)


def listed_in(data: bytes) -> StatusList:
    """The list in ``data``, whoever signed it: for an auditor, to whom the log vouches for these bytes.

    Raises MalformedInput ``status_list_form`` or what the payload's format raises.
    """
    _, body, _ = _segments(data)
    return status_list.decode(base64url_decode(body))


def _segments(data: bytes) -> tuple[str, str, str]:
    parts = data.split(b".") if len(data) <= MAX_TOKEN_BYTES and data.isascii() else []
    if len(parts) != 3:
        raise MalformedInput("status_list_form", part="segments")
    head, body, signature = (part.decode("ascii") for part in parts)
    return head, body, signature


def _key_named(segment: str) -> str:
    if len(segment) > _MAX_HEADER:
        raise MalformedInput("status_list_form", part="header")
    header_ = canonical.decode(base64url_decode(segment), max_bytes=_MAX_HEADER)
    # SECURITY: read before its signature is checked; it may name a pinned key and nothing else.
    if not isinstance(header_, dict) or set(header_) != _MEMBERS:
        raise MalformedInput("status_list_form", part="header")
    kid = header_["kid"]
    if header_["alg"] != ALGORITHM or header_["typ"] != status_list.TYP or not isinstance(kid, str):
        raise MalformedInput("status_list_form", part="header")
    return kid


def _service(kid: str, bundle: TrustBundle) -> Service:
    for service in bundle.services:
        if service.role == Role.STATUS and key_id(spki_of(service.cert)).hex() == kid:
            return service
    raise Refused("untrusted_key", key_id=kid[:32])


def _require_in_force(service: Service, listed: StatusList, bundle: TrustBundle, now: datetime) -> None:
    ended = service.to is not None and listed.issued_at > service.to
    if ended or issuer_now(bundle, service.cert, listed.issued_at, now).outcome in _GONE:
        raise Refused("untrusted_key", key_id=key_id(spki_of(service.cert)).hex())

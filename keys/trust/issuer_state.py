"""Is the signer's certificate still good *now*?  Asked of the bundle's CRLs, never of the file's own.

A file embeds the lists of its signing day, which can only say what was known then.  Here the
newest list of each issuer in the trust bundle answers, its signature checked (RFC 5280,
6.3.3, without fetching).  Where an issuer has no list, the bundle's own signed key status
answers instead.  A list past its ``nextUpdate`` no longer says that anything is good; what
it says is revoked stays revoked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from domain.errors import MalformedInput
from domain.identifiers import key_id
from domain.trust_format import KeyStatus, Service, ServiceState, TrustBundle
from keys.trust import chains
from keys.trust.signatures import spki_of


class IssuerOutcome(StrEnum):
    """The answers, mildest first."""

    OK = "ok"
    REVOKED_AFTER = "revoked_after"
    """Revoked, but only after the signing time: what it signed before stands."""
    STALE = "stale"
    """The newest word on it is out of date."""
    UNKNOWN = "unknown"
    """The bundle has no word on it."""
    REVOKED_BEFORE = "revoked_before"
    """Revoked, or known to be lost, at the signing time or earlier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerState:
    """What current evidence says of a signer, and how old that evidence is."""

    outcome: IssuerOutcome
    this_update: datetime | None
    """When the oldest of the deciding lists was made; None without any."""
    next_update: datetime | None
    """When the first of them runs out."""
    revoked_at: datetime | None
    """From when the certificate is not to be believed; None unless revoked."""
    reason: str | None = None
    """The list's reason word (RFC 5280, 5.3.1), if it gives one."""


_ORDER = tuple(IssuerOutcome)


def issuer_now(bundle: TrustBundle, cert_der: bytes, signing_time: datetime, now: datetime) -> IssuerState:
    """The state of a signer and of every CA between it and the anchor, the worst of them.

    ``signing_time`` is the proven one (token or log); ``now`` judges the age of the lists.
    Never raises for what a bundle or certificate says: what cannot be read is ``unknown``.
    """
    try:
        path = _path(bundle, cert_der)
    except MalformedInput:
        return _unknown()
    if path is None:
        return _unknown()
    states = [_one(bundle, child, parent, signing_time, now) for child, parent in pairwise(path)]
    service = pinned(bundle, cert_der)
    if service is not None and service.state is ServiceState.REVOKED:
        # The bundle itself withdraws the pin; an issuer that keeps no list cannot contradict it.
        since = service.to or service.from_
        states.append(_revoked(since, None, signing_time, bundle.made_at, bundle.expires_at))
    worst = max(states, key=lambda state: _ORDER.index(state.outcome))
    return IssuerState(
        outcome=worst.outcome,
        this_update=min((s.this_update for s in states if s.this_update), default=None),
        next_update=min((s.next_update for s in states if s.next_update), default=None),
        revoked_at=worst.revoked_at,
        reason=worst.reason,
    )


def pinned(bundle: TrustBundle, cert_der: bytes) -> Service | None:
    """The service whose certificate is ``cert_der``, byte for byte; None when the bundle pins no such one."""
    return next((service for service in bundle.services if service.cert == cert_der), None)


def _path(bundle: TrustBundle, cert_der: bytes) -> list[bytes] | None:
    """DER from the certificate to an anchor, or None when the bundle does not lead there."""
    service = pinned(bundle, cert_der)
    between = [*(service.chain if service else ()), *(s.cert for s in bundle.services if s.role == "issuing")]
    path = [cert_der]
    while len(path) < chains.MAX_CHAIN:
        anchor = _issuer_among(path[-1], bundle.anchors)
        if anchor is not None:
            return [*path, anchor]
        above = _issuer_among(path[-1], between)
        if above is None or above in path:
            return None
        path.append(above)
    return None


def _issuer_among(child: bytes, candidates: Sequence[bytes]) -> bytes | None:
    return next((parent for parent in candidates if _issued(child, parent)), None)


@lru_cache(maxsize=256)
def _issued(child: bytes, parent: bytes) -> bool:
    # The answer never changes for the same two certificates, and is asked for each file.
    return chains.issued(chains.load(child), chains.load(parent))


@lru_cache(maxsize=64)
def _loaded(der: bytes) -> x509.Certificate:
    # Pinned certificates alone come here, the same few for each file; the object cannot be changed.
    return chains.load(der)


@lru_cache(maxsize=64)
def _key_id_of(certificate: bytes) -> str:
    return key_id(spki_of(certificate)).hex()


def _one(
    bundle: TrustBundle, child: bytes, parent: bytes, signing_time: datetime, now: datetime
) -> IssuerState:
    state = _from_lists(bundle.crls, _loaded(child), parent, signing_time, now)
    told = _from_key_status(bundle, child, signing_time, now)
    if told is None:
        return state
    if state.outcome in (IssuerOutcome.STALE, IssuerOutcome.UNKNOWN):
        return told
    return max(state, told, key=lambda each: _ORDER.index(each.outcome)) if told.revoked_at else state


def _from_lists(
    crls: Sequence[bytes], child: x509.Certificate, parent: bytes, signing_time: datetime, now: datetime
) -> IssuerState:
    lists = [found for found in (_list_of(der, parent) for der in crls) if found is not None]
    if not lists:
        return _unknown()
    newest = max(lists, key=lambda crl: crl.last_update_utc)
    entry = newest.get_revoked_certificate_by_serial_number(child.serial_number)
    made, until = newest.last_update_utc, newest.next_update_utc
    if entry is not None:
        since, reason = _revoked_since(entry)
        return _revoked(since, reason, signing_time, made, until)
    fresh = until is not None and now <= until
    outcome = IssuerOutcome.OK if fresh else IssuerOutcome.STALE
    return IssuerState(outcome=outcome, this_update=made, next_update=until, revoked_at=None)


def _from_key_status(
    bundle: TrustBundle, child: bytes, signing_time: datetime, now: datetime
) -> IssuerState | None:
    told = next((each for each in bundle.key_status if each.key_id == _key_id_of(child)), None)
    if told is None:
        return None
    if told.state is ServiceState.REVOKED:
        return _revoked(told.since, told.reason, signing_time, bundle.made_at, bundle.expires_at)
    return _good_by_status(told, bundle, now)


def _good_by_status(told: KeyStatus, bundle: TrustBundle, now: datetime) -> IssuerState:
    outcome = IssuerOutcome.OK if now <= bundle.expires_at else IssuerOutcome.STALE
    return IssuerState(
        outcome=outcome, this_update=bundle.made_at, next_update=bundle.expires_at, revoked_at=None,
        reason=told.reason,
    )  # fmt: skip


def _revoked(
    since: datetime, reason: str | None, signing_time: datetime, made: datetime, until: datetime | None
) -> IssuerState:
    before = since <= signing_time
    return IssuerState(
        outcome=IssuerOutcome.REVOKED_BEFORE if before else IssuerOutcome.REVOKED_AFTER,
        this_update=made,
        next_update=until,
        revoked_at=since,
        reason=reason,
    )


def _revoked_since(entry: x509.RevokedCertificate) -> tuple[datetime, str | None]:
    since, reason = entry.revocation_date_utc, None
    for extension in entry.extensions:
        if isinstance(extension.value, x509.InvalidityDate):
            # The key was lost before anybody revoked it: nothing signed since then counts.
            since = min(since, extension.value.invalidity_date_utc)
        elif isinstance(extension.value, x509.CRLReason):
            reason = extension.value.reason.value
    return since, reason


@lru_cache(maxsize=64)
def _list_of(crl_der: bytes, issuer_der: bytes) -> x509.CertificateRevocationList | None:
    """The list, if it is a complete one of that issuer and truly signed by it."""
    issuer = chains.load(issuer_der)
    key = issuer.public_key()
    try:
        crl = x509.load_der_x509_crl(crl_der)
        # SPEC: RFC 5280, 5.2: an unknown critical extension makes a list unusable; delta and
        # partial lists say so by one, and we use neither.
        partial = any(extension.critical for extension in crl.extensions)
        if (
            crl.issuer != issuer.subject
            or partial
            or not isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey)
        ):
            return None
        return crl if crl.is_signature_valid(key) else None
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.DuplicateExtension):
        return None


def _unknown() -> IssuerState:
    return IssuerState(outcome=IssuerOutcome.UNKNOWN, this_update=None, next_update=None, revoked_at=None)

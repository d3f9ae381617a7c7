"""The certificates and CRLs that go into a file, and whether they may be signed with now.

Checked once for the chain and at each signature for the clock: a file is never signed with
a certificate out of its time, a revoked one, or a CRL that a verifier would call stale.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from domain.errors import DependencyUnavailable, InvariantBroken, Refused

MAX_CRL_AGE: Final = timedelta(hours=1)
"""No signing with an issuing CA's CRL older than this (the root's is exempt)."""

SIGNATURE_ROOM: Final = 2048
"""Bytes of the CMS beside the certificates of both chains: names, attributes, two signatures;
about 1,500 are used with long Chinese names and P-256."""

RSA_ROOM: Final = 2048
"""Further bytes where a key is RSA: two signatures, and an outside authority's longer chain."""

GAP_STEP: Final = 1024
"""The gap is a whole number of such steps, so its size tells little and rarely changes."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything a verifier needs without a network; all of it DER.

    ``signing_chain`` is the report certificate, then its issuers without the root (what stands
    in the CMS); ``stamping_chain`` the time-stamp certificate and its issuers without the root.
    An outside authority has its own root and its own lists; ``crls`` are the house's.
    """

    signing_chain: tuple[bytes, ...]
    stamping_chain: tuple[bytes, ...]
    root: bytes
    crls: tuple[bytes, ...]
    stamping_root: bytes | None = None
    """None where ``stamping_chain`` ends at ``root``, too."""
    stamping_crls: tuple[bytes, ...] = ()

    @cached_property
    def certificates(self) -> tuple[bytes, ...]:
        """Every certificate once: signer, issuers, time-stamp authority, root, the authority's own root."""
        outside = () if self.stamping_root is None else (self.stamping_root,)
        return tuple(dict.fromkeys((*self.signing_chain, *self.stamping_chain, self.root, *outside)))

    @cached_property
    def lists(self) -> tuple[bytes, ...]:
        """Every CRL once: the house's, then an outside authority's."""
        return tuple(dict.fromkeys((*self.crls, *self.stamping_crls)))

    @cached_property
    def unstamped(self) -> Evidence:
        """The same without the time-stamp authority: what a file of level B-B carries.

        SECURITY: so a file that names the authority must have its token; taking the token away,
        which no signature covers, leaves no well-formed file behind.
        """
        return replace(self, stamping_chain=(), stamping_root=None, stamping_crls=())

    @cached_property
    def gap_hex_digits(self) -> int:
        """Hex digits to reserve between ``<`` and ``>`` of /Contents: the same for each file of a chain."""
        needed = sum(map(len, (*self.signing_chain, *self.stamping_chain))) + SIGNATURE_ROOM
        if any(isinstance(certificate.public_key(), rsa.RSAPublicKey) for certificate in self._parsed):
            needed += RSA_ROOM
        return -(-needed // GAP_STEP) * GAP_STEP * 2

    def require_usable(self, now: datetime) -> None:
        """Nothing, when every certificate and CRL is good at ``now`` (aware UTC).

        Raises:
            DependencyUnavailable: ``tsa_unavailable``; an outside authority's certificates or lists
                are not good now: it may not stamp, though the house may sign.
            Refused: ``signer_certificate_out_of_time``, ``signer_certificate_revoked``,
                ``signer_crl_missing``, ``signer_crl_too_old`` or ``signer_crl_expired``.
            InvariantBroken: the parts do not belong together (``chain_broken``).
        """
        if self.stamping_root is None:
            self._require_sound(now, {self._parsed[-1].subject})
            return
        self.unstamped.require_usable(now)
        outside = self._outside
        try:
            # How often others make their lists is theirs to say: nextUpdate alone counts.
            outside._require_sound(now, {crl.issuer for crl in outside._lists})
        except (Refused, InvariantBroken) as error:
            name = outside._parsed[0].subject.rfc4514_string()
            raise DependencyUnavailable("tsa_unavailable", source=name, cause=error.code) from error

    def _require_sound(self, now: datetime, exempt: Collection[x509.Name]) -> None:
        self._chain_is_sound  # noqa: B018 - verified once, on first use
        for certificate in self._parsed:
            _require_in_time(certificate, now)
        for crl in self._lists:
            _require_fresh(crl, now, exempt=crl.issuer in exempt)

    @cached_property
    def _outside(self) -> Evidence:
        """An outside authority's chain by itself, so that neither chain vouches for the other."""
        root = self.root if self.stamping_root is None else self.stamping_root
        return Evidence(
            signing_chain=self.stamping_chain, stamping_chain=(), root=root, crls=self.stamping_crls
        )

    @cached_property
    def _parsed(self) -> tuple[x509.Certificate, ...]:
        return tuple(x509.load_der_x509_certificate(der) for der in self.certificates)

    @cached_property
    def _lists(self) -> tuple[x509.CertificateRevocationList, ...]:
        return tuple(x509.load_der_x509_crl(der) for der in self.crls)

    @cached_property
    def _chain_is_sound(self) -> bool:
        by_subject = {certificate.subject: certificate for certificate in self._parsed}
        for certificate in self._parsed:
            issuer = by_subject.get(certificate.issuer)
            if issuer is None or not _signed_by(certificate, issuer):
                raise InvariantBroken("chain_broken", subject=certificate.subject.rfc4514_string())
            if issuer is not certificate:
                _require_not_revoked(certificate, issuer, self._lists)
        return True


def _signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _require_not_revoked(
    certificate: x509.Certificate, issuer: x509.Certificate, lists: Iterable[x509.CertificateRevocationList]
) -> None:
    name = certificate.subject.rfc4514_string()
    # SPEC: RFC 5280, 5.2: a list with a critical extension we do not know (partial, delta) says nothing.
    matching = [
        crl
        for crl in lists
        if crl.issuer == issuer.subject and not any(ext.critical for ext in crl.extensions)
    ]
    if not matching:
        raise Refused("signer_crl_missing", subject=name)
    for crl in matching:
        if not crl.is_signature_valid(_public(issuer)):
            raise InvariantBroken("chain_broken", subject=name)
        if crl.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None:
            raise Refused("signer_certificate_revoked", subject=name)


def _public(issuer: x509.Certificate) -> ec.EllipticCurvePublicKey | rsa.RSAPublicKey:
    key = issuer.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey | rsa.RSAPublicKey):
        raise InvariantBroken("chain_broken", subject=issuer.subject.rfc4514_string())
    return key


def _require_in_time(certificate: x509.Certificate, now: datetime) -> None:
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise Refused(
            "signer_certificate_out_of_time",
            subject=certificate.subject.rfc4514_string(),
            until=certificate.not_valid_after_utc.isoformat(),
        )


def _require_fresh(crl: x509.CertificateRevocationList, now: datetime, *, exempt: bool) -> None:
    made, until = crl.last_update_utc, crl.next_update_utc
    if until is None or now > until:
        raise Refused("signer_crl_expired", issuer=crl.issuer.rfc4514_string(), made=made.isoformat())
    if now < made or (now - made > MAX_CRL_AGE and not exempt):
        raise Refused("signer_crl_too_old", issuer=crl.issuer.rfc4514_string(), made=made.isoformat())

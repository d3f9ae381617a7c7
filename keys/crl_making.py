"""Certificate revocation lists (RFC 5280, section 5): made by the root and the issuing CA.

Every list says in ``expiredCertsOnCRL`` (X.509 clause 9.5.2.8) that entries stay after the
certificate's own end, so that silence about an expired certificate means "not revoked".
The list number is the time of making in milliseconds: it grows without a counter that
two processes would have to share.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509

from domain.errors import Refused
from domain.times import milliseconds
from keys.certificates import sign_der
from keys.custody import PrivateHandle
from keys.revocations import Revocation, RevocationReason
from keys.roles import Role

ISSUING_CRL_LIFETIME: Final = timedelta(days=7)
ROOT_CRL_LIFETIME: Final = timedelta(days=396)
"""13 months: a yearly ceremony with a month to spare."""
ISSUING_CRL_REFRESH: Final = timedelta(minutes=50)
"""A list older than this is made anew before use."""
SIGNING_CRL_AGE: Final = timedelta(hours=1)
"""Nothing is signed with an issuing CA's list older than this."""
_EXPIRED_CERTS_ON_CRL: Final = x509.ObjectIdentifier("2.5.29.60")


def make_crl(issuer: PrivateHandle, revocations: Iterable[Revocation], *, now: datetime) -> bytes:
    """A DER CRL of ``issuer`` (root or issuing CA) with every revocation of its own certificates.

    ``thisUpdate`` is ``now`` in whole seconds, ``nextUpdate`` 7 days (issuing) or 13 months
    (root) later.  Raises Refused ``certificate_issuer`` for any other role.
    """
    if issuer.role not in (Role.ROOT, Role.ISSUING) or issuer.certificate_der is None:
        raise Refused("certificate_issuer", role="crl", issuer=issuer.role.value)
    authority = x509.load_der_x509_certificate(issuer.certificate_der)
    start = now.astimezone(UTC).replace(microsecond=0)
    lifetime = ROOT_CRL_LIFETIME if issuer.role is Role.ROOT else ISSUING_CRL_LIFETIME
    key_identifier = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.subject)
        .last_update(start)
        .next_update(start + lifetime)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(key_identifier), critical=False
        )
        .add_extension(x509.CRLNumber(milliseconds(now)), critical=False)
        .add_extension(_expired_certs(authority.not_valid_before_utc), critical=False)
    )
    for revocation in revocations:
        if revocation.issuer == issuer.key_id.hex():
            builder = builder.add_revoked_certificate(_entry(revocation))
    return sign_der(builder, issuer)


def this_update(crl_der: bytes) -> datetime:
    """When a list of our own was made."""
    return x509.load_der_x509_crl(crl_der).last_update_utc


def _entry(revocation: Revocation) -> x509.RevokedCertificate:
    builder = (
        x509.RevokedCertificateBuilder()
        .serial_number(revocation.serial)
        .revocation_date(revocation.revoked_at.astimezone(UTC).replace(microsecond=0))
    )
    if revocation.reason is not RevocationReason.UNSPECIFIED:
        # SPEC: RFC 5280, 5.3.1: the reason unspecified (0) is said by leaving it out.
        builder = builder.add_extension(
            x509.CRLReason(x509.ReasonFlags(revocation.reason.value)), critical=False
        )
    if revocation.invalid_since is not None:
        since = revocation.invalid_since.astimezone(UTC).replace(microsecond=0)
        builder = builder.add_extension(x509.InvalidityDate(since), critical=False)
    return builder.build()


def _expired_certs(since: datetime) -> x509.UnrecognizedExtension:
    text = since.strftime("%Y%m%d%H%M%SZ").encode("ascii")
    return x509.UnrecognizedExtension(_EXPIRED_CERTS_ON_CRL, b"\x18" + bytes([len(text)]) + text)

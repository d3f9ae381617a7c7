"""X.509 certificates of a house (RFC 5280): one builder for every role of the table in :mod:`keys.roles`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from domain.errors import Refused
from domain.identifiers import key_id
from keys.custody import PrivateHandle, PrivateKey
from keys.roles import PROFILES, Role, RoleProfile
from keys.vault import Entropy

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey
ENVIRONMENTS: Final = ("demo", "test", "production")
_MAX_ORGANISATION: Final = 64
"""ub-organization-name of RFC 5280, appendix A.1."""
_ANY_POLICY: Final = "2.5.29.32.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseIdentity:
    """Whose certificates these are; the same for the life of a house."""

    region: str
    """Six digits, the prefix of the numbers this house may sign."""
    environment: str
    """``demo``, ``test`` or ``production``."""
    organisation: str
    """The issuing body's name as its reports print it."""

    def __post_init__(self) -> None:
        """Refuse a region that is not six digits, an unknown environment, a name X.509 cannot carry."""
        if not (len(self.region) == 6 and self.region.isascii() and self.region.isdigit()):
            raise Refused("certificate_name", field="region", value=self.region)
        if self.environment not in ENVIRONMENTS:
            raise Refused("certificate_name", field="environment", value=self.environment)
        if not 0 < len(self.organisation) <= _MAX_ORGANISATION:
            raise Refused("certificate_name", field="organisation", value=self.organisation)

    def name(self, role: Role) -> x509.Name:
        """The distinguished name of ``role``'s certificate.

        Rule R8: a root made here is a test certificate whatever the environment; only a
        licensed authority's chain is free of that word.
        """
        unit = (
            "Production"
            if self.environment == "production"
            else f"{self.environment.upper()} - no legal effect"
        )
        kind = "DEMO" if self.environment == "demo" else "TEST"
        common = f"Daizheng {self.region} {PROFILES[role].label} ({kind} certificate)"
        return x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.organisation),
                x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
                x509.NameAttribute(NameOID.COMMON_NAME, common),
            ]
        )


def issue_certificate(
    *,
    role: Role,
    public_key: PublicKey,
    issuer: PrivateHandle,
    identity: HouseIdentity,
    now: datetime,
    entropy: Entropy,
) -> bytes:
    """A DER certificate for ``role``, valid from ``now`` (whole seconds) for the role's lifetime.

    A root signs itself; every other role is signed by ``issuer``, and ends no later than
    the issuer's certificate.  Raises Refused ``certificate_issuer`` when ``issuer`` may
    not sign this role.
    """
    profile = PROFILES[role]
    _require_issuer(role, issuer)
    parent = x509.load_der_x509_certificate(issuer.certificate_der) if issuer.certificate_der else None
    subject = identity.name(role)
    start = now.astimezone(UTC).replace(microsecond=0)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(parent.subject if parent else subject)
        .public_key(public_key)
        .serial_number(serial_number(entropy))
        .not_valid_before(start)
        .not_valid_after(_end(start + (profile.lifetime or timedelta(0)), parent))
    )
    authority = certifiable(issuer.key)
    for extension, critical in _extensions(profile, public_key, authority, start):
        builder = builder.add_extension(extension, critical=critical)
    return sign_der(builder, issuer)


def serial_number(entropy: Entropy) -> int:
    """A positive 127-bit random number (RFC 5280, 4.1.2.2: at most 20 octets; unguessable)."""
    return int.from_bytes(entropy(16), "big") >> 1 | 1


def sign_der(
    builder: x509.CertificateBuilder | x509.CertificateRevocationListBuilder, issuer: PrivateHandle
) -> bytes:
    """The DER of what ``builder`` describes, signed by ``issuer`` with SHA-256."""
    key = issuer.key
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise Refused("certificate_issuer", role="certificate", issuer=issuer.role.value)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def certifiable(key: PrivateKey) -> PublicKey:
    """The public half of a key that X.509 names here; Refused ``key_kind`` for the log's Ed25519."""
    public = key.public_key()
    if not isinstance(public, PublicKey):
        raise Refused("key_kind", kind=type(key).__name__)
    return public


def sha256_hex(der: bytes) -> str:
    """SHA-256 of a certificate, as pins and anchors name it: 64 lower-case hex digits."""
    return hashlib.sha256(der).hexdigest()


def _require_issuer(role: Role, issuer: PrivateHandle) -> None:
    expected = Role.ROOT if role in (Role.ROOT, Role.ISSUING) else Role.ISSUING
    if issuer.role is not expected or PROFILES[role].lifetime is None:
        raise Refused("certificate_issuer", role=role.value, issuer=issuer.role.value)


def _end(end: datetime, parent: x509.Certificate | None) -> datetime:
    return min(end, parent.not_valid_after_utc) if parent else end


def _extensions(
    profile: RoleProfile,
    public_key: PublicKey,
    authority: PublicKey,
    start: datetime,
) -> list[tuple[x509.ExtensionType, bool]]:
    ca = profile.is_ca
    path = {Role.ROOT: 1, Role.ISSUING: 0}.get(profile.role)
    out: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=ca, path_length=path), True),
        (_key_usage(ca=ca, commits=profile.commits), True),
        (x509.SubjectKeyIdentifier(_key_identifier(public_key)), False),
        (x509.AuthorityKeyIdentifier(_key_identifier(authority), None, None), False),
    ]
    policy = profile.policy or (_ANY_POLICY if profile.role is Role.ISSUING else None)
    if policy:
        information = x509.PolicyInformation(x509.ObjectIdentifier(policy), None)
        out.append((x509.CertificatePolicies([information]), False))
    if profile.eku:
        out.append((x509.ExtendedKeyUsage([x509.ObjectIdentifier(profile.eku)]), profile.eku_critical))
    if profile.key_use:
        out.append((x509.PrivateKeyUsagePeriod(start, start + profile.key_use), False))
    if profile.role is Role.OCSP:
        # SPEC: RFC 6960, 4.2.2.2.1: a responder's own status is not asked of itself.
        out.append((x509.OCSPNoCheck(), False))
    return out


def _key_usage(*, ca: bool, commits: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=commits,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def _key_identifier(public_key: PublicKey) -> bytes:
    # SPEC: RFC 7093 section 2, method 1 would cut SHA-256 of the key bits to 20 octets; ours is the
    # product's own key id (over the whole SubjectPublicKeyInfo), so that tools show the same name.
    return key_id(public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))

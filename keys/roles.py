"""One purpose per key: the roles, what their certificates say, and how long they live.

A certificate names its role three times over, so that a key of one role can never
stand in for another: by a certificate policy (RFC 5280, 4.2.1.4) under the product's
arc, by an extended key usage (4.2.1.12), and by its pin in the trust bundle.  The
product's arc hangs under ``2.25`` (ITU-T X.667): a UUID's number needs no registrar.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

ARC: Final = "2.25.2092186673008539412457446155387544007"
"""Root of the product's object identifiers; ``ARC.1.N`` policies, ``ARC.2.N`` key usages."""

EKU_DOCUMENT_SIGNING: Final = "1.3.6.1.5.5.7.3.36"
"""id-kp-documentSigning, RFC 9336."""
EKU_TIME_STAMPING: Final = "1.3.6.1.5.5.7.3.8"
"""id-kp-timeStamping, RFC 3161 section 2.3."""
EKU_OCSP_SIGNING: Final = "1.3.6.1.5.5.7.3.9"
"""id-kp-OCSPSigning, RFC 6960 section 4.2.2.2."""


class Role(StrEnum):
    """What one key is for; a key serves exactly one."""

    ROOT = "root"
    ISSUING = "issuing"
    REPORT = "report"
    TIMESTAMP = "timestamp"
    OCSP = "ocsp"
    QR = "qr"
    STATUS = "status"
    RECEIPT = "receipt"
    TRUST = "trust"
    LOG = "log"
    WITNESS = "witness"


class Algorithm(StrEnum):
    """The key kinds in use; anything else is refused."""

    P256 = "p256"
    RSA3072 = "rsa3072"
    ED25519 = "ed25519"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleProfile:
    """What certificate and key of one role must look like."""

    role: Role
    label: str
    """English words for the certificate's common name."""
    algorithms: tuple[Algorithm, ...]
    """Allowed key kinds; the first is the default."""
    policy: str | None
    """Certificate policy OID; None for a CA (a root has none, an issuing CA any)."""
    eku: str | None
    """The single extended key usage; None for a CA and for the log."""
    eku_critical: bool
    commits: bool
    """True where the key usage says contentCommitment beside digitalSignature."""
    lifetime: timedelta | None
    """From notBefore to notAfter; None where the role has no certificate."""
    key_use: timedelta | None
    """How long the private key may sign (privateKeyUsagePeriod); None: as long as the certificate."""

    @property
    def is_ca(self) -> bool:
        """True for root and issuing, the two that sign certificates and CRLs."""
        return self.role in (Role.ROOT, Role.ISSUING)


_YEAR: Final = timedelta(days=365)
# 27 months with 12 of use: a report signed on the key's last day still has a
# certificate in force for 15 months, in which evidence for the archive can be added.
_LEAF: Final = timedelta(days=823)


def _ca(role: Role, label: str, years: int) -> RoleProfile:
    return RoleProfile(
        role=role,
        label=label,
        algorithms=(Algorithm.P256,),
        policy=None,
        eku=None,
        eku_critical=False,
        commits=False,
        lifetime=years * _YEAR,
        key_use=None,
    )


def _leaf(role: Role, number: int, label: str, *, eku: str | None = None, rsa: bool = False) -> RoleProfile:
    kinds = (Algorithm.P256, Algorithm.RSA3072) if rsa else (Algorithm.P256,)
    return RoleProfile(
        role=role,
        label=label,
        algorithms=kinds,
        policy=f"{ARC}.1.{number}",
        eku=eku or f"{ARC}.2.{number}",
        eku_critical=role is Role.TIMESTAMP,
        commits=role is Role.REPORT,
        lifetime=_LEAF,
        key_use=_YEAR,
    )


def _bare(role: Role, label: str) -> RoleProfile:
    """A key known by its C2SP name alone."""
    return RoleProfile(
        role=role,
        label=label,
        algorithms=(Algorithm.ED25519,),
        policy=None,
        eku=None,
        eku_critical=False,
        commits=False,
        lifetime=None,
        key_use=None,
    )


_PROFILES: Final = (
    _ca(Role.ROOT, "Root CA", 20),
    _ca(Role.ISSUING, "Issuing CA", 10),
    _leaf(Role.REPORT, 1, "Report Signing", eku=EKU_DOCUMENT_SIGNING, rsa=True),
    _leaf(Role.TIMESTAMP, 2, "Time Stamping", eku=EKU_TIME_STAMPING, rsa=True),
    _leaf(Role.OCSP, 3, "OCSP Responder", eku=EKU_OCSP_SIGNING),
    _leaf(Role.QR, 4, "QR Claim Signing"),
    _leaf(Role.STATUS, 5, "Status List Signing"),
    _leaf(Role.RECEIPT, 6, "Receipt Signing"),
    _leaf(Role.TRUST, 7, "Trust Bundle Signing"),
    _bare(Role.LOG, "Signature Log"),
    _bare(Role.WITNESS, "Witness of Other Logs"),
)

PROFILES: Final[Mapping[Role, RoleProfile]] = {profile.role: profile for profile in _PROFILES}
"""The profile of each role; numbers in policies and usages are never reused."""

BARE_ROLES: Final = (Role.LOG, Role.WITNESS)
"""Roles without a certificate; their keys sign notes."""

LEAF_ROLES: Final = tuple(p.role for p in _PROFILES if p.lifetime is not None and not p.is_ca)
"""Roles with an end-entity certificate, in the order of their numbers."""

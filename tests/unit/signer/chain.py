"""A throw-away chain for tests: root, issuing CA, report key, time-stamp authority, CRLs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from domain.errors import DependencyUnavailable
from signer.evidence import Evidence

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Handle:
    """A private key and its certificate, with the ``sign`` the signer asks for."""

    key: PrivateKey
    certificate: x509.Certificate

    @cached_property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    def sign(self, data: bytes) -> bytes:
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self.key.sign(data, ec.ECDSA(hashes.SHA256()))


@dataclass(frozen=True, kw_only=True)
class Chain:
    """All keys of one throw-away house."""

    root: Handle
    issuing: Handle
    report: Handle
    stamp: Handle
    made_at: datetime

    def crl(self, by: Handle, at: datetime, life: timedelta, revoked: Iterable[int] = ()) -> bytes:
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(by.certificate.subject)
            .last_update(at)
            .next_update(at + life)
            .add_extension(x509.CRLNumber(1), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key()), critical=False
            )
        )
        for serial in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at).build()
            builder = builder.add_revoked_certificate(entry)
        return builder.sign(by.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def evidence(self, at: datetime, revoked: Iterable[int] = ()) -> Evidence:
        return Evidence(
            signing_chain=(self.report.der, self.issuing.der),
            stamping_chain=(self.stamp.der, self.issuing.der),
            root=self.root.der,
            crls=(self.crl(self.root, self.made_at, 395 * DAY), self.crl(self.issuing, at, 7 * DAY, revoked)),
        )


def make_chain(made_at: datetime, *, rsa_leaves: bool = False, site: str | None = None) -> Chain:
    """A chain whose certificates are valid for 27 months from a day before ``made_at``.

    With ``site`` each names addresses there for its issuer, its OCSP service and its CRL.
    """

    def key(leaf: bool) -> PrivateKey:
        if leaf and rsa_leaves:
            return rsa.generate_private_key(public_exponent=65537, key_size=3072)
        return ec.generate_private_key(ec.SECP256R1())

    root = _certify("TEST root", key(False), None, made_at, ca=1, usage=None, site=site)
    issuing = _certify("TEST issuing CA", key(False), root, made_at, ca=0, usage=None, site=site)
    report = _certify("TEST report signer", key(True), issuing, made_at, ca=None, usage=None, site=site)
    stamp = _certify(
        "TEST time stamp",
        key(True),
        issuing,
        made_at,
        ca=None,
        usage=ExtendedKeyUsageOID.TIME_STAMPING,
        site=site,
    )
    return Chain(root=root, issuing=issuing, report=report, stamp=stamp, made_at=made_at - DAY)


def _certify(
    name: str,
    key: PrivateKey,
    issuer: Handle | None,
    at: datetime,
    *,
    ca: int | None,
    usage: x509.ObjectIdentifier | None,
    site: str | None,
) -> Handle:
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Daizheng TEST"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    signer = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - DAY)
        .not_valid_after(at + 820 * DAY)
        .add_extension(x509.BasicConstraints(ca is not None, ca), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .add_extension(_key_usage(ca is not None), critical=True)
    )
    for extension in _addresses(site) if site else ():
        builder = builder.add_extension(extension, critical=False)
    if usage is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=True)
    return Handle(key=key, certificate=builder.sign(signer, hashes.SHA256()))


def _addresses(site: str) -> tuple[x509.ExtensionType, ...]:
    def at(path: str) -> x509.UniformResourceIdentifier:
        return x509.UniformResourceIdentifier(f"{site}/{path}")

    access = [
        x509.AccessDescription(AuthorityInformationAccessOID.OCSP, at("ocsp")),
        x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, at("issuer.cer")),
    ]
    point = x509.DistributionPoint(
        full_name=[at("list.crl")], relative_name=None, reasons=None, crl_issuer=None
    )
    return x509.AuthorityInformationAccess(access), x509.CRLDistributionPoints([point])


def _key_usage(ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca, content_commitment=not ca, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=ca, crl_sign=ca, encipher_only=False, decipher_only=False,
    )  # fmt: skip


class TestStamper:
    """A real RFC 3161 token maker over the throw-away time-stamp key."""

    __test__ = False

    def __init__(self, chain: Chain, *, down: bool = False) -> None:
        self._chain, self.down = chain, down

    def stamp(self, message_imprint: bytes, nonce: int, now: datetime) -> bytes:
        if self.down:
            raise DependencyUnavailable("tsa_unavailable")
        sha256 = algos.DigestAlgorithm({"algorithm": "sha256"})
        info = tsp.TSTInfo(
            {
                "version": "v1",
                "policy": "1.3.6.1.4.1.55555.1",
                "message_imprint": {"hash_algorithm": sha256, "hashed_message": message_imprint},
                "serial_number": nonce,
                "gen_time": now.replace(microsecond=0),
                "nonce": nonce,
            }
        ).dump()
        return _signed_data(self._chain, info)


def _signed_data(chain: Chain, info: bytes) -> bytes:
    certificate = asn1_x509.Certificate.load(chain.stamp.der)
    sha256 = algos.DigestAlgorithm({"algorithm": "sha256"})
    identifier = tsp.ESSCertIDv2({"cert_hash": hashlib.sha256(chain.stamp.der).digest()})
    attributes = cms.CMSAttributes(
        [
            {"type": "content_type", "values": ["tst_info"]},
            {"type": "message_digest", "values": [hashlib.sha256(info).digest()]},
            {"type": "signing_certificate_v2", "values": [tsp.SigningCertificateV2({"certs": [identifier]})]},
        ]
    )
    is_rsa = isinstance(chain.stamp.key, rsa.RSAPrivateKey)
    signer_info = {
        "version": "v1",
        "sid": {
            "issuer_and_serial_number": {
                "issuer": certificate.issuer,
                "serial_number": certificate.serial_number,
            }
        },
        "digest_algorithm": sha256,
        "signature_algorithm": {"algorithm": "sha256_rsa" if is_rsa else "sha256_ecdsa"},
        "signed_attrs": attributes,
        "signature": chain.stamp.sign(attributes.dump()),
    }
    content = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [sha256],
            "encap_content_info": {"content_type": "tst_info", "content": core.ParsableOctetString(info)},
            "certificates": [certificate, asn1_x509.Certificate.load(chain.issuing.der)],
            "signer_infos": [signer_info],
        }
    )
    token: bytes = cms.ContentInfo({"content_type": "signed_data", "content": content}).dump()
    return token

"""The house's certificate authority: founding, ceremony, renewal, revocation, lists.

The root stands in a directory of its own with its own store; a house needs it when it is
founded and at the yearly ceremony, and never to issue a report.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from domain.errors import Refused
from keys import revocations
from keys.certificates import HouseIdentity, certifiable, issue_certificate, sha256_hex
from keys.crl_making import ISSUING_CRL_REFRESH, ROOT_CRL_LIFETIME, make_crl, this_update
from keys.custody import KeyStore, PrivateHandle, create_store, generate
from keys.revocations import Revocation, RevocationReason
from keys.roles import BARE_ROLES, LEAF_ROLES, PROFILES, Algorithm, Role
from keys.vault import Entropy, Kdf

_ROOT_CRL: Final = "root.crl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceremony:
    """What a ceremony has done, for the minutes that two people sign."""

    anchor_sha256: str
    """SHA-256 of the root certificate: the figure receivers pin."""
    root_crl_number: int
    root_crl_until: datetime
    issuing_key_id: str
    issuing_renewed: bool
    issuing_revoked: tuple[str, ...]
    """Serial numbers (hex) of issuing certificates revoked now."""


def create_root(
    root_dir: Path,
    passphrase: bytes,
    *,
    identity: HouseIdentity,
    now: datetime,
    entropy: Entropy = os.urandom,
    kdf: Kdf | None = None,
) -> KeyStore:
    """Root key, its certificate and first list stand in ``root_dir``; Conflict ``key_store_exists``."""
    store = create_store(root_dir, passphrase, kdf=kdf, entropy=entropy)
    _make_key(store, Role.ROOT, Algorithm.P256, issuer=None, identity=identity, now=now)
    _write_root_crl(store, now)
    return store


def init_house(
    keys_dir: Path,
    root_dir: Path,
    *,
    passphrase: bytes,
    root_passphrase: bytes | None = None,
    identity: HouseIdentity,
    now: datetime,
    entropy: Entropy = os.urandom,
    kdf: Kdf | None = None,
    algorithms: Mapping[Role, Algorithm] | None = None,
) -> KeyStore:
    """Root (made if ``root_dir`` has none), issuing CA, a key per role, secrets and both lists exist.

    ``root_passphrase`` defaults to ``passphrase``; ``algorithms`` may choose RSA for report
    and time stamp.  Raises Conflict ``key_store_exists``, Refused ``passphrase_*`` or ``key_kind``.
    """
    secret = passphrase if root_passphrase is None else root_passphrase
    root = (
        KeyStore.open(root_dir, secret, entropy=entropy)
        if (Path(root_dir) / "store.json").exists()
        else create_root(root_dir, secret, identity=identity, now=now, entropy=entropy, kdf=kdf)
    )
    house = create_store(keys_dir, passphrase, kdf=kdf, entropy=entropy)
    anchor = root.private(Role.ROOT)
    house.add_certificate(Role.ROOT, root.certificate(Role.ROOT), now=now)
    issuing = _make_key(house, Role.ISSUING, Algorithm.P256, issuer=anchor, identity=identity, now=now)
    for role in LEAF_ROLES:
        chosen = (algorithms or {}).get(role, PROFILES[role].algorithms[0])
        _make_key(house, role, chosen, issuer=issuing, identity=identity, now=now)
    for role in BARE_ROLES:
        house.add_key(role, generate(Algorithm.ED25519), None, now=now)
    house.vault.write_plain(_ROOT_CRL, root.vault.read_plain(_ROOT_CRL))
    issuing_crl(house, now=now)
    return house


def ceremony(
    root_dir: Path,
    root_passphrase: bytes,
    house: KeyStore,
    *,
    identity: HouseIdentity,
    now: datetime,
    renew_issuing: bool = False,
    revoke_issuing: RevocationReason | None = None,
    entropy: Entropy = os.urandom,
) -> Ceremony:
    """The root has signed a new list, valid 13 months, and the house holds it.

    ``revoke_issuing`` revokes the present issuing certificate with that reason and makes a
    new issuing key and, since nothing under the old one is believed any more, a new key for
    every role with a certificate; ``renew_issuing`` makes a new issuing key alone.
    Raises Refused ``root_differs`` when the house stands under another root.
    """
    root = KeyStore.open(root_dir, root_passphrase, entropy=entropy)
    if root.certificate(Role.ROOT) != house.certificate(Role.ROOT):
        raise Refused("root_differs", anchor=sha256_hex(root.certificate(Role.ROOT)))
    revoked: tuple[str, ...] = ()
    if revoke_issuing is not None:
        revoked = (_revoke(root, house.certificate(Role.ISSUING), revoke_issuing, now, None)[0],)
    renewed = renew_issuing or revoke_issuing is not None
    if renewed:
        _make_key(
            house, Role.ISSUING, Algorithm.P256, issuer=root.private(Role.ROOT), identity=identity, now=now
        )
    if revoked:
        for role in LEAF_ROLES:
            renew(house, role, identity=identity, now=now, algorithm=house.entry(role).algorithm)
    crl = x509.load_der_x509_crl(_write_root_crl(root, now))
    house.vault.write_plain(_ROOT_CRL, root.vault.read_plain(_ROOT_CRL))
    number = crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    return Ceremony(
        anchor_sha256=sha256_hex(root.certificate(Role.ROOT)),
        root_crl_number=number,
        root_crl_until=crl.last_update_utc + ROOT_CRL_LIFETIME,
        issuing_key_id=house.entry(Role.ISSUING).key_id,
        issuing_renewed=renewed,
        issuing_revoked=revoked,
    )


def renew(
    house: KeyStore,
    role: Role,
    *,
    identity: HouseIdentity,
    now: datetime,
    algorithm: Algorithm | None = None,
) -> PrivateHandle:
    """``role`` has a new key and certificate; the old ones stay readable as retired; Refused ``key_kind``."""
    chosen = algorithm or PROFILES[role].algorithms[0]
    if role in BARE_ROLES:
        return house.add_key(role, generate(Algorithm.ED25519), None, now=now)
    return _make_key(house, role, chosen, issuer=house.private(Role.ISSUING), identity=identity, now=now)


def revoke(
    house: KeyStore,
    certificate_der: bytes,
    reason: RevocationReason,
    *,
    at: datetime,
    invalid_since: datetime | None = None,
) -> bytes:
    """The certificate is listed and its issuing CA's list made anew, which is returned as DER.

    Raises Refused ``certificate_issuer`` when no issuing CA of this house issued it,
    Conflict ``certificate_revoked_already``.
    """
    issuer = _revoke(house, certificate_der, reason, at, invalid_since)[1]
    return issuing_crl(house, now=at, fresh=True, named=issuer)


def issuing_crl(house: KeyStore, *, now: datetime, fresh: bool = False, named: str | None = None) -> bytes:
    """An issuing CA's list, at most 50 minutes old at ``now``; made anew when older, missing or ``fresh``.

    ``named`` chooses a retired issuing key by its id.  A list from the future (the clock went
    back) is made anew too, so that no signature carries a list that did not exist yet.
    """
    issuer = house.private(Role.ISSUING, named)
    name = f"issuing-{issuer.key_id.hex()}.crl"
    with house.vault.exclusive():
        if not fresh and house.vault.has(name):
            held = house.vault.read_plain(name)
            if _is_ours(held, issuer) and timedelta(0) <= now - this_update(held) <= ISSUING_CRL_REFRESH:
                return held
        made = make_crl(issuer, revocations.read(house.vault), now=now)
        house.vault.write_plain(name, made)
        return made


def root_crl(house: KeyStore) -> bytes:
    """The root's list that the last ceremony left here; exempt from the hour's rule."""
    return house.vault.read_plain(_ROOT_CRL)


def crls(house: KeyStore, *, now: datetime, role: Role = Role.REPORT) -> tuple[bytes, bytes]:
    """Both lists a signature by ``role`` embeds: the root's and its issuing CA's, the latter fresh."""
    return root_crl(house), issuing_crl(house, now=now, named=house.issuing_entry(role).key_id)


def all_crls(house: KeyStore, *, now: datetime) -> tuple[bytes, ...]:
    """The root's list and a fresh one of every issuing key this house ever had, for the trust bundle."""
    named = [entry.key_id for entry in house.entries if entry.role is Role.ISSUING]
    return root_crl(house), *(issuing_crl(house, now=now, named=key_id) for key_id in named)


def _make_key(
    store: KeyStore,
    role: Role,
    algorithm: Algorithm,
    *,
    issuer: PrivateHandle | None,
    identity: HouseIdentity,
    now: datetime,
) -> PrivateHandle:
    profile = PROFILES[role]
    if algorithm not in profile.algorithms:
        raise Refused("key_kind", role=role.value, kind=algorithm.value)
    key = generate(algorithm)
    certificate = issue_certificate(
        role=role,
        public_key=certifiable(key),
        issuer=issuer or PrivateHandle.bare(role, key),
        identity=identity,
        now=now,
        entropy=store.vault.entropy,
    )
    start = now.astimezone(UTC).replace(microsecond=0)
    until = start + profile.key_use if profile.key_use else None
    return store.add_key(role, key, certificate, now=now, use_until=until)


def _revoke(
    store: KeyStore,
    certificate_der: bytes,
    reason: RevocationReason,
    at: datetime,
    since: datetime | None,
) -> tuple[str, str]:
    certificate = x509.load_der_x509_certificate(certificate_der)
    for role in (Role.ISSUING, Role.ROOT):
        for entry in store.entries:
            if entry.role is not role or not entry.private:
                continue
            if _issued_by(certificate, store.certificate(role, entry.key_id)):
                revocations.add(
                    store.vault,
                    Revocation(
                        issuer=entry.key_id,
                        serial=certificate.serial_number,
                        revoked_at=at,
                        reason=reason,
                        invalid_since=since,
                    ),
                )
                return f"{certificate.serial_number:x}", entry.key_id
    raise Refused("certificate_issuer", role="revocation", issuer=certificate.issuer.rfc4514_string())


def _issued_by(certificate: x509.Certificate, authority_der: bytes) -> bool:
    try:
        certificate.verify_directly_issued_by(x509.load_der_x509_certificate(authority_der))
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _is_ours(crl_der: bytes, issuer: PrivateHandle) -> bool:
    try:
        return x509.load_der_x509_crl(crl_der).is_signature_valid(certifiable(issuer.key))
    except ValueError:
        return False


def _write_root_crl(root: KeyStore, now: datetime) -> bytes:
    made = make_crl(root.private(Role.ROOT), revocations.read(root.vault), now=now)
    root.vault.write_plain(_ROOT_CRL, made)
    return made

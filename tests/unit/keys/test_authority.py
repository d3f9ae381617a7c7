"""Certificates and lists, judged by openssl."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from domain.errors import Conflict, InvariantBroken, Refused
from keys import authority, revocations
from keys.authority import ceremony, create_root, crls, init_house, issuing_crl, renew, revoke, root_crl
from keys.certificates import HouseIdentity, certifiable, issue_certificate
from keys.crl_making import make_crl, this_update
from keys.custody import KeyStore, PrivateHandle, generate
from keys.revocations import RevocationReason
from keys.roles import LEAF_ROLES, PROFILES, Algorithm, Role

from .conftest import FAST, IDENTITY, NOW, PASSPHRASE, OpenSsl, pem

pytestmark = [pytest.mark.judge, pytest.mark.tool("openssl")]
LATER = NOW + timedelta(minutes=5)


def _verify(
    openssl: OpenSsl, base: Path, store: KeyStore, role: Role, at: datetime, lists: tuple[bytes, ...]
) -> str:
    leaf, issuing, root = store.chain(role)
    words = ["verify", "-x509_strict", "-crl_check_all", "-attime", str(int(at.timestamp()))]
    words += [
        "-CAfile",
        str(pem(base, "root", "x509", [root])),
        "-untrusted",
        str(pem(base, "ca", "x509", [issuing])),
    ]
    for place, der in enumerate(lists):
        words += ["-CRLfile", str(pem(base, f"list{place}", "crl", [der]))]
    done = openssl(*words, pem(base, "leaf", "x509", [leaf]))
    return done.stdout + done.stderr


@pytest.mark.parametrize("role", LEAF_ROLES)
def test_openssl_accepts_every_certificate_with_both_lists(
    house: KeyStore, openssl: OpenSsl, tmp_path: Path, role: Role
) -> None:
    assert "leaf.pem: OK" in _verify(openssl, tmp_path, house, role, NOW, crls(house, now=NOW))


def test_openssl_wants_both_lists(house: KeyStore, openssl: OpenSsl, tmp_path: Path) -> None:
    answer = _verify(openssl, tmp_path, house, Role.REPORT, NOW, crls(house, now=NOW)[:1])
    assert "unable to get certificate CRL" in answer


def test_openssl_sees_a_revocation(own_house: KeyStore, openssl: OpenSsl, tmp_path: Path) -> None:
    revoke(own_house, own_house.certificate(Role.REPORT), RevocationReason.KEY_COMPROMISE, at=LATER)
    lists = crls(own_house, now=LATER)
    assert "certificate revoked" in _verify(openssl, tmp_path, own_house, Role.REPORT, LATER, lists)
    assert "leaf.pem: OK" in _verify(openssl, tmp_path, own_house, Role.TIMESTAMP, LATER, lists)


def test_openssl_calls_a_list_stale_after_seven_days(
    house: KeyStore, openssl: OpenSsl, tmp_path: Path
) -> None:
    lists = crls(house, now=NOW)
    week = timedelta(days=7)
    assert "OK" in _verify(openssl, tmp_path, house, Role.REPORT, NOW + week - timedelta(minutes=1), lists)
    answer = _verify(openssl, tmp_path, house, Role.REPORT, NOW + week + timedelta(minutes=1), lists)
    assert "CRL has expired" in answer


@pytest.mark.parametrize("role", LEAF_ROLES)
def test_a_leaf_says_its_one_role(house: KeyStore, role: Role) -> None:
    certificate = x509.load_der_x509_certificate(house.certificate(role))
    of = certificate.extensions.get_extension_for_class
    usage, profile = of(x509.ExtendedKeyUsage), PROFILES[role]
    assert [each.dotted_string for each in usage.value] == [profile.eku]
    assert usage.critical == (role is Role.TIMESTAMP)
    assert [p.policy_identifier.dotted_string for p in of(x509.CertificatePolicies).value] == [profile.policy]
    assert of(x509.BasicConstraints).value == x509.BasicConstraints(ca=False, path_length=None)
    assert of(x509.KeyUsage).value.digital_signature
    assert of(x509.KeyUsage).value.content_commitment == (role is Role.REPORT)
    assert not of(x509.KeyUsage).value.key_cert_sign
    period = of(x509.PrivateKeyUsagePeriod).value
    assert period.not_after - period.not_before == timedelta(days=365)
    months = (certificate.not_valid_after_utc - certificate.not_valid_before_utc).days / 30.44
    assert 26.9 < months < 27.1


def test_names_carry_environment_and_the_word_test(house: KeyStore, tmp_path: Path) -> None:
    for entry in house.entries:
        if entry.certificate_sha256:
            name = x509.load_der_x509_certificate(house.certificate(entry.role)).subject.rfc4514_string()
            assert "TEST certificate" in name
            assert "TEST - no legal effect" in name
            assert "150300" in name
    demo = HouseIdentity(region="140000", environment="demo", organisation="山西省(演示)")
    real = HouseIdentity(region="140000", environment="production", organisation="山西省")
    assert "DEMO certificate" in demo.name(Role.ROOT).rfc4514_string()
    # R8: a self-made root is called a test certificate in production too.
    assert "TEST certificate" in real.name(Role.ROOT).rfc4514_string()


@pytest.mark.parametrize("fields", [
    {"region": "15030"}, {"region": "15030a"}, {"region": "１５０３００"},
    {"environment": "staging"}, {"organisation": ""}, {"organisation": "名" * 65},
])  # fmt: skip
def test_names_that_do_not_fit_are_refused(fields: dict[str, str]) -> None:
    with pytest.raises(Refused, match="certificate_name"):
        HouseIdentity(**{"region": "150300", "environment": "test", "organisation": "名"} | fields)


def test_serial_numbers_are_positive_and_long(house: KeyStore) -> None:
    ders = [house.certificate(entry.role) for entry in house.entries if entry.certificate_sha256]
    numbers = {x509.load_der_x509_certificate(der).serial_number for der in ders}
    assert len(numbers) == len(ders)
    assert all(0 < number < 2**127 for number in numbers)
    assert max(numbers) > 2**100


def test_only_the_right_authority_issues(house: KeyStore, founded: Path) -> None:
    root = KeyStore.open(founded / "root", PASSPHRASE).private(Role.ROOT)
    public = generate(Algorithm.P256).public_key()

    def issue(role: Role, issuer: PrivateHandle) -> bytes:
        return issue_certificate(
            role=role, public_key=public, issuer=issuer, identity=IDENTITY, now=NOW, entropy=house.vault.entropy
        )  # fmt: skip

    for role, issuer in [
        (Role.REPORT, root), (Role.REPORT, house.private(Role.QR)), (Role.ISSUING, house.private(Role.ISSUING)),
        (Role.LOG, house.private(Role.ISSUING)), (Role.ROOT, house.private(Role.ISSUING)),
    ]:  # fmt: skip
        with pytest.raises(Refused, match="certificate_issuer"):
            issue(role, issuer)
    with pytest.raises(Refused, match="certificate_issuer"):
        make_crl(house.private(Role.REPORT), [], now=NOW)


def test_a_leaf_never_outlives_its_issuer(own_house: KeyStore) -> None:
    late = NOW + timedelta(days=3650 - 100)
    handle = renew(own_house, Role.STATUS, identity=IDENTITY, now=late)
    leaf = x509.load_der_x509_certificate(handle.certificate_der or b"")
    issuing = x509.load_der_x509_certificate(own_house.certificate(Role.ISSUING))
    assert leaf.not_valid_after_utc == issuing.not_valid_after_utc


def test_a_list_is_kept_for_fifty_minutes_and_then_made_anew(own_house: KeyStore) -> None:
    first = issuing_crl(own_house, now=NOW)
    assert issuing_crl(own_house, now=NOW + timedelta(minutes=49)) == first
    second = issuing_crl(own_house, now=NOW + timedelta(minutes=51))
    assert this_update(second) > this_update(first)
    # The clock went back: a list from the future is not signed with.
    assert this_update(issuing_crl(own_house, now=NOW)) <= NOW


def test_a_list_that_is_not_ours_is_replaced(own_house: KeyStore) -> None:
    name = f"issuing-{own_house.entry(Role.ISSUING).key_id}.crl"
    good = own_house.vault.read_plain(name)
    for bad in (b"rubbish", root_crl(own_house), good[:-1] + bytes([good[-1] ^ 1])):
        own_house.vault.write_plain(name, bad)
        fresh = x509.load_der_x509_crl(issuing_crl(own_house, now=NOW))
        key = own_house.private(Role.ISSUING).key.public_key()
        assert fresh.is_signature_valid(key)  # type: ignore[arg-type]


def test_list_numbers_grow(own_house: KeyStore) -> None:
    def number(der: bytes) -> int:
        return x509.load_der_x509_crl(der).extensions.get_extension_for_class(x509.CRLNumber).value.crl_number

    made = [issuing_crl(own_house, now=NOW + timedelta(seconds=s), fresh=True) for s in (1, 2, 2.5)]
    assert number(made[0]) < number(made[1]) < number(made[2])


def test_a_revocation_stays_and_is_not_repeated(own_house: KeyStore) -> None:
    report = own_house.certificate(Role.REPORT)
    serial = x509.load_der_x509_certificate(report).serial_number
    since = NOW - timedelta(days=1)
    der = revoke(own_house, report, RevocationReason.KEY_COMPROMISE, at=LATER, invalid_since=since)
    entry = x509.load_der_x509_crl(der).get_revoked_certificate_by_serial_number(serial)
    assert entry is not None
    assert entry.revocation_date_utc == LATER.replace(microsecond=0)
    assert (
        entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
        is x509.ReasonFlags.key_compromise
    )
    lost = entry.extensions.get_extension_for_class(x509.InvalidityDate).value.invalidity_date_utc
    assert lost == since.replace(microsecond=0)
    with pytest.raises(Conflict, match="certificate_revoked_already"):
        revoke(own_house, report, RevocationReason.SUPERSEDED, at=LATER)
    # Years later, after the certificate's own end, it is still listed.
    old = x509.load_der_x509_crl(issuing_crl(own_house, now=NOW + timedelta(days=2000)))
    assert old.get_revoked_certificate_by_serial_number(serial) is not None
    again = KeyStore.open(own_house.vault.directory, PASSPHRASE)
    assert [each.serial for each in revocations.read(again.vault)] == [serial]


def test_a_loss_found_later_only_moves_back_the_instant_of_belief(own_house: KeyStore) -> None:
    report = own_house.certificate(Role.REPORT)
    serial = x509.load_der_x509_certificate(report).serial_number
    revoke(own_house, report, RevocationReason.SUPERSEDED, at=LATER)

    def again(since: datetime) -> tuple[datetime, datetime, object]:
        der = revoke(
            own_house,
            report,
            RevocationReason.KEY_COMPROMISE,
            at=LATER + timedelta(days=3),
            invalid_since=since,
        )
        entry = x509.load_der_x509_crl(der).get_revoked_certificate_by_serial_number(serial)
        assert entry is not None
        lost = entry.extensions.get_extension_for_class(x509.InvalidityDate).value.invalidity_date_utc
        reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
        return entry.revocation_date_utc, lost, reason

    for since in (NOW - timedelta(days=1), NOW - timedelta(days=9)):
        assert again(since) == (
            LATER.replace(microsecond=0), since.replace(microsecond=0), x509.ReasonFlags.key_compromise
        )  # fmt: skip
    for since in (NOW - timedelta(days=9), NOW - timedelta(days=8), LATER + timedelta(days=1)):
        with pytest.raises(Conflict, match="certificate_revoked_already"):
            again(since)
    assert [each.serial for each in revocations.read(own_house.vault)] == [serial]


def test_the_unspecified_reason_is_said_by_silence(own_house: KeyStore) -> None:
    der = revoke(own_house, own_house.certificate(Role.QR), RevocationReason.UNSPECIFIED, at=LATER)
    (entry,) = x509.load_der_x509_crl(der)
    assert not list(entry.extensions)


def test_another_house_s_certificate_cannot_be_revoked(own_house: KeyStore, tmp_path: Path) -> None:
    other = create_root(tmp_path / "other", PASSPHRASE, identity=IDENTITY, now=NOW, kdf=FAST)
    for der in (other.certificate(Role.ROOT), own_house.certificate(Role.ISSUING)):
        with pytest.raises(Refused, match="certificate_issuer"):
            revoke(own_house, der, RevocationReason.SUPERSEDED, at=LATER)


def test_an_edited_revocation_file_stops_the_list(own_house: KeyStore) -> None:
    revoke(own_house, own_house.certificate(Role.QR), RevocationReason.SUPERSEDED, at=LATER)
    path = own_house.vault.directory / "revocations.json"
    path.write_bytes(path.read_bytes().replace(b"superseded", b"unspecified"))
    with pytest.raises(InvariantBroken, match="key_file_tampered"):
        issuing_crl(own_house, now=LATER, fresh=True)
    own_house.vault.write_authentic("revocations.json", b'{"revocations": [{}]}')
    with pytest.raises(InvariantBroken, match="key_file_tampered"):
        issuing_crl(own_house, now=LATER, fresh=True)


def test_the_ceremony_renews_the_root_s_list(own_copy: Path, own_house: KeyStore) -> None:
    year = NOW + timedelta(days=365)
    done = ceremony(own_copy / "root", PASSPHRASE, own_house, identity=IDENTITY, now=year)
    assert done.root_crl_until == year.replace(microsecond=0) + timedelta(days=396)
    assert this_update(root_crl(own_house)) == year.replace(microsecond=0)
    assert not done.issuing_renewed
    fingerprint = x509.load_der_x509_certificate(own_house.certificate(Role.ROOT)).fingerprint(SHA256())
    assert done.anchor_sha256 == fingerprint.hex()


def test_a_new_issuing_key_leaves_the_old_certificates_good(
    own_copy: Path, own_house: KeyStore, openssl: OpenSsl, tmp_path: Path
) -> None:
    old = own_house.entry(Role.ISSUING).key_id
    done = ceremony(
        own_copy / "root", PASSPHRASE, own_house, identity=IDENTITY, now=LATER, renew_issuing=True
    )
    assert done.issuing_renewed
    assert done.issuing_key_id != old
    assert own_house.issuing_entry(Role.REPORT).key_id == old
    assert "OK" in _verify(openssl, tmp_path, own_house, Role.REPORT, LATER, crls(own_house, now=LATER))
    renew(own_house, Role.REPORT, identity=IDENTITY, now=LATER)
    assert own_house.issuing_entry(Role.REPORT).key_id == done.issuing_key_id
    assert "OK" in _verify(openssl, tmp_path, own_house, Role.REPORT, LATER, crls(own_house, now=LATER))
    assert len(authority.all_crls(own_house, now=LATER)) == 3


def test_a_lost_issuing_key_takes_everything_under_it(
    own_copy: Path, own_house: KeyStore, openssl: OpenSsl, tmp_path: Path
) -> None:
    before = KeyStore.open(shutil.copytree(own_copy / "keys", tmp_path / "before"), PASSPHRASE)
    done = ceremony(
        own_copy / "root", PASSPHRASE, own_house, identity=IDENTITY, now=LATER,
        revoke_issuing=RevocationReason.CA_COMPROMISE,
    )  # fmt: skip
    assert len(done.issuing_revoked) == 1
    lists = (root_crl(own_house), issuing_crl(before, now=LATER))
    assert "certificate revoked" in _verify(openssl, tmp_path, before, Role.REPORT, LATER, lists)
    for role in LEAF_ROLES:
        assert own_house.certificate(role) != before.certificate(role)
        assert "OK" in _verify(
            openssl, tmp_path, own_house, role, LATER, crls(own_house, now=LATER, role=role)
        )
    assert own_house.private(Role.LOG).key_id == before.private(Role.LOG).key_id


def test_a_stranger_s_root_holds_no_ceremony(own_house: KeyStore, tmp_path: Path) -> None:
    create_root(tmp_path / "other", PASSPHRASE, identity=IDENTITY, now=NOW, kdf=FAST)
    with pytest.raises(Refused, match="root_differs"):
        ceremony(tmp_path / "other", PASSPHRASE, own_house, identity=IDENTITY, now=LATER)


def test_two_houses_may_stand_under_one_root_and_rsa_may_sign_reports(
    own_copy: Path, tmp_path: Path, openssl: OpenSsl
) -> None:
    second = init_house(
        tmp_path / "second", own_copy / "root", passphrase=b"its own passphrase", root_passphrase=PASSPHRASE,
        identity=IDENTITY, now=LATER, kdf=FAST,
        algorithms={Role.REPORT: Algorithm.RSA3072, Role.TIMESTAMP: Algorithm.RSA3072},
    )  # fmt: skip
    first = KeyStore.open(own_copy / "keys", PASSPHRASE)
    assert second.certificate(Role.ROOT) == first.certificate(Role.ROOT)
    assert second.private(Role.REPORT).algorithm is Algorithm.RSA3072
    for role in (Role.REPORT, Role.TIMESTAMP, Role.QR):
        assert "OK" in _verify(openssl, tmp_path, second, role, LATER, crls(second, now=LATER, role=role))


def test_rsa_is_for_report_and_time_stamp_alone(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="key_kind"):
        init_house(
            tmp_path / "keys", tmp_path / "root", passphrase=PASSPHRASE, identity=IDENTITY, now=NOW, kdf=FAST,
            algorithms={Role.QR: Algorithm.RSA3072},
        )  # fmt: skip


def test_an_ed25519_key_is_in_no_certificate(house: KeyStore) -> None:
    log = house.private(Role.LOG)
    with pytest.raises(Refused, match="key_kind"):
        certifiable(log.key)
    issuing = house.private(Role.ISSUING)
    mixed = PrivateHandle(
        role=Role.ISSUING, key_id=issuing.key_id, algorithm=log.algorithm, key=log.key,
        certificate_der=issuing.certificate_der, use_until=None,
    )  # fmt: skip
    with pytest.raises(Refused, match="certificate_issuer"):
        make_crl(mixed, [], now=NOW)


def test_each_issuing_key_lists_its_own_certificates_alone(own_copy: Path, own_house: KeyStore) -> None:
    old = own_house.entry(Role.ISSUING).key_id
    ceremony(own_copy / "root", PASSPHRASE, own_house, identity=IDENTITY, now=LATER, renew_issuing=True)
    der = revoke(own_house, own_house.certificate(Role.QR), RevocationReason.SUPERSEDED, at=LATER)
    assert len(x509.load_der_x509_crl(der)) == 1
    assert len(x509.load_der_x509_crl(issuing_crl(own_house, now=LATER, fresh=True, named=old))) == 1
    assert len(x509.load_der_x509_crl(issuing_crl(own_house, now=LATER, fresh=True))) == 0


def test_chains_end_at_the_root(house: KeyStore) -> None:
    root, issuing = house.certificate(Role.ROOT), house.certificate(Role.ISSUING)
    assert house.chain(Role.ROOT) == (root,)
    assert house.chain(Role.ISSUING) == (issuing, root)
    assert house.chain(Role.QR) == (house.certificate(Role.QR), issuing, root)

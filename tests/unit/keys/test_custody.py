"""Handles: one role each, low s, a time of use, and nothing shown."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from domain.errors import InvariantBroken, NotFound, Refused
from keys.authority import renew
from keys.custody import KeyStore, PrivateHandle, algorithm_of, create_store, generate
from keys.roles import LEAF_ROLES, PROFILES, Algorithm, Role
from keys.stamping import HouseTimeStamper
from keys.trust.ecdsa_form import is_low_s, raw_from_der
from keys.trust.signatures import verify_signature

from .conftest import FAST, IDENTITY, NOW, PASSPHRASE


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ROOT])
def test_every_role_signs_what_its_public_key_checks(house: KeyStore, role: Role) -> None:
    handle = house.private(role)
    signature = handle.sign(b"message")
    verify_signature(handle.spki_der, b"message", signature)
    if handle.certificate_der:
        verify_signature(handle.certificate_der, b"message", signature)
    with pytest.raises(Refused, match="signature_invalid"):
        verify_signature(handle.spki_der, b"massage", signature)
    assert handle.key_id == hashlib.sha256(handle.spki_der).digest()[:8]


def test_our_signatures_have_low_s(house: KeyStore) -> None:
    handle = house.private(Role.REPORT)
    # An unnormalised signer would give high s every second time: 2^-60 to pass by luck.
    assert all(is_low_s(handle.sign(bytes([place]))) for place in range(60))
    assert len(handle.sign_raw(b"x")) == 64


def test_the_log_signs_64_bytes_of_ed25519(house: KeyStore) -> None:
    log = house.private(Role.LOG)
    assert log.algorithm is Algorithm.ED25519
    assert log.sign(b"x") == log.sign_raw(b"x")
    assert len(log.public_raw) == 32
    with pytest.raises(Refused, match="signature_form"):
        _ = house.private(Role.QR).public_raw


def test_keys_of_all_roles_differ(house: KeyStore) -> None:
    ids = [entry.key_id for entry in house.entries]
    assert len(ids) == len(set(ids)) == len(Role)
    assert {entry.role for entry in house.entries} == set(Role)


def test_the_root_is_apart(house: KeyStore, founded: Path) -> None:
    with pytest.raises(NotFound, match="key_unknown"):
        house.private(Role.ROOT)
    assert not list((founded / "keys").glob("root-*.key"))
    assert KeyStore.open(founded / "root", PASSPHRASE).private(Role.ROOT).sign(b"x")


def test_a_handle_shows_no_key(house: KeyStore) -> None:
    assert "PrivateHandle" in repr(house.private(Role.LOG))
    assert house.private(Role.LOG).key.private_bytes_raw().hex() not in repr(house.private(Role.LOG))


def test_the_time_of_use_ends_after_twelve_months(house: KeyStore) -> None:
    for role in LEAF_ROLES:
        handle = house.private(role)
        handle.require_usable(NOW + timedelta(days=364))
        with pytest.raises(Refused, match="key_use_ended"):
            handle.require_usable(NOW + timedelta(days=366))
    house.private(Role.LOG).require_usable(NOW + timedelta(days=9999))


def test_a_new_key_takes_over_and_the_old_one_stays(own_house: KeyStore) -> None:
    old = own_house.private(Role.LOG)
    new = own_house.add_key(Role.LOG, generate(Algorithm.ED25519), None, now=NOW + timedelta(days=1))
    again = KeyStore.open(own_house.vault.directory, PASSPHRASE)
    assert again.private(Role.LOG).key_id == new.key_id != old.key_id
    assert again.private(Role.LOG, old.key_id.hex()).public_raw == old.public_raw
    assert [e.retired_at for e in again.entries if e.role is Role.LOG] == [
        (NOW + timedelta(days=1)).isoformat(),
        None,
    ]


def test_two_processes_that_enter_keys_lose_none(own_house: KeyStore) -> None:
    other = KeyStore.open(own_house.vault.directory, PASSPHRASE)
    first = own_house.add_key(Role.LOG, generate(Algorithm.ED25519), None, now=NOW)
    second = other.add_key(Role.QR, generate(Algorithm.P256), None, now=NOW)
    again = KeyStore.open(own_house.vault.directory, PASSPHRASE)
    assert again.private(Role.LOG).key_id == first.key_id
    assert again.private(Role.QR).key_id == second.key_id
    assert len(again.entries) == len(Role) + 2


def test_rsa_signs_reports_and_not_tokens_of_the_web(tmp_path: Path) -> None:
    store = create_store(tmp_path / "s", PASSPHRASE, kdf=FAST)
    handle = store.add_key(Role.REPORT, generate(Algorithm.RSA3072), None, now=NOW)
    verify_signature(handle.spki_der, b"x", handle.sign(b"x"))
    with pytest.raises(Refused, match="signature_form"):
        handle.sign_raw(b"x")
    assert KeyStore.open(tmp_path / "s", PASSPHRASE).private(Role.REPORT).algorithm is Algorithm.RSA3072


def test_weak_and_strange_keys_are_refused() -> None:
    for key in (ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)):
        with pytest.raises(Refused, match="key_kind"):
            algorithm_of(key)


def test_a_key_that_is_not_the_manifest_s_is_refused(own_house: KeyStore) -> None:
    stem = own_house.entry(Role.QR).stem
    own_house.vault.seal(f"{stem}.key", own_house.vault.unseal(f"{own_house.entry(Role.STATUS).stem}.key"))
    with pytest.raises(InvariantBroken, match="key_file_tampered"):
        KeyStore.open(own_house.vault.directory, PASSPHRASE).private(Role.QR)


def test_what_is_not_there_is_named(house: KeyStore) -> None:
    with pytest.raises(NotFound, match="key_unknown"):
        house.private(Role.REPORT, "0" * 16)
    with pytest.raises(NotFound, match="certificate_unknown"):
        house.certificate(Role.LOG)


def test_a_bare_handle_signs_in_its_role() -> None:
    handle = PrivateHandle.bare(Role.ROOT, generate(Algorithm.P256))
    assert is_low_s(handle.sign(b"x"))
    assert len(raw_from_der(handle.sign(b"x"))) == 64
    assert handle.certificate_der is None


def test_each_profile_allows_what_the_design_allows() -> None:
    rsa_roles = {role for role, profile in PROFILES.items() if Algorithm.RSA3072 in profile.algorithms}
    assert rsa_roles == {Role.REPORT, Role.TIMESTAMP}
    policies = [profile.policy for profile in PROFILES.values() if profile.policy]
    assert len(policies) == len(set(policies)) == len(LEAF_ROLES)
    usages = [profile.eku for profile in PROFILES.values() if profile.eku]
    assert len(usages) == len(set(usages)) == len(LEAF_ROLES)


def test_another_process_s_new_key_is_used_at_once(own_house: KeyStore) -> None:
    running = KeyStore.open(own_house.vault.directory, PASSPHRASE)
    stamper = HouseTimeStamper(running)
    before = {role: running.private(role).key_id for role in (Role.STATUS, Role.TIMESTAMP)}
    chain = running.chain(Role.TIMESTAMP)
    for role in before:
        renew(own_house, role, identity=IDENTITY, now=NOW)
        assert running.private(role).key_id == own_house.private(role).key_id != before[role]
    assert running.entries == own_house.entries
    assert running.chain(Role.TIMESTAMP) == own_house.chain(Role.TIMESTAMP) != chain
    token = stamper.stamp(bytes(32), None, NOW)
    assert own_house.certificate(Role.TIMESTAMP) in token
    assert chain[0] not in token
    assert running.private(Role.STATUS, before[Role.STATUS].hex()).key_id == before[Role.STATUS]


def test_an_edited_manifest_stops_a_running_house(own_house: KeyStore) -> None:
    manifest = own_house.vault.directory / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b"retired_at", b"retired_on"))
    with pytest.raises(InvariantBroken, match="key_file_tampered"):
        own_house.private(Role.STATUS)


def test_a_directory_that_is_gone_leaves_the_keys_in_memory(own_house: KeyStore) -> None:
    kept = own_house.private(Role.STATUS)
    away = own_house.vault.directory.with_name("away")
    own_house.vault.directory.rename(away)
    assert own_house.private(Role.STATUS) is kept
    away.rename(own_house.vault.directory)

"""Sealed files: modes, passphrases, and every way of touching a file from outside."""

from __future__ import annotations

import json
import os
import shutil
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import Conflict, CreditDocError, InvariantBroken, NotFound, Refused
from keys.custody import KeyStore, create_store
from keys.roles import Role
from keys.vault import Kdf, Vault

from .conftest import FAST, PASSPHRASE


def test_files_are_for_the_owner_alone(founded: Path) -> None:
    for directory in (founded / "keys", founded / "root"):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()}
        assert len(modes) > 3
        assert set(modes.values()) == {0o600}


def test_no_private_key_or_secret_stands_readable(founded: Path, house: KeyStore) -> None:
    root = KeyStore.open(founded / "root", PASSPHRASE)
    stores = (house, root)
    values = [store.secret(name)[1] for store in stores for name in ("salt", "keyed_hash", "data")]
    values += [store.vault.master for store in stores] + [PASSPHRASE]
    for store in stores:
        for entry in store.entries:
            if entry.private:
                numbers = (
                    store.private(entry.role).key.private_bytes_raw() if entry.role is Role.LOG else None
                )
                values += [numbers] if numbers else []
    whole = b"".join(path.read_bytes() for path in founded.rglob("*") if path.is_file())
    assert b"PRIVATE KEY" not in whole
    assert not [value for value in values if value in whole or value.hex().encode() in whole]


def test_wrong_and_missing_and_short_passphrases(founded: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="passphrase_wrong"):
        KeyStore.open(founded / "keys", PASSPHRASE + b"x")
    with pytest.raises(Refused, match="passphrase_missing"):
        KeyStore.open(founded / "keys", b"")
    with pytest.raises(Refused, match="passphrase_missing"):
        create_store(tmp_path / "new", b"", kdf=FAST)
    with pytest.raises(Refused, match="passphrase_short"):
        create_store(tmp_path / "new", b"1234567", kdf=FAST)
    assert not (tmp_path / "new").exists()


def test_a_store_is_never_overwritten(own_copy: Path) -> None:
    before = (own_copy / "keys" / "store.json").read_bytes()
    with pytest.raises(Conflict, match="key_store_exists"):
        create_store(own_copy / "keys", PASSPHRASE, kdf=FAST)
    assert (own_copy / "keys" / "store.json").read_bytes() == before


def test_a_missing_store_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="key_store_missing"):
        KeyStore.open(tmp_path / "nowhere", PASSPHRASE)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
@pytest.mark.parametrize("name", ["store.json", "secrets", "manifest.json"])
def test_files_that_others_can_read_are_not_used(own_copy: Path, name: str, mode: int) -> None:
    (own_copy / "keys" / name).chmod(mode)
    with pytest.raises(Refused, match="key_files_exposed"):
        KeyStore.open(own_copy / "keys", PASSPHRASE)


def test_a_directory_that_others_can_enter_is_not_used(own_copy: Path) -> None:
    (own_copy / "keys").chmod(0o750)
    with pytest.raises(Refused, match="key_files_exposed"):
        KeyStore.open(own_copy / "keys", PASSPHRASE)


def _open_all(directory: Path) -> None:
    store = KeyStore.open(directory, PASSPHRASE)
    for entry in store.entries:
        if entry.private:
            store.private(entry.role, entry.key_id)
        if entry.certificate_sha256:
            store.certificate(entry.role, entry.key_id)


def test_one_flipped_bit_in_any_key_file_is_found(own_copy: Path) -> None:
    directory = own_copy / "keys"
    names = sorted(
        path.name for path in directory.iterdir() if path.suffix != ".crl" and path.name != ".lock"
    )
    assert len(names) > 20
    for name in names:
        path = directory / name
        good = path.read_bytes()
        for place in {0, len(good) // 3, len(good) // 2, len(good) - 2}:
            bad = bytearray(good)
            bad[place] ^= 0x10
            path.write_bytes(bad)
            with pytest.raises((InvariantBroken, Refused)):
                _open_all(directory)
        path.write_bytes(good)
    _open_all(directory)


def test_key_files_cannot_change_places(own_copy: Path) -> None:
    directory = own_copy / "keys"
    report, qr = next(directory.glob("report-*.key")), next(directory.glob("qr-*.key"))
    shutil.copy(qr, report)
    with pytest.raises(InvariantBroken, match="key_file_tampered"):
        KeyStore.open(directory, PASSPHRASE).private(Role.REPORT)


def test_a_sealed_file_of_another_house_is_refused(own_copy: Path, tmp_path: Path) -> None:
    create_store(tmp_path / "other", PASSPHRASE, kdf=FAST)
    shutil.copy(tmp_path / "other" / "secrets", own_copy / "keys" / "secrets")
    with pytest.raises(InvariantBroken, match="key_file_tampered"):
        KeyStore.open(own_copy / "keys", PASSPHRASE)


def test_a_removed_key_file_is_named(own_copy: Path) -> None:
    next((own_copy / "keys").glob("report-*.key")).unlink()
    with pytest.raises(NotFound, match="key_file_missing"):
        KeyStore.open(own_copy / "keys", PASSPHRASE).private(Role.REPORT)


def test_an_endless_file_is_not_read(own_copy: Path) -> None:
    os.truncate(own_copy / "keys" / "secrets", 1 << 30)
    with pytest.raises(InvariantBroken, match="key_file_tampered"):
        KeyStore.open(own_copy / "keys", PASSPHRASE)


def test_the_passphrase_changes_and_the_keys_stay(own_copy: Path) -> None:
    directory = own_copy / "keys"
    before = next(directory.glob("report-*.key")).read_bytes()
    KeyStore.open(directory, PASSPHRASE).vault.change_passphrase(b"another passphrase", kdf=FAST)
    with pytest.raises(Refused, match="passphrase_wrong"):
        KeyStore.open(directory, PASSPHRASE)
    assert KeyStore.open(directory, b"another passphrase").private(Role.REPORT).sign(b"x")
    assert next(directory.glob("report-*.key")).read_bytes() == before


@pytest.mark.parametrize("cost", [{"log2_n": 13}, {"log2_n": 21}, {"r": 9}, {"p": 0}, {"p": 5}])
def test_a_cost_that_is_too_low_or_exhausts_memory_is_refused(cost: dict[str, int]) -> None:
    with pytest.raises(InvariantBroken, match="key_file_tampered"):
        Kdf(**cost)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["type", "kdf", "master", "name", "salt", "r", "p", "log2_n"]),
                    inner,
                    max_size=4,
                )
            ),
            max_leaves=8,
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_any_header_is_refused_by_name(own_copy: Path, data: bytes) -> None:
    (own_copy / "keys" / "store.json").write_bytes(data)
    with pytest.raises(CreditDocError, match="key_file_tampered"):
        Vault.open(own_copy / "keys", PASSPHRASE, entropy=os.urandom)


@pytest.mark.parametrize(("old", "new"), [(b"scrypt", b"pbkdf2"), (b"key-store:1", b"key-store:2")])
def test_a_store_of_another_kind_is_refused(own_copy: Path, old: bytes, new: bytes) -> None:
    path = own_copy / "keys" / "store.json"
    path.write_bytes(path.read_bytes().replace(old, new))
    with pytest.raises(InvariantBroken, match="key_file_tampered"):
        KeyStore.open(own_copy / "keys", PASSPHRASE)


def test_a_write_that_fails_leaves_the_old_file(own_house: KeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    vault, directory = own_house.vault, own_house.vault.directory
    before = (directory / "manifest.json").read_bytes()

    def broken(descriptor: int) -> None:
        raise OSError(28, "no space")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="no space"):
        vault.write_plain("manifest.json", b"half")
    assert (directory / "manifest.json").read_bytes() == before
    assert not list(directory.glob(".manifest*"))

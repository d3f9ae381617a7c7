"""Salts, keyed hashes and encrypted data."""

from __future__ import annotations

import os

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import CreditDocError, InvariantBroken, MalformedInput, NotFound
from keys.custody import KeyStore
from keys.house_secrets import HouseSecrets

from .conftest import PASSPHRASE

SECRETS = HouseSecrets.fresh(os.urandom)


@given(st.binary(max_size=40), st.binary(max_size=40), st.integers(1, 100))
def test_derive_is_hkdf(salt: bytes, info: bytes, length: int) -> None:
    key = SECRETS.secret("salt")[1]
    expected = HKDF(algorithm=SHA256(), length=length, salt=salt or None, info=info).derive(key)
    assert SECRETS.derive("salt", salt=salt, info=info, length=length) == expected


def test_salts_are_hkdf_of_number_leaf_and_field() -> None:
    salt = SECRETS.salt_for("1503002026030200000001")
    info = b"daizheng field salt v1" + (3).to_bytes(4, "big") + (7).to_bytes(4, "big")
    assert salt(3, 7) == SECRETS.derive("salt", salt=b"1503002026030200000001", info=info)
    seen = {salt(leaf, field) for leaf in range(20) for field in range(20)}
    assert len(seen) == 400
    assert salt(3, 7) not in {SECRETS.salt_for("1503002026030200000002")(3, 7)}
    assert salt(3, 7) == SECRETS.salt_for("1503002026030200000001")(3, 7)


def test_a_derived_length_out_of_range_is_refused() -> None:
    for length in (0, 255 * 32 + 1):
        with pytest.raises(MalformedInput, match="derived_length"):
            SECRETS.derive("salt", info=b"", length=length)


def test_keyed_hashes_differ_by_purpose_and_house() -> None:
    value = b"150300199001011234"
    assert SECRETS.keyed_hash(value) == SECRETS.keyed_hash(value)
    assert SECRETS.keyed_hash(value, purpose="person") != SECRETS.keyed_hash(value, purpose="code")
    # The purpose's length is hashed too, so that no purpose can borrow a byte from the data.
    assert SECRETS.keyed_hash(b"bc", purpose="a") != SECRETS.keyed_hash(b"c", purpose="ab")
    assert SECRETS.keyed_hash(value) != HouseSecrets.fresh(os.urandom).keyed_hash(value)


@given(st.binary(max_size=300), st.binary(max_size=20))
def test_what_is_encrypted_opens_with_its_label_alone(data: bytes, aad: bytes) -> None:
    sealed = SECRETS.encrypt(data, aad)
    assert SECRETS.decrypt(sealed, aad) == data
    assert sealed != SECRETS.encrypt(data, aad)
    with pytest.raises(InvariantBroken, match="sealed_data_tampered"):
        SECRETS.decrypt(sealed, aad + b"x")


def test_a_flipped_bit_anywhere_is_found() -> None:
    sealed = SECRETS.encrypt(b"plain", b"row 1")
    for place in range(len(sealed) * 8):
        bad = bytearray(sealed)
        bad[place // 8] ^= 1 << place % 8
        with pytest.raises(CreditDocError):
            SECRETS.decrypt(bytes(bad), b"row 1")


@given(st.binary(max_size=80))
def test_any_bytes_are_refused_by_name(data: bytes) -> None:
    with pytest.raises(CreditDocError) as caught:
        SECRETS.decrypt(data, b"")
    assert caught.value.code in {"sealed_data", "sealed_data_tampered", "secret_unknown"}


def test_rotation_keeps_what_was_sealed_before(own_house: KeyStore) -> None:
    sealed = own_house.encrypt(b"old", b"")
    old_hash, old_salt = own_house.keyed_hash(b"v"), own_house.salt_for("N")(0, 0)
    for name in ("data", "keyed_hash", "salt"):
        own_house.secrets = own_house.secrets.rotated(name)
    own_house.save()
    again = KeyStore.open(own_house.vault.directory, PASSPHRASE)
    assert again.secret("data")[0] == 2
    assert again.decrypt(sealed, b"") == b"old"
    assert again.encrypt(b"new", b"")[1:3] == b"\x00\x02"
    assert again.keyed_hash(b"v") != old_hash
    assert again.keyed_hash(b"v", version=1) == old_hash
    assert again.salt_for("N", version=1)(0, 0) == old_salt
    assert again.derive("salt", info=b"x", version=1) != again.derive("salt", info=b"x")


def test_unknown_secrets_are_named() -> None:
    for name, version in (("salt", 9), ("nothing", None)):
        with pytest.raises(NotFound, match="secret_unknown"):
            SECRETS.secret(name, version)


@given(
    st.one_of(
        st.binary(max_size=60),
        st.sampled_from(
            [
                b"{}",
                b"[]",
                b'{"salt":{},"keyed_hash":{},"data":{}}',
                b'{"salt":1,"keyed_hash":1,"data":1}',
                b'{"salt":{"1":"AAAA"},"keyed_hash":{"1":"AAAA"},"data":{"1":"AAAA"}}',
                b"[" * 5000,
            ]
        ),
    )
)
def test_any_bytes_are_no_secrets_file(data: bytes) -> None:
    with pytest.raises(MalformedInput, match="secrets_file"):
        HouseSecrets.decode(data, os.urandom)


def test_secrets_are_in_no_repr() -> None:
    assert SECRETS.secret("salt")[1].hex() not in repr(SECRETS)
    assert repr(SECRETS.secret("salt")[1]) not in repr(SECRETS)

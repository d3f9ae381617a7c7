"""The house's own tokens: exactly ours, and taken by openssl."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto import tsp

from domain.errors import DependencyUnavailable, MalformedInput, Refused
from keys import token_shape
from keys.authority import init_house
from keys.custody import KeyStore
from keys.roles import PROFILES, Algorithm, Role
from keys.stamping import HttpStamper, LocalTimeStamper
from keys.token_shape import StampingChain, TokenParts
from keys.trust.ecdsa_form import P256_ORDER, is_low_s
from tests.unit.keys.conftest import FAST, IDENTITY, NOW, PASSPHRASE, OpenSsl, pem
from tests.unit.keys.stamping.outer import IMPRINT, content_of


@pytest.mark.judge
@pytest.mark.tool("openssl")
def test_openssl_verifies_the_token(
    house: KeyStore, stamper: LocalTimeStamper, openssl: OpenSsl, tmp_path: Path
) -> None:
    (tmp_path / "token").write_bytes(stamper.stamp(IMPRINT, 0x1234, NOW))
    root = pem(tmp_path, "root", "x509", [house.certificate(Role.ROOT)])
    words = ["ts", "-verify", "-in", "token", "-token_in", "-CAfile", root]
    words += ["-attime", str(int(NOW.timestamp()))]
    assert "Verification: OK" in openssl(*words, "-digest", IMPRINT.hex()).stdout
    other = hashlib.sha256(b"another").hexdigest()
    assert "Verification: OK" not in openssl(*words, "-digest", other).stdout


@pytest.mark.judge
@pytest.mark.tool("openssl")
def test_openssl_verifies_an_rsa_authority(tmp_path: Path, openssl: OpenSsl) -> None:
    store = init_house(
        tmp_path / "keys", tmp_path / "apart", passphrase=PASSPHRASE, identity=IDENTITY, now=NOW, kdf=FAST,
        algorithms={Role.TIMESTAMP: Algorithm.RSA3072},
    )  # fmt: skip
    token = LocalTimeStamper(store.private(Role.TIMESTAMP), store.chain(Role.TIMESTAMP)).stamp(
        IMPRINT, None, NOW
    )
    (tmp_path / "token").write_bytes(token)
    root = pem(tmp_path, "root", "x509", [store.certificate(Role.ROOT)])
    words = ["ts", "-verify", "-in", "token", "-token_in", "-CAfile", root, "-digest", IMPRINT.hex()]
    assert "Verification: OK" in openssl(*words, "-attime", str(int(NOW.timestamp()))).stdout
    assert content_of(token)["encap_content_info"]["content"].parsed["nonce"].native is None


def test_the_token_says_what_was_asked(house: KeyStore, stamper: LocalTimeStamper) -> None:
    info = content_of(stamper.stamp(IMPRINT, 2**63 + 5, NOW))["encap_content_info"]["content"].parsed
    assert info["message_imprint"]["hashed_message"].native == IMPRINT
    assert info["nonce"].native == 2**63 + 5
    assert info["gen_time"].native == NOW.replace(microsecond=0)
    assert info["policy"].dotted == PROFILES[Role.TIMESTAMP].policy
    assert info["accuracy"]["seconds"].native == 1


def test_time_is_utc_whatever_zone_it_came_in(stamper: LocalTimeStamper) -> None:
    from domain.times import SHANGHAI

    info = content_of(stamper.stamp(IMPRINT, 1, NOW.astimezone(SHANGHAI)))["encap_content_info"][
        "content"
    ].parsed
    assert info["gen_time"].native == NOW.replace(microsecond=0)


def test_an_asn1_library_writes_the_same_bytes(stamper: LocalTimeStamper) -> None:
    data = content_of(stamper.stamp(IMPRINT, 7, NOW))
    assert data.dump(force=True) == data.dump()
    info = data["encap_content_info"]["content"].parsed
    assert tsp.TSTInfo.load(info.dump()).dump(force=True) == info.dump()
    assert data["digest_algorithms"][0].dump().hex() == "300b0609608648016503040201"


def test_the_signed_data_is_exactly_ours(house: KeyStore, stamper: LocalTimeStamper) -> None:
    data = content_of(stamper.stamp(IMPRINT, 7, NOW))
    (info,) = data["signer_infos"]
    leaf, issuing, _ = house.chain(Role.TIMESTAMP)
    assert data["version"].native == "v3"
    assert [each.chosen.dump() for each in data["certificates"]] == sorted([leaf, issuing])
    assert data["crls"].native is None
    assert [each["type"].native for each in info["signed_attrs"]] == [
        "content_type", "message_digest", "signing_certificate_v2"]  # fmt: skip
    assert info["unsigned_attrs"].native is None
    (named,) = info["signed_attrs"][2]["values"][0]["certs"]
    assert named["cert_hash"].native == hashlib.sha256(leaf).digest()
    assert is_low_s(info["signature"].native)


def test_serial_numbers_do_not_repeat(stamper: LocalTimeStamper) -> None:
    def serial() -> int:
        info = content_of(stamper.stamp(IMPRINT, 1, NOW))["encap_content_info"]["content"].parsed
        number: int = info["serial_number"].native
        return number

    numbers = {serial() for _ in range(50)}
    assert len(numbers) == 50
    assert max(numbers) > 2**100


def test_only_the_stamping_key_stamps(house: KeyStore) -> None:
    with pytest.raises(Refused, match="certificate_issuer"):
        LocalTimeStamper(house.private(Role.REPORT), house.chain(Role.REPORT))


@pytest.mark.parametrize("days", [-1, 366, 3000])
def test_out_of_its_time_the_authority_is_down(stamper: LocalTimeStamper, days: int) -> None:
    with pytest.raises(DependencyUnavailable, match="tsa_unavailable"):
        stamper.stamp(IMPRINT, 1, NOW + timedelta(days=days))


@pytest.mark.parametrize("length", [0, 20, 31, 33, 64])
def test_an_imprint_is_a_sha256(stamper: LocalTimeStamper, house: KeyStore, length: int) -> None:
    with pytest.raises(MalformedInput, match="imprint_length"):
        stamper.stamp(bytes(length), 1, NOW)
    with pytest.raises(MalformedInput, match="imprint_length"):
        HttpStamper("http://127.0.0.1:9", 1, house.chain(Role.TIMESTAMP)).stamp(bytes(length), 1, NOW)


def test_a_high_s_is_written_low(house: KeyStore) -> None:
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    chain = StampingChain.load(house.chain(Role.TIMESTAMP), elliptic=True)
    low, high = encode_dss_signature(9, 5), encode_dss_signature(9, P256_ORDER - 5)
    parts = [
        TokenParts(tst_info=b"0\x00", signed_attributes=b"1\x00", signature=each) for each in (low, high)
    ]
    assert token_shape.encode(parts[0], chain) == token_shape.encode(parts[1], chain)


def test_an_authority_with_another_kind_of_key_is_refused() -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import Encoding

    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Weak")])
    for key in (ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)):
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(1)
        builder = builder.public_key(key.public_key()).not_valid_before(NOW)
        certificate = builder.not_valid_after(NOW + timedelta(days=1)).sign(key, hashes.SHA256())
        with pytest.raises(Refused, match="key_kind"):
            HttpStamper("http://127.0.0.1:9/tsa", 1, [certificate.public_bytes(Encoding.DER)])

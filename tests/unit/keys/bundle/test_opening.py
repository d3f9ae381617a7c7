"""A trust bundle opens whole, by its own bytes and under its anchor."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey

from domain.errors import MalformedInput, Refused
from domain.report import Environment
from domain.trust_format import ServiceState
from keys.authority import renew, revoke
from keys.bundle_signing import export_bundle, log_vkeys
from keys.custody import KeyStore
from keys.revocations import RevocationReason
from keys.roles import LEAF_ROLES, Role
from keys.trust import MAX_BUNDLE_BYTES, open_bundle, pinned
from keys.trust import bundle as bundles
from keys.trust.ecdsa_form import P256_ORDER
from tests.unit.keys.bundle.forging import b64url, parts_of
from tests.unit.keys.conftest import IDENTITY, NOW, bundle_of


def test_a_bundle_opens_under_its_anchor(house: KeyStore, sealed: bytes, anchor: str) -> None:
    opened = open_bundle(sealed, pinned_anchor_sha256=anchor)
    assert opened.bundle == bundle_of(house)
    assert opened.anchor_sha256 == anchor
    assert open_bundle(sealed, pinned_anchor_sha256=anchor.upper()).anchor_sha256 == anchor
    assert open_bundle(sealed, pinned_anchor_sha256=None).anchor_sha256 == anchor
    assert len(sealed) < 65_536


def test_another_anchor_is_refused(sealed: bytes) -> None:
    with pytest.raises(Refused, match="bundle_anchor_differs"):
        open_bundle(sealed, pinned_anchor_sha256="0" * 64)


@pytest.mark.judge
def test_a_jose_library_verifies_it_with_the_certificate_alone(house: KeyStore, sealed: bytes) -> None:
    header, payload, _ = parts_of(sealed)
    leaf = x509.load_der_x509_certificate(base64.b64decode(header["x5c"][0]))
    key = ECKey.import_key(leaf.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    registry = jws.JWSRegistry(algorithms=["ES256"])
    registry.max_header_length = registry.max_payload_length = 1 << 20
    assert jws.deserialize_compact(sealed, key, registry=registry).payload == payload
    assert [base64.b64decode(each) for each in header["x5c"]] == list(house.chain(Role.TRUST))


def test_every_service_is_pinned_to_its_role(house: KeyStore, sealed: bytes, anchor: str) -> None:
    bundle = open_bundle(sealed, pinned_anchor_sha256=anchor).bundle
    for role in LEAF_ROLES:
        service = pinned(bundle, house.certificate(role))
        assert service is not None
        assert service.role == role.value
        assert service.state is ServiceState.ACTIVE
        assert service.number_prefix == ("150300" if role is Role.REPORT else None)
        assert service.chain == house.chain(role)[1:-1]
    assert pinned(bundle, house.certificate(Role.ROOT)) is None
    assert bundle.log.vkeys == log_vkeys(house, "credit.example/log")
    assert len(bundle.crls) == 2


def test_retired_and_revoked_keys_stay_listed(own_house: KeyStore) -> None:
    old_report, old_qr = own_house.certificate(Role.REPORT), own_house.certificate(Role.QR)
    later = NOW + timedelta(days=2)
    renew(own_house, Role.REPORT, identity=IDENTITY, now=later)
    renew(own_house, Role.QR, identity=IDENTITY, now=later)
    renew(own_house, Role.LOG, identity=IDENTITY, now=later)
    revoke(own_house, old_qr, RevocationReason.KEY_COMPROMISE, at=later, invalid_since=NOW)
    bundle = open_bundle(
        export_bundle(own_house, bundle_of(own_house, later)), pinned_anchor_sha256=None
    ).bundle
    retired, withdrawn = pinned(bundle, old_report), pinned(bundle, old_qr)
    assert retired is not None
    assert withdrawn is not None
    assert (retired.state, retired.to) == (ServiceState.RETIRED, later)
    assert (withdrawn.state, withdrawn.to) == (ServiceState.REVOKED, NOW)
    assert len(bundle.log.vkeys) == 2
    assert [each.state for each in bundle.key_status] == [ServiceState.RETIRED, ServiceState.ACTIVE]


@settings(max_examples=300, deadline=None)
@given(st.one_of(
    st.binary(max_size=400),
    st.text(alphabet="abcABC012-_=.", max_size=300).map(str.encode),
    st.lists(st.binary(max_size=60).map(b64url), min_size=3, max_size=3).map(b".".join),
    st.dictionaries(st.sampled_from(["alg", "typ", "x5c", "kid", "crit"]), st.one_of(
        st.sampled_from(["ES256", "none", bundles.TYP]), st.lists(st.sampled_from(["", "AAAA", "MAA="]), max_size=4),
        st.none()), max_size=4).map(lambda h: b64url(json.dumps(h).encode()) + b".e30.AAAA"),
))  # fmt: skip
def test_any_bytes_are_malformed_input(data: bytes) -> None:
    with pytest.raises(MalformedInput):
        open_bundle(data, pinned_anchor_sha256=None)


@settings(max_examples=250, deadline=None)
@given(place=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_a_flipped_bit_anywhere_is_refused(sealed: bytes, anchor: str, place: int, bit: int) -> None:
    bad = bytearray(sealed)
    bad[place % len(bad)] ^= 1 << bit
    with pytest.raises((MalformedInput, Refused)):
        open_bundle(bytes(bad), pinned_anchor_sha256=anchor)


def test_every_bit_of_the_signature_counts(sealed: bytes, anchor: str) -> None:
    start = sealed.rindex(b".") + 1
    for place in range(start, len(sealed)):
        for bit in range(8):
            bad = bytearray(sealed)
            bad[place] ^= 1 << bit
            with pytest.raises((MalformedInput, Refused)):
                open_bundle(bytes(bad), pinned_anchor_sha256=anchor)


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, 10**6), tail=st.binary(max_size=3))
def test_cut_or_lengthened_is_refused(sealed: bytes, cut: int, tail: bytes) -> None:
    data = sealed[: cut % len(sealed)] + tail
    with suppress(MalformedInput, Refused):
        assert open_bundle(data, pinned_anchor_sha256=None)
        assert data == sealed


@pytest.mark.parametrize("extra", [b"\n", b" ", b"=", b".", b"\x00", b"A"])
def test_nothing_may_follow(sealed: bytes, extra: bytes) -> None:
    with pytest.raises((MalformedInput, Refused)):
        open_bundle(sealed + extra, pinned_anchor_sha256=None)
    with pytest.raises((MalformedInput, Refused)):
        open_bundle(extra + sealed, pinned_anchor_sha256=None)


def test_the_size_limit_holds_before_anything_is_decoded() -> None:
    with pytest.raises(MalformedInput, match="bundle_too_long"):
        open_bundle(b"." * (MAX_BUNDLE_BYTES + 1), pinned_anchor_sha256=None)
    with pytest.raises(MalformedInput, match="bundle_form"):
        open_bundle(b"." * MAX_BUNDLE_BYTES, pinned_anchor_sha256=None)
    with pytest.raises(MalformedInput, match="bundle_form"):
        open_bundle(b"A" * 40_000 + b".e30.AAAA", pinned_anchor_sha256=None)


def test_the_other_spelling_of_the_signature_is_refused(sealed: bytes) -> None:
    start, _, _ = sealed.rpartition(b".")
    signature = parts_of(sealed)[2]
    other = (P256_ORDER - int.from_bytes(signature[32:], "big")).to_bytes(32, "big")
    with pytest.raises(Refused, match="bundle_signature"):
        open_bundle(start + b"." + b64url(signature[:32] + other), pinned_anchor_sha256=None)


def test_environment_and_region_are_in_the_bundle(house: KeyStore) -> None:
    bundle = bundle_of(house)
    assert (bundle.environment, bundle.region) == (Environment.TEST, "150300")
    assert bundle.expires_at - bundle.made_at == timedelta(days=7)

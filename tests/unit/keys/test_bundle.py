"""The trust bundle: only our shape, only the pinned anchor, only the trust key."""

from __future__ import annotations

import base64
import hmac
import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey

from domain import trust_format
from domain.errors import CreditDocError, MalformedInput, Refused
from domain.report import Environment
from domain.trust_format import Service, ServiceState, TrustBundle
from keys.authority import create_root, init_house, renew, revoke
from keys.bundle_signing import export_bundle, log_vkeys, seal_bundle
from keys.certificates import HouseIdentity, issue_certificate, sha256_hex
from keys.custody import KeyStore, PrivateHandle, generate
from keys.revocations import RevocationReason
from keys.roles import LEAF_ROLES, PROFILES, Algorithm, Role
from keys.trust import MAX_BUNDLE_BYTES, open_bundle, pinned
from keys.trust import bundle as bundles
from keys.trust.ecdsa_form import P256_ORDER

from .conftest import FAST, IDENTITY, NOW, PASSPHRASE, bundle_of


@pytest.fixture(scope="module")
def sealed(house: KeyStore) -> bytes:
    return export_bundle(house, bundle_of(house))


@pytest.fixture(scope="module")
def anchor(house: KeyStore) -> str:
    return sha256_hex(house.certificate(Role.ROOT))


def _parts(data: bytes) -> tuple[dict[str, Any], bytes, bytes]:
    header, payload, signature = data.split(b".")

    def raw(text: bytes) -> bytes:
        return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))

    return json.loads(raw(header)), raw(payload), raw(signature)


def _b64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _forged(house: KeyStore, header: dict[str, Any], payload: bytes, role: Role = Role.TRUST) -> bytes:
    """A JWS with any header, truly signed by a key of the house."""
    start = _b64url(json.dumps(header).encode()) + b"." + _b64url(payload)
    return start + b"." + _b64url(house.private(role).sign_raw(start))


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
    header, payload, _ = _parts(sealed)
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
    st.lists(st.binary(max_size=60).map(_b64url), min_size=3, max_size=3).map(b".".join),
    st.dictionaries(st.sampled_from(["alg", "typ", "x5c", "kid", "crit"]), st.one_of(
        st.sampled_from(["ES256", "none", bundles.TYP]), st.lists(st.sampled_from(["", "AAAA", "MAA="]), max_size=4),
        st.none()), max_size=4).map(lambda h: _b64url(json.dumps(h).encode()) + b".e30.AAAA"),
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
    signature = _parts(sealed)[2]
    other = (P256_ORDER - int.from_bytes(signature[32:], "big")).to_bytes(32, "big")
    with pytest.raises(Refused, match="bundle_signature"):
        open_bundle(start + b"." + _b64url(signature[:32] + other), pinned_anchor_sha256=None)


HEADERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "jku": lambda h: h | {"jku": "https://evil.example/keys"},
    "x5u": lambda h: h | {"x5u": "https://evil.example/chain"},
    "jwk": lambda h: h | {"jwk": ECKey.generate_key("P-256").as_dict(private=False)},
    "kid": lambda h: h | {"kid": "../../etc/passwd"},
    "crit": lambda h: h | {"crit": ["exp"], "exp": 1},
    "b64": lambda h: h | {"b64": False, "crit": ["b64"]},
    "alg none": lambda h: h | {"alg": "none"},
    "alg None": lambda h: h | {"alg": "None"},
    "alg HS256": lambda h: h | {"alg": "HS256"},
    "alg RS256": lambda h: h | {"alg": "RS256"},
    "alg ES256K": lambda h: h | {"alg": "ES256K"},
    "alg ES384": lambda h: h | {"alg": "ES384"},
    "alg list": lambda h: h | {"alg": ["ES256"]},
    "alg null": lambda h: h | {"alg": None},
    "alg lower": lambda h: h | {"alg": "es256"},
    "no alg": lambda h: {k: v for k, v in h.items() if k != "alg"},
    "typ JWT": lambda h: h | {"typ": "JWT"},
    "no typ": lambda h: {k: v for k, v in h.items() if k != "typ"},
    "no x5c": lambda h: {k: v for k, v in h.items() if k != "x5c"},
    "empty x5c": lambda h: h | {"x5c": []},
    "x5c text": lambda h: h | {"x5c": "".join(h["x5c"])},
    "x5c numbers": lambda h: h | {"x5c": [1, 2, 3]},
    "leaf alone": lambda h: h | {"x5c": h["x5c"][:1]},
    "too many": lambda h: h | {"x5c": [h["x5c"][0], *[h["x5c"][1]] * 3, h["x5c"][2]]},
    "x5c url alphabet": lambda h: (
        h | {"x5c": [t.replace("+", "-").replace("/", "_") + "\n" for t in h["x5c"]]}
    ),
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_can_choose_nothing(house: KeyStore, sealed: bytes, name: str) -> None:
    header, payload, _ = _parts(sealed)
    assert open_bundle(_forged(house, header, payload), pinned_anchor_sha256=None)
    with pytest.raises(MalformedInput):
        open_bundle(_forged(house, HEADERS[name](header), payload), pinned_anchor_sha256=None)


def test_a_member_twice_in_the_header_is_malformed(house: KeyStore, sealed: bytes) -> None:
    header, payload, _ = _parts(sealed)
    text = json.dumps(header)[:-1] + ', "alg": "ES256"}'
    start = _b64url(text.encode()) + b"." + _b64url(payload)
    data = start + b"." + _b64url(house.private(Role.TRUST).sign_raw(start))
    with pytest.raises(MalformedInput, match="bundle_form"):
        open_bundle(data, pinned_anchor_sha256=None)


def test_the_public_key_as_hmac_secret_opens_nothing(house: KeyStore, sealed: bytes) -> None:
    header, payload, _ = _parts(sealed)
    start = _b64url(json.dumps(header | {"alg": "HS256"}).encode()) + b"." + _b64url(payload)
    tag = hmac.digest(house.private(Role.TRUST).spki_der, start, "sha256")
    data = start + b"." + _b64url(tag)
    with pytest.raises(MalformedInput, match="bundle_form"):
        open_bundle(data, pinned_anchor_sha256=None)


@pytest.mark.parametrize("role", [role for role in LEAF_ROLES if role is not Role.TRUST])
def test_no_other_key_of_the_house_signs_bundles(house: KeyStore, sealed: bytes, role: Role) -> None:
    header, payload, _ = _parts(sealed)
    chain = [base64.b64encode(der).decode() for der in house.chain(role)]
    with pytest.raises(Refused, match="bundle_signer"):
        open_bundle(_forged(house, header | {"x5c": chain}, payload, role), pinned_anchor_sha256=None)
    with pytest.raises(Refused, match="bundle_signature"):
        open_bundle(_forged(house, header, payload, role), pinned_anchor_sha256=None)
    with pytest.raises(Refused, match="certificate_issuer"):
        seal_bundle(payload, house.private(role), house.chain(Role.TRUST))


def test_the_issuing_ca_signs_no_bundle_itself(house: KeyStore, sealed: bytes) -> None:
    header, payload, _ = _parts(sealed)
    with pytest.raises(Refused, match="bundle_signer"):
        open_bundle(
            _forged(house, header | {"x5c": header["x5c"][1:]}, payload, Role.ISSUING),
            pinned_anchor_sha256=None,
        )


def test_a_look_alike_authority_is_refused(
    house: KeyStore, sealed: bytes, anchor: str, tmp_path: Path
) -> None:
    """Same names, other keys: its own root, or our root put on top of its chain."""
    fake = init_house(
        tmp_path / "k", tmp_path / "r", passphrase=PASSPHRASE, identity=IDENTITY, now=NOW, kdf=FAST
    )
    own = export_bundle(fake, bundle_of(fake))
    with pytest.raises(Refused, match="bundle_anchor_differs"):
        open_bundle(own, pinned_anchor_sha256=anchor)
    header, payload, _ = _parts(own)
    ours = _parts(sealed)[0]["x5c"][2]
    mixed = _forged(fake, header | {"x5c": [*header["x5c"][:2], ours]}, payload)
    with pytest.raises(Refused, match="trust_chain_broken"):
        open_bundle(mixed, pinned_anchor_sha256=anchor)
    # Our whole chain with the stranger's signature.
    with pytest.raises(Refused, match="bundle_signature"):
        open_bundle(_forged(fake, _parts(sealed)[0], _parts(sealed)[1]), pinned_anchor_sha256=anchor)


def test_a_leaf_cannot_issue_a_trust_certificate(house: KeyStore, sealed: bytes, tmp_path: Path) -> None:
    """The QR key, a leaf, signs a certificate of the trust role: not a CA, so no chain."""
    key = generate(Algorithm.P256)
    qr = house.private(Role.QR)
    pretended = PrivateHandle(
        role=Role.ISSUING, key_id=qr.key_id, algorithm=qr.algorithm, key=qr.key, use_until=None,
        certificate_der=house.certificate(Role.QR),
    )  # fmt: skip
    forged = issue_certificate(
        role=Role.TRUST, public_key=key.public_key(), issuer=pretended, identity=IDENTITY, now=NOW,  # type: ignore[arg-type]
        entropy=os.urandom,
    )  # fmt: skip
    header, payload, _ = _parts(sealed)
    chain = [forged, *house.chain(Role.QR)]
    start = _b64url(json.dumps(header | {"x5c": [base64.b64encode(d).decode() for d in chain]}).encode())
    start += b"." + _b64url(payload)
    data = start + b"." + _b64url(PrivateHandle.bare(Role.TRUST, key).sign_raw(start))
    with pytest.raises(Refused, match="trust_chain_broken"):
        open_bundle(data, pinned_anchor_sha256=None)


def test_a_root_that_did_not_sign_itself_is_no_anchor(house: KeyStore, sealed: bytes) -> None:
    header, payload, _ = _parts(sealed)
    with pytest.raises(Refused, match="trust_chain_broken"):
        open_bundle(_forged(house, header | {"x5c": header["x5c"][:2]}, payload), pinned_anchor_sha256=None)


def _refused_payload(house: KeyStore, change: Callable[[TrustBundle], TrustBundle]) -> str:
    payload = trust_format.encode(change(bundle_of(house)))
    with pytest.raises(CreditDocError) as caught:
        seal_bundle(payload, house.private(Role.TRUST), house.chain(Role.TRUST))
    return caught.value.code


def _without(role: Role) -> Callable[[TrustBundle], TrustBundle]:
    return lambda b: replace(b, services=tuple(s for s in b.services if s.role != role.value))


def _service(bundle: TrustBundle, role: Role) -> Service:
    return next(service for service in bundle.services if service.role == role.value)


def test_a_signer_that_the_bundle_does_not_list_is_refused(house: KeyStore) -> None:
    assert _refused_payload(house, _without(Role.TRUST)) == "bundle_signer"
    assert _refused_payload(house, lambda b: replace(b, anchors=())) == "bundle_signer"


def test_a_bundle_made_outside_its_signer_s_time_is_refused(house: KeyStore) -> None:
    for days in (-1, 900):
        made = NOW + timedelta(days=days)
        code = _refused_payload(
            house,
            lambda b, made=made: replace(b, made_at=made, expires_at=made + timedelta(days=7)),  # type: ignore[misc]
        )
        assert code == "bundle_signer"


def test_a_revoked_trust_key_signs_no_more(own_house: KeyStore) -> None:
    later = NOW + timedelta(hours=2)
    revoke(own_house, own_house.certificate(Role.TRUST), RevocationReason.KEY_COMPROMISE, at=later)
    with pytest.raises(Refused, match="bundle_signer"):
        export_bundle(own_house, bundle_of(own_house, later + timedelta(hours=1)))


def test_one_certificate_serves_one_role(house: KeyStore) -> None:
    def twice(bundle: TrustBundle) -> TrustBundle:
        report = _service(bundle, Role.REPORT)
        return replace(bundle, services=(*bundle.services, replace(report, role="qr", number_prefix=None)))

    assert _refused_payload(house, twice) == "bundle_service"


@pytest.mark.parametrize("role", ["root", "oracle", ""])
def test_unknown_roles_are_refused(house: KeyStore, role: str) -> None:
    def renamed(bundle: TrustBundle) -> TrustBundle:
        kept = tuple(s for s in bundle.services if s.role != "qr")
        return replace(bundle, services=(*kept, replace(_service(bundle, Role.QR), role=role)))

    assert _refused_payload(house, renamed) == "bundle_service"


@pytest.mark.parametrize("prefix", [None, "140000", "15", ""])
def test_a_report_key_signs_its_own_region_alone(house: KeyStore, prefix: str | None) -> None:
    def moved(bundle: TrustBundle) -> TrustBundle:
        kept = tuple(s for s in bundle.services if s.role != "report")
        return replace(bundle, services=(*kept, replace(_service(bundle, Role.REPORT), number_prefix=prefix)))

    assert _refused_payload(house, moved) == "bundle_service"


def test_a_stolen_trust_key_cannot_bring_in_a_foreign_signer(house: KeyStore, tmp_path: Path) -> None:
    fake = init_house(
        tmp_path / "k", tmp_path / "r", passphrase=PASSPHRASE, identity=IDENTITY, now=NOW, kdf=FAST
    )
    foreign = _service(bundle_of(fake), Role.REPORT)
    assert (
        _refused_payload(house, lambda b: replace(b, services=(*b.services, foreign))) == "trust_chain_broken"
    )


def test_an_outside_time_stamp_authority_can_be_pinned(house: KeyStore, tmp_path: Path) -> None:
    other = init_house(
        tmp_path / "k", tmp_path / "r", passphrase=PASSPHRASE, now=NOW, kdf=FAST,
        identity=HouseIdentity(region="000000", environment="test", organisation="Another authority"),
    )  # fmt: skip
    stamp = _service(bundle_of(other), Role.TIMESTAMP)
    bundle = bundle_of(house)
    bundle = replace(
        bundle, services=(*bundle.services, stamp), anchors=(*bundle.anchors, other.certificate(Role.ROOT))
    )
    assert (
        pinned(open_bundle(export_bundle(house, bundle), pinned_anchor_sha256=None).bundle, stamp.cert)
        == stamp
    )


def test_wrong_payloads_are_malformed(house: KeyStore, sealed: bytes) -> None:
    header, payload, _ = _parts(sealed)
    for bad in (b"", b"{}", payload + b" ", payload.replace(b'"version":1', b'"version":2'), b"[" * 9000):
        with pytest.raises(MalformedInput):
            open_bundle(_forged(house, header, bad), pinned_anchor_sha256=None)
    vkey = bundle_of(house).log.vkeys[0]
    with pytest.raises(MalformedInput):
        open_bundle(
            _forged(house, header, payload.replace(vkey.encode(), vkey[:-4].encode())),
            pinned_anchor_sha256=None,
        )


def test_a_certificate_that_is_none_is_malformed(house: KeyStore) -> None:
    def broken(bundle: TrustBundle) -> TrustBundle:
        kept = tuple(s for s in bundle.services if s.role != "qr")
        return replace(bundle, services=(*kept, replace(_service(bundle, Role.QR), cert=b"0\x00")))

    assert _refused_payload(house, broken) == "certificate_form"


def test_the_trust_key_s_year_ends(house: KeyStore) -> None:
    late = replace(bundle_of(house), made_at=NOW + timedelta(days=370), expires_at=NOW + timedelta(days=377))
    with pytest.raises(Refused, match="key_use_ended"):
        export_bundle(house, late)


def test_a_root_key_signs_no_bundle(tmp_path: Path, house: KeyStore) -> None:
    root = create_root(tmp_path / "r", PASSPHRASE, identity=IDENTITY, now=NOW, kdf=FAST)
    with pytest.raises(Refused, match="certificate_issuer"):
        seal_bundle(b"{}", root.private(Role.ROOT), house.chain(Role.TRUST))


def test_environment_and_region_are_in_the_bundle(house: KeyStore) -> None:
    bundle = bundle_of(house)
    assert (bundle.environment, bundle.region) == (Environment.TEST, "150300")
    assert bundle.expires_at - bundle.made_at == timedelta(days=7)


def _certificate(house: KeyStore, signer: PrivateHandle, public: Any, usage: bool = True) -> bytes:
    """A certificate of the trust role with any key, by any CA of the house; ``usage`` False: without key usage."""
    issuer = x509.load_der_x509_certificate(signer.certificate_der or b"")
    eku = x509.ExtendedKeyUsage([x509.ObjectIdentifier(PROFILES[Role.TRUST].eku or "")])
    builder = x509.CertificateBuilder().subject_name(IDENTITY.name(Role.TRUST)).issuer_name(issuer.subject)
    builder = builder.serial_number(7).public_key(public).add_extension(eku, critical=False)
    builder = builder.not_valid_before(NOW).not_valid_after(NOW + timedelta(days=9))
    if not usage:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return builder.sign(signer.key, SHA256()).public_bytes(Encoding.DER)  # type: ignore[arg-type]


def _sealed_by(chain: list[bytes], key: PrivateHandle, header: dict[str, Any], payload: bytes) -> bytes:
    start = _b64url(json.dumps(header | {"x5c": [base64.b64encode(der).decode() for der in chain]}).encode())
    start += b"." + _b64url(payload)
    return start + b"." + _b64url(key.sign_raw(start))


def test_a_trust_certificate_over_another_curve_is_refused(house: KeyStore, sealed: bytes) -> None:
    header, payload, _ = _parts(sealed)
    other = ec.generate_private_key(ec.SECP384R1()).public_key()
    leaf = _certificate(house, house.private(Role.ISSUING), other)
    data = _sealed_by([leaf, *house.chain(Role.ISSUING)], house.private(Role.TRUST), header, payload)
    with pytest.raises(Refused, match="bundle_signer"):
        open_bundle(data, pinned_anchor_sha256=None)


def test_a_ca_without_the_right_to_sign_certificates_issues_nothing(house: KeyStore, sealed: bytes) -> None:
    """basicConstraints alone is not enough: key usage must say keyCertSign (RFC 5280, 4.2.1.3)."""
    header, payload, _ = _parts(sealed)
    middle_key = PrivateHandle.bare(Role.ISSUING, generate(Algorithm.P256))
    middle = _certificate(house, house.private(Role.ISSUING), middle_key.key.public_key(), usage=False)
    leaf_key = PrivateHandle.bare(Role.TRUST, generate(Algorithm.P256))
    leaf = _certificate(house, replace(middle_key, certificate_der=middle), leaf_key.key.public_key())
    chain = [leaf, middle, *house.chain(Role.ISSUING)]
    with pytest.raises(Refused, match="trust_chain_broken"):
        open_bundle(_sealed_by(chain, leaf_key, header, payload), pinned_anchor_sha256=None)


def test_a_service_with_an_endless_chain_is_refused(house: KeyStore) -> None:
    def longer(bundle: TrustBundle) -> TrustBundle:
        kept = tuple(s for s in bundle.services if s.role != "qr")
        qr = _service(bundle, Role.QR)
        return replace(bundle, services=(*kept, replace(qr, chain=qr.chain * 3)))

    assert _refused_payload(house, longer) == "trust_chain_broken"

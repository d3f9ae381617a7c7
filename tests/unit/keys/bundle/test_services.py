"""What a bundle may say about keys and services."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from domain import trust_format
from domain.errors import CreditDocError, MalformedInput, Refused
from domain.trust_format import Service, TrustBundle
from keys.authority import init_house, revoke
from keys.bundle_signing import export_bundle, seal_bundle
from keys.certificates import HouseIdentity
from keys.custody import KeyStore
from keys.revocations import RevocationReason
from keys.roles import Role
from keys.trust import open_bundle, pinned
from tests.unit.keys.bundle.forging import forged, parts_of
from tests.unit.keys.conftest import FAST, IDENTITY, NOW, PASSPHRASE, bundle_of


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
    header, payload, _ = parts_of(sealed)
    for bad in (b"", b"{}", payload + b" ", payload.replace(b'"version":1', b'"version":2'), b"[" * 9000):
        with pytest.raises(MalformedInput):
            open_bundle(forged(house, header, bad), pinned_anchor_sha256=None)
    vkey = bundle_of(house).log.vkeys[0]
    with pytest.raises(MalformedInput):
        open_bundle(
            forged(house, header, payload.replace(vkey.encode(), vkey[:-4].encode())),
            pinned_anchor_sha256=None,
        )


def test_a_certificate_that_is_none_is_malformed(house: KeyStore) -> None:
    def broken(bundle: TrustBundle) -> TrustBundle:
        kept = tuple(s for s in bundle.services if s.role != "qr")
        return replace(bundle, services=(*kept, replace(_service(bundle, Role.QR), cert=b"0\x00")))

    assert _refused_payload(house, broken) == "certificate_form"


def test_a_service_with_an_endless_chain_is_refused(house: KeyStore) -> None:
    def longer(bundle: TrustBundle) -> TrustBundle:
        kept = tuple(s for s in bundle.services if s.role != "qr")
        qr = _service(bundle, Role.QR)
        return replace(bundle, services=(*kept, replace(qr, chain=qr.chain * 3)))

    assert _refused_payload(house, longer) == "trust_chain_broken"

"""issuer_now: the signer judged by today's lists, whatever the file itself brings."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.trust_format import KeyStatus, Service, ServiceState, TrustBundle
from keys.authority import ceremony, crls, init_house, revoke
from keys.custody import KeyStore, generate
from keys.revocations import RevocationReason
from keys.roles import Algorithm, Role
from keys.trust import IssuerOutcome, issuer_now, spki_of

from .conftest import FAST, IDENTITY, NOW, PASSPHRASE, bundle_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SIGNED = NOW + HOUR


def _state(bundle: TrustBundle, cert: bytes, now: datetime, signed: datetime = SIGNED) -> IssuerOutcome:
    return issuer_now(bundle, cert, signed, now).outcome


def test_now_ok_after_eight_days_stale_with_a_fresh_list_ok(own_house: KeyStore) -> None:
    report, old = own_house.certificate(Role.REPORT), bundle_of(own_house)
    state = issuer_now(old, report, SIGNED, SIGNED)
    assert state.outcome is IssuerOutcome.OK
    assert state.this_update == NOW.replace(microsecond=0)
    assert state.next_update == NOW.replace(microsecond=0) + 7 * DAY
    assert state.revoked_at is None
    assert _state(old, report, NOW + 7 * DAY - HOUR) is IssuerOutcome.OK
    assert _state(old, report, NOW + 8 * DAY) is IssuerOutcome.STALE
    assert _state(bundle_of(own_house, NOW + 8 * DAY), report, NOW + 8 * DAY) is IssuerOutcome.OK


def test_an_expired_certificate_with_fresh_lists_is_ok(own_copy: Path, own_house: KeyStore) -> None:
    late = NOW + 1000 * DAY
    ceremony(own_copy / "root", PASSPHRASE, own_house, identity=IDENTITY, now=late)
    assert _state(bundle_of(own_house, late), own_house.certificate(Role.REPORT), late) is IssuerOutcome.OK


def test_the_root_s_list_runs_out_after_thirteen_months(own_house: KeyStore) -> None:
    report = own_house.certificate(Role.REPORT)
    for days, outcome in ((395, IssuerOutcome.OK), (397, IssuerOutcome.STALE)):
        at = NOW + days * DAY
        assert _state(bundle_of(own_house, at), report, at) is outcome


@pytest.mark.parametrize("reason", list(RevocationReason))
def test_revoked_before_and_after_signing(own_house: KeyStore, reason: RevocationReason) -> None:
    report, at = own_house.certificate(Role.REPORT), NOW + 10 * HOUR
    revoke(own_house, report, reason, at=at)
    bundle = bundle_of(own_house, NOW + DAY)
    after = issuer_now(bundle, report, at - HOUR, NOW + DAY)
    assert after.outcome is IssuerOutcome.REVOKED_AFTER
    assert after.revoked_at == at.replace(microsecond=0)
    before = issuer_now(bundle, report, at + HOUR, NOW + DAY)
    assert before.outcome is IssuerOutcome.REVOKED_BEFORE
    if reason is not RevocationReason.UNSPECIFIED:
        assert before.reason == reason.value
    # The very second of the revocation counts as revoked, and a stale list still says so.
    assert _state(bundle, report, NOW + DAY, at) is IssuerOutcome.REVOKED_BEFORE
    assert _state(bundle, report, NOW + 300 * DAY, at) is IssuerOutcome.REVOKED_BEFORE
    assert _state(bundle, own_house.certificate(Role.QR), NOW + DAY) is IssuerOutcome.OK


def test_a_key_lost_earlier_than_it_was_revoked(own_house: KeyStore) -> None:
    report = own_house.certificate(Role.REPORT)
    revoke(own_house, report, RevocationReason.KEY_COMPROMISE, at=NOW + DAY, invalid_since=NOW + 2 * HOUR)
    bundle = bundle_of(own_house, NOW + 2 * DAY)
    assert _state(bundle, report, NOW + 2 * DAY, NOW + HOUR) is IssuerOutcome.REVOKED_AFTER
    assert _state(bundle, report, NOW + 2 * DAY, NOW + 3 * HOUR) is IssuerOutcome.REVOKED_BEFORE


def test_a_revoked_issuing_ca_revokes_what_it_signed_later(own_copy: Path, own_house: KeyStore) -> None:
    report = own_house.certificate(Role.REPORT)
    at = NOW + DAY
    ceremony(
        own_copy / "root", PASSPHRASE, own_house, identity=IDENTITY, now=at,
        revoke_issuing=RevocationReason.CA_COMPROMISE,
    )  # fmt: skip
    bundle = bundle_of(own_house, at)
    assert _state(bundle, report, at, at + HOUR) is IssuerOutcome.REVOKED_BEFORE
    assert _state(bundle, report, at, at - HOUR) is IssuerOutcome.REVOKED_AFTER
    assert _state(bundle, own_house.certificate(Role.REPORT), at, at + HOUR) is IssuerOutcome.OK


def test_the_newest_list_answers_wherever_it_stands(own_house: KeyStore) -> None:
    report = own_house.certificate(Role.REPORT)
    clean = crls(own_house, now=NOW)
    revoke(own_house, report, RevocationReason.SUPERSEDED, at=NOW + HOUR)
    revoked = crls(own_house, now=NOW + HOUR)
    for lists in ((*clean, *revoked), (*revoked, *clean)):
        bundle = replace(bundle_of(own_house, NOW + HOUR), crls=lists)
        assert _state(bundle, report, NOW + 2 * HOUR, NOW + 2 * HOUR) is IssuerOutcome.REVOKED_BEFORE


def test_without_its_list_a_certificate_is_unknown(house: KeyStore) -> None:
    report, bundle = house.certificate(Role.REPORT), bundle_of(house)
    for kept in ((), bundle.crls[:1], bundle.crls[1:]):
        state = issuer_now(replace(bundle, crls=kept), report, SIGNED, SIGNED)
        assert state.outcome is IssuerOutcome.UNKNOWN


def test_a_list_that_its_issuer_did_not_sign_is_no_list(house: KeyStore, tmp_path: Path) -> None:
    fake = init_house(
        tmp_path / "k", tmp_path / "r", passphrase=PASSPHRASE, identity=IDENTITY, now=NOW, kdf=FAST
    )
    bundle, report = bundle_of(house), house.certificate(Role.REPORT)
    root_list, issuing_list = bundle.crls
    flipped = issuing_list[:-1] + bytes([issuing_list[-1] ^ 1])
    for bad in (crls(fake, now=NOW)[1], flipped, b"", b"rubbish", root_list):
        assert _state(replace(bundle, crls=(root_list, bad)), report, SIGNED) is IssuerOutcome.UNKNOWN


def test_entry_extensions_of_other_kinds_are_passed_over(house: KeyStore) -> None:
    """A list may say more about an entry than we ask; the date still counts."""
    issuing, bundle, report = house.private(Role.ISSUING), bundle_of(house), house.certificate(Role.REPORT)
    strange = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    entry = x509.RevokedCertificateBuilder().revocation_date(NOW + DAY)
    entry = entry.serial_number(x509.load_der_x509_certificate(report).serial_number)
    entry = entry.add_extension(strange, critical=False)
    builder = x509.CertificateRevocationListBuilder().issuer_name(
        x509.load_der_x509_crl(bundle.crls[1]).issuer
    )
    builder = builder.last_update(NOW + DAY).next_update(NOW + 7 * DAY).add_revoked_certificate(entry.build())
    crl = builder.sign(issuing.key, SHA256()).public_bytes(Encoding.DER)  # type: ignore[arg-type]
    bundle = replace(bundle, crls=(*bundle.crls, crl))
    assert _state(bundle, report, NOW + 2 * DAY, NOW + 2 * DAY) is IssuerOutcome.REVOKED_BEFORE


def test_a_partial_list_is_no_list(house: KeyStore) -> None:
    """A list for CA certificates only says so by a critical extension; it is silent about a leaf."""
    issuing, bundle = house.private(Role.ISSUING), bundle_of(house)
    whole = x509.load_der_x509_crl(bundle.crls[1])
    point = x509.IssuingDistributionPoint(
        full_name=None, relative_name=None, only_contains_user_certs=False, only_contains_ca_certs=True,
        only_some_reasons=None, indirect_crl=False, only_contains_attribute_certs=False,
    )  # fmt: skip
    builder = x509.CertificateRevocationListBuilder().issuer_name(whole.issuer)
    builder = builder.last_update(NOW + HOUR).next_update(NOW + 7 * DAY).add_extension(point, critical=True)
    partial = builder.sign(issuing.key, SHA256()).public_bytes(Encoding.DER)  # type: ignore[arg-type]
    report = house.certificate(Role.REPORT)
    assert _state(replace(bundle, crls=(bundle.crls[0], partial)), report, SIGNED) is IssuerOutcome.UNKNOWN


def test_a_stranger_s_certificate_is_unknown(house: KeyStore, tmp_path: Path) -> None:
    fake = init_house(
        tmp_path / "k", tmp_path / "r", passphrase=PASSPHRASE, identity=IDENTITY, now=NOW, kdf=FAST
    )
    for role in (Role.REPORT, Role.ISSUING, Role.ROOT):
        assert _state(bundle_of(house), fake.certificate(role), SIGNED) is IssuerOutcome.UNKNOWN
    assert _state(replace(bundle_of(house), anchors=()), house.certificate(Role.REPORT), SIGNED) is (
        IssuerOutcome.UNKNOWN
    )


@settings(max_examples=100, deadline=None)
@given(cert=st.binary(max_size=80), crl=st.binary(max_size=80))
def test_any_bytes_get_an_answer(house: KeyStore, cert: bytes, crl: bytes) -> None:
    bundle = bundle_of(house)
    assert _state(bundle, cert, SIGNED) is IssuerOutcome.UNKNOWN
    torn = replace(bundle, crls=(crl,), anchors=(cert, *bundle.anchors))
    assert _state(torn, house.certificate(Role.REPORT), SIGNED) is IssuerOutcome.UNKNOWN


def _outside(house: KeyStore, state: ServiceState = ServiceState.ACTIVE, **status: object) -> TrustBundle:
    """A bundle without lists, whose word on the stamping key is its own key status."""
    cert = house.certificate(Role.TIMESTAMP)
    bundle = bundle_of(house)
    pin = next(service for service in bundle.services if service.cert == cert)
    told = tuple(
        KeyStatus(key_id=trust, role=role, state=state, since=NOW + DAY, reason=None)
        for role, trust in status.items() if isinstance(trust, str)
    )  # fmt: skip
    return replace(bundle, crls=(), services=(pin,), key_status=told)


def _key_id(house: KeyStore, role: Role) -> str:
    return house.entry(role).key_id


def test_the_bundle_s_own_key_status_answers_where_no_list_does(house: KeyStore) -> None:
    cert = house.certificate(Role.TIMESTAMP)
    told = {"timestamp": _key_id(house, Role.TIMESTAMP), "issuing": _key_id(house, Role.ISSUING)}
    good = _outside(house, **told)
    assert _state(good, cert, SIGNED) is IssuerOutcome.OK
    assert _state(good, cert, NOW + 8 * DAY) is IssuerOutcome.STALE
    lost = _outside(house, ServiceState.REVOKED, **told)
    assert _state(lost, cert, NOW + 2 * DAY, NOW + HOUR) is IssuerOutcome.REVOKED_AFTER
    assert _state(lost, cert, NOW + 2 * DAY, NOW + 2 * DAY) is IssuerOutcome.REVOKED_BEFORE


def test_a_revocation_in_the_key_status_beats_a_clean_list(house: KeyStore) -> None:
    cert = house.certificate(Role.REPORT)
    told = KeyStatus(
        key_id=_key_id(house, Role.REPORT), role="report", state=ServiceState.REVOKED, since=NOW, reason="x"
    )
    bundle = replace(bundle_of(house), key_status=(told,))
    assert _state(bundle, cert, SIGNED) is IssuerOutcome.REVOKED_BEFORE
    active = replace(bundle, key_status=(replace(told, state=ServiceState.ACTIVE),))
    assert _state(active, cert, SIGNED) is IssuerOutcome.OK


def test_a_withdrawn_pin_is_a_revocation(house: KeyStore) -> None:
    bundle, cert = bundle_of(house), house.certificate(Role.REPORT)

    def withdrawn(service: Service) -> Service:
        changed = replace(service, state=ServiceState.REVOKED, to=NOW + DAY)
        return changed if service.cert == cert else service

    bundle = replace(bundle, services=tuple(map(withdrawn, bundle.services)))
    assert _state(bundle, cert, NOW + 2 * DAY, NOW + HOUR) is IssuerOutcome.REVOKED_AFTER
    assert _state(bundle, cert, NOW + 2 * DAY, NOW + 2 * DAY) is IssuerOutcome.REVOKED_BEFORE


def test_spki_is_that_of_the_key(house: KeyStore) -> None:
    assert spki_of(house.certificate(Role.QR)) == house.private(Role.QR).spki_der


def test_a_ring_of_authorities_leads_nowhere(house: KeyStore) -> None:
    """Two CAs that issued each other must not be walked for ever."""
    issuing = house.private(Role.ISSUING)
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, word)]) for word in "AB"]
    keys = [generate(Algorithm.P256) for _ in names]

    def made(child: int, parent: int) -> bytes:
        usage = x509.KeyUsage(
            digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
            key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        builder = x509.CertificateBuilder().subject_name(names[child]).issuer_name(names[parent])
        builder = builder.public_key(keys[child].public_key()).serial_number(9)  # type: ignore[arg-type]
        builder = builder.not_valid_before(NOW).not_valid_after(NOW + DAY)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        return (
            builder.add_extension(usage, critical=True)
            .sign(keys[parent], SHA256())
            .public_bytes(Encoding.DER)
        )  # type: ignore[arg-type]

    ring = (made(0, 1), made(1, 0))
    bundle = bundle_of(house)
    service = next(s for s in bundle.services if s.cert == issuing.certificate_der)
    bundle = replace(bundle, services=tuple(replace(service, cert=der, chain=ring) for der in ring))
    assert _state(bundle, ring[0], SIGNED) is IssuerOutcome.UNKNOWN


def test_a_chain_that_is_too_long_leads_nowhere(house: KeyStore) -> None:
    """Root, three CAs and a leaf: one more than any chain of ours."""
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    keys = [generate(Algorithm.P256) for _ in range(5)]
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"L{place}")]) for place in range(5)]
    ders = []
    for place in range(5):
        above = max(place - 1, 0)
        builder = x509.CertificateBuilder().subject_name(names[place]).issuer_name(names[above])
        builder = builder.public_key(keys[place].public_key()).serial_number(place + 1)  # type: ignore[arg-type]
        builder = builder.not_valid_before(NOW).not_valid_after(NOW + DAY)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        signed = builder.add_extension(usage, critical=True).sign(keys[above], SHA256())  # type: ignore[arg-type]
        ders.append(signed.public_bytes(Encoding.DER))
    root, *above_leaf, leaf = ders
    bundle = bundle_of(house)
    service = replace(bundle.services[0], cert=leaf, chain=tuple(reversed(above_leaf)))
    assert (
        _state(replace(bundle, anchors=(root,), services=(service,)), leaf, SIGNED) is IssuerOutcome.UNKNOWN
    )

"""Notes, claims and bare signatures, checked and refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from domain import claim as claims
from domain import note as notes
from domain.errors import CreditDocError, MalformedInput, Refused
from domain.report import Environment
from keys.bundle_signing import log_vkeys
from keys.custody import KeyStore
from keys.note_signing import sign_claim, sign_note
from keys.roles import Role
from keys.trust import spki_of, verify_claim_signature, verify_note, verify_signature
from keys.trust.ecdsa_form import P256_ORDER

from .conftest import NOW, bundle_of

ORIGIN = "credit.example/log"
TEXT = b"credit.example/log\n3\nAAAA\n"


def _claim(**changes: Any) -> claims.Claim:
    fields: dict[str, Any] = {
        "host": "credit.example", "number": "1503002026030200000001", "environment": Environment.TEST,
        "subject_name": "乌海市某某商贸有限公司", "uscc": "91150300MA0N000000", "as_of": NOW,
        "window_from": date(2021, 1, 1), "window_to": date(2026, 3, 2), "domains_chosen": 31, "domains_total": 31,
        "narrowed": False, "incomplete": False, "records": 0, "fine_fen": 0, "latest_date": None,
        "root": bytes(32), "status_uri": "https://credit.example/status/1", "status_idx": 5,
    }  # fmt: skip
    return claims.Claim(**fields | changes)


def _spki(key: Any) -> bytes:
    return bytes(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def test_a_note_is_signed_and_checked(house: KeyStore) -> None:
    data = sign_note(TEXT, ORIGIN, house.private(Role.LOG))
    assert verify_note(data, log_vkeys(house, ORIGIN)).text == TEXT
    assert data.count("\u2014".encode()) == 1


def test_a_note_by_nobody_known_is_unsigned(house: KeyStore) -> None:
    data = sign_note(TEXT, ORIGIN, house.private(Role.LOG))
    for vkeys in ((), log_vkeys(house, "other.example/log")):
        with pytest.raises(Refused, match="note_unsigned"):
            verify_note(data, vkeys)


def test_a_changed_note_is_refused(house: KeyStore) -> None:
    data = sign_note(TEXT, ORIGIN, house.private(Role.LOG))
    with pytest.raises(Refused, match="signature_invalid"):
        verify_note(data.replace(b"\n3\n", b"\n4\n"), log_vkeys(house, ORIGIN))


def test_one_flipped_bit_in_a_note_is_never_good(house: KeyStore) -> None:
    data = sign_note(TEXT, ORIGIN, house.private(Role.LOG))
    for place in range(len(data) * 8):
        bad = bytearray(data)
        bad[place // 8] ^= 1 << place % 8
        with pytest.raises(CreditDocError):
            verify_note(bytes(bad), log_vkeys(house, ORIGIN))


def test_lines_of_others_are_passed_over_and_a_false_line_of_ours_is_not(house: KeyStore) -> None:
    log = house.private(Role.LOG)
    vkeys = log_vkeys(house, ORIGIN)
    other = ed25519.Ed25519PrivateKey.generate()
    witness = notes.NoteSignature(
        name="witness.example",
        key_hash=notes.ed25519_key_hash("witness.example", other.public_key().public_bytes_raw()),
        signature=other.sign(TEXT),
    )
    ours = notes.decode(sign_note(TEXT, ORIGIN, log)).signatures[0]
    assert verify_note(notes.encode(TEXT, [witness, ours]), vkeys)
    with pytest.raises(Refused, match="note_unsigned"):
        verify_note(notes.encode(TEXT, [witness]), vkeys)
    false = replace(ours, signature=other.sign(TEXT))
    with pytest.raises(Refused, match="signature_invalid"):
        verify_note(notes.encode(TEXT, [ours, false]), vkeys)


def test_a_witness_key_does_not_stand_in_for_the_log(house: KeyStore) -> None:
    raw = house.private(Role.LOG).public_raw
    cosigner = notes.VerifierKey(name=ORIGIN, kind=notes.ED25519_COSIGNATURE, public_key=raw)
    line = notes.NoteSignature(
        name=ORIGIN, key_hash=cosigner.key_hash, signature=house.private(Role.LOG).sign(TEXT)
    )
    with pytest.raises(Refused, match="note_unsigned"):
        verify_note(notes.encode(TEXT, [line]), [str(cosigner)])


def test_only_the_log_signs_notes_and_only_qr_signs_claims(house: KeyStore) -> None:
    with pytest.raises(Refused, match="certificate_issuer"):
        sign_note(TEXT, ORIGIN, house.private(Role.QR))
    with pytest.raises(Refused, match="certificate_issuer"):
        sign_claim(_claim(), house.private(Role.REPORT))


def test_a_claim_is_signed_and_checked(house: KeyStore) -> None:
    cose = sign_claim(_claim(), house.private(Role.QR))
    assert len(cose) <= claims.MAX_BYTES
    service = verify_claim_signature(claims.decode(cose), bundle_of(house))
    assert service.cert == house.certificate(Role.QR)


def test_a_changed_claim_is_refused(house: KeyStore) -> None:
    signed = claims.decode(sign_claim(_claim(), house.private(Role.QR)))
    for other in (
        replace(signed, payload=claims.payload(_claim(records=1))),
        replace(signed, signature=signed.signature[:-1] + bytes([signed.signature[-1] ^ 1])),
        replace(signed, signature=signed.signature[:32] + _other_s(signed.signature[32:])),
    ):
        with pytest.raises(Refused, match="signature_invalid"):
            verify_claim_signature(other, bundle_of(house))
    with pytest.raises(MalformedInput, match="ecdsa_form"):
        verify_claim_signature(replace(signed, signature=bytes(64)), bundle_of(house))


def _other_s(s: bytes) -> bytes:
    return (P256_ORDER - int.from_bytes(s, "big")).to_bytes(32, "big")


def test_a_claim_by_another_key_or_for_another_region_is_untrusted(house: KeyStore) -> None:
    bundle = bundle_of(house)
    report = house.private(Role.REPORT)
    header, body = claims.protected_header(report.key_id), claims.payload(_claim())
    foreign = claims.encode(_claim(), report.key_id, report.sign_raw(claims.sig_structure(header, body)))
    with pytest.raises(Refused, match="untrusted_key"):
        verify_claim_signature(claims.decode(foreign), bundle)
    shanxi = sign_claim(_claim(number="1400002026030200000001"), house.private(Role.QR))
    with pytest.raises(Refused, match="untrusted_key"):
        verify_claim_signature(claims.decode(shanxi), bundle)


@pytest.mark.judge
def test_a_cose_library_verifies_the_claim(house: KeyStore) -> None:
    from pycose.keys import EC2Key
    from pycose.keys.curves import P256
    from pycose.messages import Sign1Message

    # pycose's own tag reader expects the lists of an older cbor2, so the tag (0xd2) is taken off.
    untagged = cbor2.loads(sign_claim(_claim(), house.private(Role.QR))[1:])
    message = Sign1Message.from_cose_obj(untagged, allow_unknown_attributes=True)
    key = house.private(Role.QR).key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    point = key.public_key().public_numbers()
    message.key = EC2Key(crv=P256, x=point.x.to_bytes(32, "big"), y=point.y.to_bytes(32, "big"))
    assert message.verify_signature()


def test_the_upper_half_of_an_ecdsa_signature_is_refused(house: KeyStore) -> None:
    handle = house.private(Role.REPORT)
    signature = handle.sign(b"x")
    r, s = decode_dss_signature(signature)
    verify_signature(handle.spki_der, b"x", signature)
    with pytest.raises(Refused, match="signature_invalid"):
        verify_signature(handle.spki_der, b"x", encode_dss_signature(r, P256_ORDER - s))


def test_kinds_of_key_that_are_not_used_are_refused() -> None:
    for key in (
        ec.generate_private_key(ec.SECP384R1()),
        ec.generate_private_key(ec.SECP256K1()),
        rsa.generate_private_key(65537, 2048),
        x25519.X25519PrivateKey.generate(),
    ):
        with pytest.raises(MalformedInput, match="key_form"):
            verify_signature(_spki(key), b"x", b"y")


@given(st.binary(max_size=120))
def test_any_bytes_are_no_key_and_no_note(data: bytes) -> None:
    with pytest.raises(MalformedInput, match="key_form"):
        verify_signature(data, b"", b"")
    with pytest.raises(MalformedInput, match="certificate_form"):
        spki_of(data)
    with pytest.raises(MalformedInput):
        verify_note(data, [])


@given(st.binary(max_size=90))
def test_any_signature_is_refused(house: KeyStore, signature: bytes) -> None:
    for role in (Role.REPORT, Role.LOG):
        with pytest.raises(Refused, match="signature_invalid"):
            verify_signature(house.private(role).spki_der, b"data", signature)

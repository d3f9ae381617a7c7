"""The QR claim: a COSE library reads it, long names are cut, doubtful spellings refused."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from pycose.keys import EC2Key
from pycose.keys.curves import P256
from pycose.messages import Sign1Message

from domain import claim, qr_link, report_json
from domain.claim import Claim
from domain.claim_facts import claim_of
from domain.errors import MalformedInput
from domain.report import DataState
from tests.unit.domain.strategies import claims, quick
from tests.vectors import build_formats
from tests.vectors.build_formats import NUMBER, claim_cases, sample_claim

KID = b"keyident"


@pytest.mark.judge
@pytest.mark.parametrize(
    "item", [item for item in claim_cases() if "spki" in str(item["expect"])], ids=lambda item: item["id"]
)
def test_a_cose_library_accepts_the_signature(item: dict[str, str]) -> None:
    # pycose's own tag reader expects the lists of an older cbor2, so the tag (0xd2) is taken off here.
    assert item["input"].startswith("d2")
    message = Sign1Message.from_cose_obj(cbor2.loads(bytes.fromhex(item["input"])[1:]), True)
    public = ec.derive_private_key(0x7E57, ec.SECP256R1()).public_key().public_numbers()
    message.key = EC2Key(crv=P256, x=public.x.to_bytes(32, "big"), y=public.y.to_bytes(32, "big"))
    assert message.verify_signature()
    assert cbor2.loads(message.payload)[2] == NUMBER
    message.payload = message.payload[:-1] + b"\x00"
    assert not message.verify_signature()


@quick
@given(record=claims)
def test_every_claim_fits_and_survives(record: Claim) -> None:
    data = claim.encode(record, KID, bytes(64))
    signed = claim.decode(data)
    assert len(data) <= claim.MAX_BYTES
    assert signed.claim == claim.fitted(record)
    assert claim.fitted(signed.claim) == signed.claim
    assert signed.payload == claim.payload(record)
    assert signed.protected == claim.protected_header(KID)
    assert signed.signed_bytes == claim.sig_structure(signed.protected, signed.payload)
    link = qr_link.claim_link(record.host, record.number, data)
    assert qr_link.parse_link(link.text).payload == data


def test_a_long_name_is_cut_and_hashed() -> None:
    name = "内蒙古自治区乌海市示例" * 20
    cut = claim.fitted(sample_claim(name))
    assert cut.subject_name.endswith("…")
    assert name.startswith(cut.subject_name[:-1])
    assert cut.name_hash == hashlib.sha256(name.encode()).digest()[:8]
    assert 366 < len(claim.encode(cut, KID, bytes(64))) <= 370


def test_a_name_that_fits_is_whole() -> None:
    record = sample_claim("内蒙古自治区乌海市示例新能源科技股份有限公司海南分公司")
    assert claim.fitted(record) is record


def test_a_claim_too_long_without_its_name_is_refused() -> None:
    endless = replace(sample_claim("名"), status_uri="https://credit.example/" + "x" * 300)
    for record in (endless, replace(endless, name_hash=bytes(8), subject_name="名…")):
        with pytest.raises(MalformedInput, match="claim_too_long"):
            claim.fitted(record)
    with pytest.raises(MalformedInput, match="claim_too_long"):
        claim.decode(bytes(371))


def test_wrong_lengths_are_refused() -> None:
    record = sample_claim("名")
    for kid, signature in [(b"short", bytes(64)), (KID, bytes(63))]:
        with pytest.raises(MalformedInput, match="claim_form"):
            claim.encode(record, kid, signature)
    with pytest.raises(MalformedInput, match="claim_form"):
        claim.encode(replace(record, root=bytes(31)), KID, bytes(64))
    with pytest.raises(MalformedInput, match="claim_form"):
        claim.encode(replace(record, subject_name="\ud800"), KID, bytes(64))
    with pytest.raises(MalformedInput, match="number_form"):
        claim.encode(replace(record, number="1"), KID, bytes(64))


def _cose(protected: object, unprotected: object, body: object, signature: object = bytes(64)) -> bytes:
    return cbor2.dumps(cbor2.CBORTag(18, [protected, unprotected, body, signature]))


BODY = claim.payload(sample_claim("名"))
HEADER = claim.protected_header(KID)


@pytest.mark.parametrize(
    "data",
    [
        _cose(HEADER, {4: KID}, BODY),
        _cose(HEADER, {}, None),
        _cose(HEADER, {}, BODY, bytes(63)),
        _cose(cbor2.dumps({1: -7}), {}, BODY),
        _cose(cbor2.dumps({4: KID, 1: -7}), {}, BODY),
        _cose(cbor2.dumps({1: -35, 4: KID}), {}, BODY),
        _cose(cbor2.dumps({1: -7, 4: KID, 5: 1}), {}, BODY),
        _cose(HEADER, {}, BODY + b"\x00"),
        _cose(HEADER, {}, cbor2.dumps({**cbor2.loads(BODY), 3: "aud"})),
        _cose(HEADER, {}, cbor2.dumps({1: 3, 2: "x", claim.PRIVATE_CLAIM: []})),
        _cose(HEADER, {}, cbor2.dumps([1, 2])),
        _cose(HEADER, {}, BODY) + b"\x00",
        b"\xd1" + _cose(HEADER, {}, BODY)[1:],
        b"\xd2\x9f\xff",
    ],
)
def test_other_spellings_are_refused(data: bytes) -> None:
    with pytest.raises(MalformedInput, match="claim_form"):
        claim.decode(data)


PLACES = [(place, value) for place in range(17) for value in (b"x", -1, 2**64, 1.5, "y", None, [1], True)]


@pytest.mark.parametrize(("place", "value"), PLACES)
def test_a_fact_of_another_type_is_refused_or_has_one_spelling(place: int, value: object) -> None:
    body = cbor2.loads(BODY)
    body[claim.PRIVATE_CLAIM][place] = value
    data = _cose(HEADER, {}, cbor2.dumps(body))
    try:
        signed = claim.decode(data)
    except MalformedInput:
        return
    assert claim.encode(signed.claim, signed.kid, signed.signature) == data
    assert isinstance(value, str | None | int) or (place in (3, 14) and isinstance(value, bytes))


def test_a_report_and_its_claim_say_the_same() -> None:
    content = report_json.from_json(json.loads((build_formats.FOLDER / "report.json").read_bytes()))
    made = claim_of(content)
    assert made.number == content.number
    assert (made.domains_chosen, made.domains_total, made.narrowed, made.incomplete) == (2, 3, True, False)
    assert (made.root.hex(), made.records, made.fine_fen) == (content.tree.root, 2, 1_250_000)
    waiting = replace(content.domains[0], data_state=DataState.PENDING)
    assert claim_of(replace(content, domains=(waiting,))).incomplete
    assert not claim_of(replace(content, domains=(replace(waiting, id="fire_safety"),))).incomplete


@quick
@given(position=st.integers(0, 369), flip=st.integers(1, 255))
def test_a_changed_byte_never_keeps_the_signed_bytes(position: int, flip: int) -> None:
    good = claim.encode(sample_claim("示例" * 60), KID, bytes(64))
    data = bytearray(good)
    data[position % len(good)] ^= flip
    try:
        signed = claim.decode(bytes(data))
    except MalformedInput:
        return
    before = claim.decode(good)
    assert signed.signed_bytes != before.signed_bytes or signed.signature != before.signature

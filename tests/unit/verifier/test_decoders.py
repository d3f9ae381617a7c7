"""Every reader of foreign bytes: a record, or MalformedInput, and nothing else."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import der
from domain.errors import MalformedInput
from tests.unit.verifier.house import House
from verifier.gate import byte_gate, cms_gate
from verifier.gate.kinds import is_picture
from verifier.gate.pins import Pins, make_pins, sid_of
from verifier.limits import DEFAULT_LIMITS
from verifier.pdf import facts
from verifier.worker import wire

junk = st.binary(max_size=400)
json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def pins(house: House) -> Pins:
    return make_pins(house.bundle())


@given(junk)
def test_der(data: bytes) -> None:
    for reader in (der.read, lambda d: der.children(d), lambda d: der.whole(d, der.SEQUENCE), sid_of):
        try:
            reader(data)  # type: ignore[operator]
        except MalformedInput:
            continue


@given(st.integers(min_value=0, max_value=2**200))
def test_integers_come_back(value: int) -> None:
    element, end = der.read(der.integer(value))
    assert der.read_integer(element) == value
    assert end == len(der.integer(value))


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_sequences_come_back(parts: list[bytes]) -> None:
    made = der.tlv(der.SEQUENCE, *(der.tlv(der.OCTET_STRING, part) for part in parts))
    assert [item.body for item in der.children(der.whole(made, der.SEQUENCE).body)] == parts


@pytest.mark.parametrize(
    "data", ["3080", "308100", "30820001ff", "3f8101", "02020001", "0202ff7f", "02", "0200"]
)
def test_loose_spellings_are_refused(data: str) -> None:
    with pytest.raises(MalformedInput):
        der.read_integer(der.read(bytes.fromhex(data))[0])


@given(junk)
def test_a_gap(pins: Pins, data: bytes) -> None:
    parts = cms_gate.dissect(data)
    assert parts is None or cms_gate.signer_certificate(parts, pins) is None
    with pytest.raises(MalformedInput):
        cms_gate.open_cms(data, parts, pins)


@settings(deadline=None)
@given(st.binary(max_size=600))
def test_a_file(pins: Pins, data: bytes) -> None:
    for candidate in (data, b"%PDF-1.7\n" + data, b"%PDF-1.7\n" + data + b"\n%%EOF\n"):
        facts = byte_gate.inspect(candidate, pins, DEFAULT_LIMITS)
        assert facts.refusal is not None
        assert facts.cms is None


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_mangled_report(pins: Pins, genuine: bytes, data: st.DataObject) -> None:
    """Cut, double, overwrite anywhere: the gate answers, and not with our shape."""
    at = data.draw(st.integers(min_value=0, max_value=len(genuine) - 1))
    size = data.draw(st.integers(min_value=1, max_value=3000))
    put = data.draw(st.binary(max_size=40))
    mangled = genuine[:at] + put + genuine[at + size :]
    facts = byte_gate.inspect(mangled, pins, DEFAULT_LIMITS)
    if mangled != genuine and facts.cms is not None and facts.shape is not None:
        assert facts.shape.covered_sha256 != facts.cms.message_digest


@given(junk)
def test_a_frame(data: bytes) -> None:
    try:
        wire.receive(BytesIO(data), max_bytes=1000)
    except MalformedInput:
        return


@given(json_like)
def test_an_answer(value: object) -> None:
    for reader in (facts.contents_from, facts.opinion_from, facts.picture_from):
        for key in ("contents", "opinion", "picture"):
            with pytest.raises(MalformedInput):
                reader({key: value})


def test_frames_come_back() -> None:
    pipe = BytesIO()
    wire.send(pipe, {"a": [1, None, "文"]}, b"blob")
    pipe.seek(0)
    assert wire.receive(pipe, max_bytes=1000) == ({"a": [1, None, "文"]}, b"blob")
    assert wire.receive(pipe, max_bytes=1000) is None


def test_a_frame_too_large_is_not_read() -> None:
    with pytest.raises(MalformedInput):
        wire.receive(BytesIO(b"\xff" * 8 + b"x"), max_bytes=1000)


@given(junk)
def test_kinds(data: bytes) -> None:
    assert is_picture(b"\x89PNG\r\n" + data)
    assert not is_picture(b"%PDF-" + data)

"""The quick replacements say what the libraries say, byte for byte and refusal for refusal."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

from asn1crypto import x509
from hypothesis import given
from hypothesis import strategies as st

from verifier.pdf import library_speed


def outcome(work: Callable[[], Any]) -> tuple[object, ...]:
    """The value with its type, or the kind of refusal."""
    try:
        value = work()
    except Exception as error:
        return ("refused", type(error))
    return (type(value), value)


@given(st.text(max_size=12))
def test_a_name_is_prepared_as_the_library_does_also_the_second_time(text: str) -> None:
    expected = outcome(lambda: library_speed._slow_name(None, text))
    for _ in range(2):
        assert outcome(lambda: library_speed.prepare_name(None, text)) == expected


def rdn(pairs: list[tuple[str, str]]) -> x509.RelativeDistinguishedName:
    """Several values at one place of a name."""
    values = [{"type": type_, "value": x509.DirectoryString("utf8_string", value)} for type_, value in pairs]
    return x509.RelativeDistinguishedName([x509.NameTypeAndValue(value) for value in values])


pairs = st.tuples(
    st.sampled_from(["common_name", "organization_name"]), st.sampled_from(["A", "a", " a ", "B"])
)
names = st.lists(st.lists(pairs, min_size=1, max_size=2), max_size=3).map(
    lambda rdns: x509.Name(name="", value=x509.RDNSequence([rdn(each) for each in rdns])).dump()
)


@given(names, names)
def test_names_are_compared_as_the_library_does_also_the_second_time(one: bytes, other: bytes) -> None:
    load = x509.Name.load
    equal = outcome(lambda: library_speed._slow_equal(load(one), load(other)))
    key = outcome(lambda: library_speed._slow_hashable(load(one)))
    for _ in range(2):
        assert outcome(lambda: library_speed.equal_names(load(one), load(other))) == equal
        assert outcome(lambda: library_speed.hashable_name(load(one))) == key
    assert library_speed.equal_names(load(one), object()) is False


@given(st.binary(max_size=30))
def test_a_broken_name_is_refused_as_by_the_library_also_the_second_time(inside: bytes) -> None:
    broken = b"\x30" + bytes([len(inside)]) + inside
    load = x509.Name.load
    expected = outcome(lambda: library_speed._slow_hashable(load(broken)))
    for _ in range(2):
        assert outcome(lambda: library_speed.hashable_name(load(broken))) == expected


def test_a_long_name_is_not_kept_and_the_store_stays_small() -> None:
    long = x509.Name.build({"common_name": "n" * 2 * library_speed._LONG_NAME})
    assert library_speed.equal_names(long, long) is True
    assert not any(long.chosen.contents in key for key in library_speed._kept)
    for number in range(2 * library_speed._NAMES):
        library_speed.hashable_name(x509.Name.build({"common_name": str(number)}))
    assert len(library_speed._kept) <= library_speed._NAMES


hexes = st.binary(max_size=40).map(lambda data: data.hex().encode())
insides = hexes | st.lists(st.sampled_from([b"a", b"F", b"0", b" ", b"\n", b">", b"g", b"<"])).map(b"".join)


@given(insides, st.sampled_from([b"", b">", b"> endobj", b">>"]))
def test_a_hex_string_is_read_as_the_library_does_and_ends_at_the_same_place(
    inside: bytes, end: bytes
) -> None:
    data = b"<" + inside + end
    slow, quick = BytesIO(data), BytesIO(data)
    expected = outcome(lambda: library_speed._slow_hex(slow))
    assert outcome(lambda: library_speed.read_hex(quick)) == expected
    if expected[0] != "refused":
        assert quick.tell() == slow.tell()


def test_a_hex_string_longer_than_one_reading_is_whole() -> None:
    data = b"ab" * 40_000
    stream = BytesIO(b"<" + data + b">x")
    assert library_speed.read_hex(stream).original_bytes == bytes.fromhex(data.decode())
    assert stream.read() == b"x"

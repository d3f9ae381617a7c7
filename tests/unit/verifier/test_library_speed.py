"""The quick replacements say what the libraries say, byte for byte and refusal for refusal."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from verifier import library_speed


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

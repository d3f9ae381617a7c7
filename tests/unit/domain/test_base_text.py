"""Bytes as text: one spelling each, whatever the reader's library would forgive."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import base_text
from domain.errors import MalformedInput
from tests.unit.domain.strategies import wide

PAIRS: list[tuple[Callable[[bytes], str], Callable[[str], bytes]]] = [
    (base_text.base64_encode, base_text.base64_decode),
    (base_text.base64url_encode, base_text.base64url_decode),
    (base_text.base32_encode, base_text.base32_decode),
    (bytes.hex, lambda text: base_text.hex_decode(text, len(text) // 2)),
]
each = pytest.mark.parametrize(("encode", "decode"), PAIRS, ids=["base64", "base64url", "base32", "hex"])


@each
@wide
@given(data=st.binary(max_size=40))
def test_bytes_survive(encode: Callable[[bytes], str], decode: Callable[[str], bytes], data: bytes) -> None:
    assert decode(encode(data)) == data


@each
@wide
@given(text=st.text(max_size=12) | st.text("ABCDabcd2345678=-_+/ \n", max_size=12))
def test_any_text_is_the_one_spelling_or_malformed(
    encode: Callable[[bytes], str], decode: Callable[[str], bytes], text: str
) -> None:
    try:
        data = decode(text)
    except MalformedInput:
        return
    assert encode(data) == text


@pytest.mark.parametrize("text", ["QQ", "QR==", "QQ==\n", "QQ===", "Q Q=", "-_8="])
def test_base64_that_libraries_forgive(text: str) -> None:
    with pytest.raises(MalformedInput, match="base64_form"):
        base_text.base64_decode(text)


@pytest.mark.parametrize("text", ["AA==", "AB", "A", "+/8", "é"])
def test_base64url_that_libraries_forgive(text: str) -> None:
    with pytest.raises(MalformedInput, match="base64_form"):
        base_text.base64url_decode(text)


@pytest.mark.parametrize("text", ["AE======", "ae", "AF", "A", "A1", "é"])
def test_base32_that_libraries_forgive(text: str) -> None:
    with pytest.raises(MalformedInput, match="base32_form"):
        base_text.base32_decode(text)


@pytest.mark.parametrize("text", ["AA", "a a", "aaa", "aabb", "zz", "１１"])
def test_hex_that_libraries_forgive(text: str) -> None:
    with pytest.raises(MalformedInput, match="hex_form"):
        base_text.hex_decode(text, 1)

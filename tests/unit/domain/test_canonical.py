"""Canonical JSON: RFC 8785's spelling, and nothing doubtful on the way in."""

from __future__ import annotations

from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from domain import canonical
from domain.errors import MalformedInput
from tests.unit.domain.strategies import wide

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
integers = st.integers(-canonical.MAX_INTEGER, canonical.MAX_INTEGER)
values = st.recursive(
    st.none() | st.booleans() | integers | texts,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(texts | st.text('abcAZ_\\"\n', max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@wide
@given(value=values)
def test_spelling_is_that_of_the_reference_library(value: Any) -> None:
    data = canonical.encode(value)
    assert data == rfc8785.dumps(value)
    assert canonical.decode_canonical(data, max_bytes=len(data)) == value
    with pytest.raises(MalformedInput, match="json_too_long"):
        canonical.decode(data, max_bytes=len(data) - 1)
    with pytest.raises(MalformedInput, match="json_not_canonical"):
        canonical.decode_canonical(data + b"\n", max_bytes=len(data) + 1)


def test_keys_sort_by_utf_16_units() -> None:
    keys = {"\U0001f600": 1, "\ufb33": 2, "\u20ac": 3, "\r": 4, "1": 5, "\u0080": 6, "\u00f6": 7}
    expected = '{"\\r":4,"1":5,"\u0080":6,"\u00f6":7,"\u20ac":3,"\U0001f600":1,"\ufb33":2}'
    assert canonical.encode(keys) == expected.encode()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "json_form"),
        (b"\xff", "json_form"),
        (b"\xef\xbb\xbf{}", "json_form"),
        (b"{'a':1}", "json_form"),
        (b"[" * 100_000, "json_form"),
        (b"9" * 5000, "json_form"),
        (b'{"a":1,"a":1}', "json_key_twice"),
        (b'{"a":{"b":1,"\\u0062":2}}', "json_key_twice"),
        (b"1.0", "json_number"),
        (b"1e3", "json_number"),
        (b"NaN", "json_number"),
        (b"-Infinity", "json_number"),
        (b"9007199254740992", "json_integer"),
        (b'"\\ud800"', "json_surrogate"),
        (b'{"\\udfff":1}', "json_surrogate"),
        (b"[" * 34 + b"]" * 34, "json_depth"),
    ],
)
def test_doubtful_json_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        canonical.decode(data, max_bytes=10**6)
    assert caught.value.code == code


@pytest.mark.parametrize("data", [b'{"b":1,"a":2}', b'{"a": 1}', b'"\\u0041"', b'"\\/"', b"-0", b" 1"])
def test_other_spellings_decode_and_are_not_canonical(data: bytes) -> None:
    canonical.decode(data, max_bytes=100)
    with pytest.raises(MalformedInput, match="json_not_canonical"):
        canonical.decode_canonical(data, max_bytes=100)


@pytest.mark.parametrize(
    "value", [1.5, {1: 2}, {"a": object()}, b"bytes", {"a": [{"b": 0.0}]}, {"长": 1.0}, {"a": {1, 2}}]
)
def test_values_outside_the_subset_are_refused(value: object) -> None:
    with pytest.raises(MalformedInput, match="json_value"):
        canonical.encode(value)


@pytest.mark.parametrize("value", ["\ud800", {"\udc00": 1}, {"长\ud800": 1}, ["a", "\udfff"]])
def test_half_characters_are_refused(value: object) -> None:
    with pytest.raises(MalformedInput, match="json_surrogate"):
        canonical.encode(value)

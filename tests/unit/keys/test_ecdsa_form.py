"""The one spelling of a P-256 signature."""

from __future__ import annotations

from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import MalformedInput
from keys.trust.ecdsa_form import P256_ORDER, der_from_raw, is_low_s, low_s, raw_from_der

numbers = st.integers(min_value=1, max_value=P256_ORDER - 1)


@given(numbers, numbers)
def test_both_spellings_become_the_low_one(r: int, s: int) -> None:
    low, high = encode_dss_signature(r, s), encode_dss_signature(r, P256_ORDER - s)
    assert low_s(low) == low_s(high)
    assert is_low_s(low_s(low))
    assert is_low_s(low) != is_low_s(high)
    assert decode_dss_signature(low_s(low))[1] <= P256_ORDER // 2


@given(numbers, numbers)
def test_raw_and_der_are_the_same_numbers(r: int, s: int) -> None:
    der = encode_dss_signature(r, s)
    assert len(raw_from_der(der)) == 64
    assert der_from_raw(raw_from_der(der)) == der


@pytest.mark.parametrize(("r", "s"), [(0, 1), (1, 0), (P256_ORDER, 1), (1, P256_ORDER)])
def test_numbers_out_of_range_are_no_signature(r: int, s: int) -> None:
    with pytest.raises(MalformedInput, match="ecdsa_form"):
        low_s(encode_dss_signature(r, s))
    with pytest.raises(MalformedInput, match="ecdsa_form"):
        der_from_raw(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


@given(st.binary(max_size=80))
def test_any_bytes_give_a_signature_or_malformed_input(data: bytes) -> None:
    for read in (low_s, raw_from_der, der_from_raw):
        with suppress(MalformedInput):
            read(data)
    assert not is_low_s(data) or low_s(data) == data


def test_a_longer_spelling_of_the_same_numbers_is_refused() -> None:
    der = encode_dss_signature(5, 7)
    padded = b"\x30\x07\x02\x02\x00\x05\x02\x01\x07"
    assert is_low_s(der)
    assert not is_low_s(padded)

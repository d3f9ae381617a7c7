"""Money: decimal arithmetic only, traps named."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import MalformedInput
from domain.money import fen_from_wan, fen_from_yuan, format_fen
from tests.unit.domain.strategies import wide


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("0.2", 200_000),
        ("０．２", 200_000),
        ("1.234567", 1_234_567),
        ("1e-06", 1),
        ("2E-05", 20),
        ("1,234.5", 1_234_500_000),
        ("5万元", 5_000_000),
        ("5 万", 5_000_000),
        ("¥3", 3_000_000),
        ("￥3", 3_000_000),
        ("0", 0),
        ("0.000000", 0),
        ("0.000000000000", 0),
    ],
)
def test_wan(text: str, fen: int) -> None:
    assert fen_from_wan(text) == fen


@pytest.mark.parametrize(
    ("text", "fen"), [("5000", 500_000), ("5,000.01元", 500_001), ("0.1", 10), ("3圆", 300)]
)
def test_yuan(text: str, fen: int) -> None:
    assert fen_from_yuan(text) == fen


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "money_empty"),
        (" \u3000", "money_empty"),
        ("-1", "money_negative"),
        ("两万", "money_form"),
        ("1.2.3", "money_form"),
        ("1,23", "money_form"),
        ("12,34,567", "money_form"),
        (".5", "money_form"),
        ("NaN", "money_form"),
        ("5000元", "money_unit"),
        ("0.0000001", "money_precision"),
        ("1000000000.1", "money_too_large"),
        ("9e99", "money_too_large"),
        ("0.3333333", "money_precision"),
    ],
)
def test_what_is_wrong_is_named(text: str, code: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        fen_from_wan(text)
    assert caught.value.code == code


def test_wan_in_a_yuan_column_is_refused() -> None:
    with pytest.raises(MalformedInput, match="money_unit"):
        fen_from_yuan("2万元")


@wide
@given(fen=st.integers(0, 10**15))
def test_what_is_printed_is_read_back(fen: int) -> None:
    assert fen_from_yuan(format_fen(fen)) == fen
    assert fen_from_wan(format(Decimal(fen).scaleb(-6), "f")) == fen


@wide
@given(text=st.text(max_size=12) | st.from_regex(r"[0-9,.eE+-]{1,12}", fullmatch=True))
def test_any_text_is_an_amount_or_malformed(text: str) -> None:
    try:
        fen = fen_from_wan(text)
    except MalformedInput:
        return
    assert 0 <= fen <= 10**15


def test_format() -> None:
    assert [format_fen(fen) for fen in (0, 5, 123_456, -123_456, 10**11)] == [
        "0.00", "0.05", "1,234.56", "-1,234.56", "1,000,000,000.00",
    ]  # fmt: skip

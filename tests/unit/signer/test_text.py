"""Values become words exactly, and nothing unseen reaches the page."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from signer import text


@given(st.text())
def test_printable_text_has_no_control_bidi_or_line_characters(value: str) -> None:
    shown = text.printable(value)
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert text.printable(shown) == shown


@given(st.text())
def test_wrapping_only_adds_break_chances(value: str) -> None:
    assert text.wrapping(value).replace("\u200b", "") == text.printable(value)


def test_long_runs_can_break() -> None:
    assert max(map(len, text.wrapping("x" * 400).split("\u200b"))) <= 12


def test_a_reading_order_override_is_not_printed() -> None:
    assert text.printable("罚款\u202e0001\u202c元") == "罚款0001元"


@given(st.text(alphabet="0123456789ABCDEF", max_size=40), st.lists(st.integers(1, 9), min_size=1, max_size=4))
def test_groups_keep_every_character(code: str, sizes: list[int]) -> None:
    assert "".join(text.groups(code, *sizes)) == code


@given(st.integers(0, 10**15))
def test_money_is_exact(fen: int) -> None:
    whole, cents = text.yuan(fen).removesuffix(" 元").replace(",", "").split(".")
    assert int(whole) * 100 + int(cents) == fen
    assert len(cents) == 2


def test_dates_as_people_write_them() -> None:
    assert text.day(date(2021, 1, 9)) == "2021年1月9日"
    assert text.day(None) == text.short_day(None) == "—"
    assert text.short_day(date(2021, 1, 9)) == "2021-01-09"
    assert text.instant(datetime(2026, 11, 19, 17, 30, 7, tzinfo=UTC)) == "2026年11月20日 01:30:07"


def test_long_lists_say_how_many() -> None:
    assert text.listed(["甲", "乙"], most=2) == "甲、乙"
    assert text.listed(["甲", "乙", "丙"], most=2) == "甲、乙等 3 个"

"""Look-back arithmetic: calendar periods end on a real day, nonsense is refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import MalformedInput
from records.settings import look_back_start


@pytest.mark.parametrize(
    ("period", "start"),
    [
        ("P5Y", date(2019, 2, 28)),
        ("P1M", date(2024, 1, 29)),
        ("P18M", date(2022, 8, 29)),
        ("P30D", date(2024, 1, 30)),
        ("2021-01-01", date(2021, 1, 1)),
    ],
)
def test_periods_seen_from_a_leap_day(period: str, start: date):
    assert look_back_start(period, date(2024, 2, 29)) == start


@pytest.mark.parametrize("text", ["P0Y", "P5W", "5Y", "2024-02-30", "P9999Y", "", "P９Y", "P5Y "])
def test_what_is_no_look_back(text: str):
    with pytest.raises(MalformedInput) as caught:
        look_back_start(text, date(2024, 2, 29))
    assert caught.value.code == "look_back_malformed"


@given(day=st.dates(date(1990, 1, 1), date(2100, 1, 1)), months=st.integers(1, 600))
def test_a_later_day_never_looks_back_further(day: date, months: int):
    start = look_back_start(f"P{months}M", day)
    assert start < day
    assert look_back_start(f"P{months}M", day + timedelta(days=1)) >= start

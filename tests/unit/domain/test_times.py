"""Instants and days: one spelling, exact arithmetic, Shanghai's calendar."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import times
from domain.errors import InvariantBroken, MalformedInput
from tests.unit.domain.strategies import quick, wide

every_instant = st.datetimes(timezones=st.just(UTC))


@wide
@given(instant=every_instant)
def test_an_instant_survives_each_form(instant: datetime) -> None:
    assert times.parse_rfc3339(times.rfc3339(instant)) == instant
    assert len(times.rfc3339(instant)) == 27
    assert times.from_microseconds(times.microseconds(instant)) == instant
    assert (
        timedelta()
        <= instant - times.from_milliseconds(times.milliseconds(instant))
        < timedelta(milliseconds=1)
    )


@quick
@given(first=every_instant, second=every_instant)
def test_texts_sort_like_instants(first: datetime, second: datetime) -> None:
    assert (times.rfc3339(first) < times.rfc3339(second)) == (first < second)


@quick
@given(day=st.dates())
def test_days_survive(day: date) -> None:
    assert times.parse_day(day.isoformat()) == day
    assert times.day_from_number(times.day_number(day)) == day


def test_offsets_are_read_as_utc() -> None:
    expected = datetime(2026, 2, 28, 16, 30, tzinfo=UTC)
    assert times.parse_rfc3339("2026-03-01T00:30:00+08:00") == expected
    assert times.rfc3339(datetime(2026, 3, 1, 0, 30, tzinfo=timezone(timedelta(hours=8)))) == times.rfc3339(
        expected
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-03-01",
        "2026-03-01T00:30:00",
        "2026-13-01T00:00:00Z",
        "2026-03-01 00:30:00Z",
        "0001-01-01T00:00:00+23:59",
    ],
)
def test_other_spellings_are_malformed(text: str) -> None:
    with pytest.raises(MalformedInput, match="time_form"):
        times.parse_rfc3339(text)


@pytest.mark.parametrize("text", ["", "2026-02-30", "2026-3-1", "20260301", "２０２６-03-01"])
def test_other_days_are_malformed(text: str) -> None:
    with pytest.raises(MalformedInput, match="day_form"):
        times.parse_day(text)


@quick
@given(text=st.text(max_size=30) | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"))
def test_any_text_is_an_instant_or_malformed(text: str) -> None:
    for parse in (times.parse_rfc3339, times.parse_day):
        with suppress(MalformedInput):
            assert parse(text) <= parse(
                "9999-12-31" if parse is times.parse_day else "9999-12-31T23:59:59.999999Z"
            )


@quick
@given(instant=st.datetimes(datetime(1992, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC)))
def test_shanghai_is_the_zone_of_that_name(instant: datetime) -> None:
    local = instant.astimezone(ZoneInfo("Asia/Shanghai"))
    assert times.shanghai_day(instant) == local.date()
    assert times.shanghai_text(instant) == local.strftime("%Y-%m-%d %H:%M:%S")


def test_a_day_begins_at_sixteen_hours_utc() -> None:
    assert times.shanghai_day(datetime(2025, 12, 31, 15, 59, 59, tzinfo=UTC)) == date(2025, 12, 31)
    assert times.shanghai_day(datetime(2025, 12, 31, 16, tzinfo=UTC)) == date(2026, 1, 1)


def test_a_naive_instant_is_our_mistake() -> None:
    with pytest.raises(InvariantBroken, match="time_naive"):
        times.rfc3339(datetime(2026, 3, 1))


@pytest.mark.parametrize("make", [times.from_microseconds, times.from_milliseconds, times.day_from_number])
def test_beyond_the_calendar_is_malformed(make: object) -> None:
    for count in (10**30, -(10**30), 2**64):
        with pytest.raises(MalformedInput, match="time_range"):
            make(count)  # type: ignore[operator]

"""Instants and days: RFC 3339 in UTC inside, Asia/Shanghai calendar days on paper.

Grammar::

    instant = date "T" hh ":" mm ":" ss "." 6DIGIT "Z"   ; as written: always six digits
    day     = 4DIGIT "-" 2DIGIT "-" 2DIGIT               ; Asia/Shanghai

Written with a fixed number of digits, equal instants are equal texts and texts sort
like instants.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from domain.errors import InvariantBroken, MalformedInput

SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
"""UTC+8 all year; China has had no summer time since 1991, long before any look-back."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY: Final = date(1970, 1, 1)
_MILLISECOND: Final = timedelta(milliseconds=1)
_MICROSECOND: Final = timedelta(microseconds=1)
_INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def require_aware(instant: datetime) -> datetime:
    """``instant`` in UTC; a naive one is a mistake of ours: InvariantBroken ``time_naive``."""
    if instant.tzinfo is None:
        raise InvariantBroken("time_naive", instant=instant.isoformat())
    return instant.astimezone(UTC)


def rfc3339(instant: datetime) -> str:
    """The one spelling of an instant: UTC, six digits of a second, ``Z``."""
    return require_aware(instant).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def parse_rfc3339(text: str) -> datetime:
    """The instant ``text`` names, in UTC; an offset is accepted; MalformedInput ``time_form``."""
    if _INSTANT.fullmatch(text) is None:
        raise MalformedInput("time_form", text=text[:40])
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MalformedInput("time_form", text=text) from error


def parse_day(text: str) -> date:
    """The day written as YYYY-MM-DD; MalformedInput ``day_form``."""
    if _DAY.fullmatch(text) is None:
        raise MalformedInput("day_form", text=text[:40])
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise MalformedInput("day_form", text=text) from error


def shanghai_day(instant: datetime) -> date:
    """The calendar day in Asia/Shanghai on which ``instant`` lies (rule R9)."""
    return require_aware(instant).astimezone(SHANGHAI).date()


def shanghai_text(instant: datetime) -> str:
    """``instant`` as people in China write it, to the second: ``2026-03-01 08:05:09``."""
    return require_aware(instant).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def milliseconds(instant: datetime) -> int:
    """Whole milliseconds since 1970 UTC, rounded down; exact integer arithmetic."""
    return (require_aware(instant) - EPOCH) // _MILLISECOND


def from_milliseconds(count: int) -> datetime:
    """The instant that many milliseconds after 1970 UTC; MalformedInput ``time_range``."""
    return from_microseconds(count * 1000)


def microseconds(instant: datetime) -> int:
    """Whole microseconds since 1970 UTC; exact."""
    return (require_aware(instant) - EPOCH) // _MICROSECOND


def from_microseconds(count: int) -> datetime:
    """The instant that many microseconds after 1970 UTC; MalformedInput ``time_range``."""
    try:
        return EPOCH + timedelta(microseconds=count)
    except OverflowError as error:
        raise MalformedInput("time_range") from error


def day_number(day: date) -> int:
    """Days since 1970-01-01 (RFC 8943)."""
    return (day - _EPOCH_DAY).days


def day_from_number(count: int) -> date:
    """The day that many days after 1970-01-01; MalformedInput ``time_range``."""
    try:
        return _EPOCH_DAY + timedelta(days=count)
    except OverflowError as error:
        raise MalformedInput("time_range") from error

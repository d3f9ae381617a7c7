"""Reads what a person types after an option."""

from __future__ import annotations

from datetime import date, datetime


def day(text: str | None, option: str) -> date | None:
    """Give the day YYYY-MM-DD; MalformedInput ``option_day``."""
    from domain.errors import MalformedInput
    from domain.times import parse_day

    if text is None:
        return None
    try:
        return parse_day(text)
    except MalformedInput as error:
        raise MalformedInput("option_day", option=option, value=text[:40]) from error


def instant(text: str | None, option: str) -> datetime | None:
    """Give the RFC 3339 instant, a day meaning its end in Asia/Shanghai; MalformedInput ``option_time``."""
    from domain.errors import MalformedInput
    from domain.times import parse_rfc3339

    if text is None:
        return None
    whole = f"{text}T23:59:59.999999+08:00" if len(text) == len("2026-01-01") else text
    try:
        return parse_rfc3339(whole)
    except MalformedInput as error:
        raise MalformedInput("option_time", option=option, value=text[:40]) from error


def listed(text: str | None) -> tuple[str, ...] | None:
    """Give the comma-separated words, or None."""
    if text is None:
        return None
    return tuple(part.strip() for part in text.replace("，", ",").split(",") if part.strip())

"""How values become words on the page: dates, money, groups of digits, and text that stays text."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from typing import Final

from domain.times import shanghai_text

_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_LONG_RUN: Final = re.compile(r"[!-~\u00a1-\u024f]{25,}")
_BREAK: Final = "\u200b"
_BREAK_EVERY: Final = 12


def printable(text: str) -> str:
    """``text`` without what cannot be seen: control, bidi and format characters, line ends.

    SECURITY: a right-to-left override would let a record show another number than it holds.
    The signed JSON keeps the original.
    """
    spaced = re.sub(r"[\t\r\n\u2028\u2029]+", " ", text)
    return "".join(char for char in spaced if unicodedata.category(char) not in _UNSEEN).strip()


def wrapping(text: str) -> str:
    """``printable(text)`` that a narrow column can break: long runs without a space get chances."""
    return _LONG_RUN.sub(_with_breaks, printable(text))


def _with_breaks(run: re.Match[str]) -> str:
    whole = run[0]
    return _BREAK.join(whole[i : i + _BREAK_EVERY] for i in range(0, len(whole), _BREAK_EVERY))


def groups(text: str, *sizes: int) -> list[str]:
    """``text`` cut into groups of these sizes (the last size repeats), for the eye."""
    parts: list[str] = []
    at = 0
    while at < len(text):
        size = sizes[min(len(parts), len(sizes) - 1)]
        parts.append(text[at : at + size])
        at += size
    return parts


def day(value: date | None) -> str:
    """``2021年1月1日``; a dash for no day."""
    return "—" if value is None else f"{value.year}年{value.month}月{value.day}日"


def short_day(value: date | None) -> str:
    """``2021-01-01``, for tables; a dash for no day."""
    return "—" if value is None else value.isoformat()


def instant(value: datetime) -> str:
    """``2026年3月1日 08:05:09`` in Asia/Shanghai."""
    date_part, _, clock = shanghai_text(value).partition(" ")
    return f"{day(date.fromisoformat(date_part))} {clock}"


def yuan(fen: int) -> str:
    """``1,234.56 元``; exact."""
    return f"{fen // 100:,}.{fen % 100:02d} 元"


def listed(words: list[str], *, most: int) -> str:
    """The words with 、 between, or the first few and how many there are in all."""
    if len(words) <= most:
        return "、".join(words)
    return f"{'、'.join(words[:most])}等 {len(words)} 个"

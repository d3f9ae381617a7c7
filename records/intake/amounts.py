"""处罚内容 against 罚款金额: catches 元 in a column of 万元, and the reverse.

Only an amount that belongs to the word 罚款 (or 没收) is taken from the text: the first
amount in it may be last year's turnover.  Amounts are integer fen.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from domain.money import MAX_FEN

# Bounded, since an unbounded run of digits would be tried from each of its characters.
_NUMBER: Final = (
    r"((?<![0-9])[0-9][0-9,，]{0,24}(?:\.[0-9]{1,12})?"
    r"|[零〇一二三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟萬億两]{1,30})"
)
_UNIT: Final = r"\s*(亿元|万元|千元|百元|元|圆|万)"
_JOIN: Final = r"(?:人民币|金额|共计|合计|总计|计|为|的|款|数额|大写|[:：¥￥\s(（])*"
_FINE_AFTER: Final = re.compile(rf"(?<!加处)(?<!滞纳)罚款{_JOIN}{_NUMBER}{_UNIT}")
_FINE_BEFORE: Final = re.compile(rf"{_NUMBER}{_UNIT}整?(?:人民币)?的?\s*(?:行政)?罚款")
_TAKEN: Final = re.compile(
    rf"没收[^，。；;0-9]{{0,24}}?(?:所得|收入|财物|款项?|金额)[^，。；;0-9]{{0,8}}?{_JOIN}{_NUMBER}{_UNIT}"
)
_UNITS: Final = {
    "亿元": 10**10,
    "万元": 10**6,
    "万": 10**6,
    "千元": 10**5,
    "百元": 10**4,
    "元": 100,
    "圆": 100,
}
_HAN: Final = (
    {c: n for n, c in enumerate("零一二三四五六七八九")}
    | {c: n for n, c in enumerate("〇壹贰叁肆伍陆柒捌玖")}
    | {"两": 2}
)
_STEPS: Final = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_MYRIADS: Final = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
WAN: Final = 10_000


@dataclass(frozen=True, slots=True)
class Stated:
    """Amounts in fen that a text attaches to 罚款 and to 没收."""

    fines: tuple[int, ...]
    taken: tuple[int, ...]


@lru_cache(maxsize=4096)
def stated_in(text: str) -> Stated:
    """The amounts that 处罚内容 states."""
    if "罚款" not in text and "没收" not in text:
        return Stated((), ())
    plain = unicodedata.normalize("NFKC", text)
    fines = [_fen(*m.groups()) for m in _FINE_AFTER.finditer(plain)]
    if not fines:
        fines = [_fen(*m.groups()) for m in _FINE_BEFORE.finditer(plain)]
    taken = [_fen(*m.groups()) for m in _TAKEN.finditer(plain)]
    return Stated(tuple(f for f in fines if f), tuple(t for t in taken if t))


def _fen(number: str, unit: str) -> int | None:
    if number[0].isdigit() and number[0].isascii():
        fen = int(Decimal(number.replace(",", "").replace("，", "")) * _UNITS[unit])
        return fen if fen <= MAX_FEN else None
    # 贰万元: the step belongs to the number, so that 万元 is read as 元 after 贰万.
    value = han_number(number)
    return None if value is None or value * _UNITS[unit] > MAX_FEN else value * _UNITS[unit]


def han_number(text: str) -> int | None:
    """The whole number written in Han numerals, ordinary or financial; None if it is none."""
    total = section = digit = 0
    for char in text:
        if char in _HAN:
            digit = _HAN[char]
        elif char in _STEPS:
            section += (digit or 1) * _STEPS[char]
            digit = 0
        elif char in _MYRIADS:
            total = (total + section + digit) * _MYRIADS[char]
            section = digit = 0
        else:
            return None
    return total + section + digit


def compare(column_fen: int, stated: tuple[int, ...]) -> str | None:
    """None if the column agrees with the text, else ``amount_unit`` or ``amount_mismatch``.

    The column may hold any single amount of the text (one row per party), their sum, or
    the sum rounded to 100 yuan, which is what two decimals of 万元 can say.
    """
    if not stated or column_fen in stated or column_fen in (sum(stated), sum(set(stated))):
        return None
    expected = {*stated, sum(stated)}
    if any(column_fen == amount * WAN or column_fen * WAN == amount for amount in expected):
        return "amount_unit"
    if column_fen % 10_000 == 0 and any(abs(column_fen - amount) <= 5_000 < amount for amount in expected):
        return None
    return "amount_mismatch"

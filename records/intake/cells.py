"""One cell's text to one value, or MalformedInput with a quarantine code.

Dates: ``2024-01-05``, ``2024/1/5``, ``2024.1.5``, ``2024年1月5日``, ``20240105``, each also with a
time behind it, full-width digits, ``二〇二四年一月五日``, and Excel serial days (1900 or 1904
system).  Two-digit years and day-first dates are refused: they can be read in two ways.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from domain.errors import MalformedInput
from domain.identifiers import (
    birthday_of,
    check_uscc,
    hide_person_numbers,
    normalise_identifier,
    organisation_check_digit,
)
from domain.money import fen_from_wan, fen_from_yuan
from records.intake.redaction import redact_text
from records.model import Procedure, Repair, Review

EARLIEST: Final = date(1949, 10, 1)
BLANKS: Final = frozenset({
    "", "-", "--", "---", "—", "——", "－", "/", "\\", "无", "空", "(空)", "（空）", "NULL", "null", "None",
    "N/A", "n/a",
    "NaN", "nan", "*", "0000-00-00", "0000/00/00",
})  # fmt: skip
"""What people write into a cell to say that there is nothing."""
OPEN_ENDED: Final = frozenset({"长期", "长期有效", "永久", "永久有效", "无固定期限", "无期限"})

_DAY: Final = re.compile(
    r"([12][0-9]{3})(?:([-/.])([0-9]{1,2})\2([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})[日号]?|([0-9]{2})([0-9]{2}))"
    r"(?:[T ]?[0-9]{1,2}[:时点][0-9]{1,2}(?:[:分][0-9]{1,2}秒?)?(?:\.[0-9]{1,9})?(?:\+08:?00)?分?|[0-9]{6})?"
)
_SERIAL: Final = re.compile(r"([0-9]{5})(?:\.[0-9]{1,12})?")
_HAN_DAY: Final = re.compile(
    r"([〇零○ОO一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})[日号]"
)
_HAN_DIGITS: Final = {char: place for place, char in enumerate("〇一二三四五六七八九")} | {
    "零": 0,
    "○": 0,
    "О": 0,
    "O": 0,
}
_SERIALS: Final = range(10_000, 80_000)
"""1927 to 2119 in the 1900 system."""
_PERSON_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

_PROCEDURES: Final = {
    "普通程序": Procedure.ORDINARY, "一般程序": Procedure.ORDINARY, "普通": Procedure.ORDINARY,
    "一般": Procedure.ORDINARY,
    "听证程序": Procedure.ORDINARY, "简易程序": Procedure.SIMPLE, "简易": Procedure.SIMPLE,
    "当场处罚": Procedure.SIMPLE,
    "当场处罚程序": Procedure.SIMPLE, "未注明": Procedure.UNSTATED,
}  # fmt: skip
_REPAIRS: Final = {
    "已修复": Repair.REPAIRED, "修复": Repair.REPAIRED, "是": Repair.REPAIRED, "已完成修复": Repair.REPAIRED,
    "准予修复": Repair.REPAIRED, "同意修复": Repair.REPAIRED, "未修复": Repair.NOT_REPAIRED,
    "否": Repair.NOT_REPAIRED,
    "不予修复": Repair.NOT_REPAIRED, "修复中": Repair.NOT_REPAIRED, "未申请": Repair.NOT_REPAIRED,
}  # fmt: skip
_REVIEWS: Final = {
    "撤销": Review.REVOKED, "已撤销": Review.REVOKED, "变更": Review.CHANGED, "已变更": Review.CHANGED,
    "确认违法": Review.UNLAWFUL, "确认无效": Review.UNLAWFUL, "停止执行": Review.SUSPENDED,
    "中止执行": Review.SUSPENDED,
}  # fmt: skip
_UPHELD: Final = frozenset({"维持", "驳回", "驳回起诉", "驳回诉讼请求", "无变更", "正常"})
_YES: Final = frozenset({"是", "已确认", "确认", "Y", "YES", "属实"})


def blank(text: str) -> bool:
    """True if a cell says that there is nothing."""
    return text in BLANKS


def day_of(text: str, *, date_1904: bool = False) -> date:
    """The calendar day; MalformedInput ``date_unreadable`` or ``date_implausible``."""
    plain = unicodedata.normalize("NFKC", text).strip()
    try:
        found = _day(plain, date_1904=date_1904)
    except (ValueError, KeyError, OverflowError) as error:
        # KeyError: Han numerals in an order that makes no number.
        raise MalformedInput("date_unreadable", value=shown(text)) from error
    if found is None:
        raise MalformedInput("date_unreadable", value=shown(text))
    if found < EARLIEST:
        raise MalformedInput("date_implausible", value=shown(text))
    return found


def _day(plain: str, *, date_1904: bool) -> date | None:
    match = _DAY.fullmatch(plain) or _DAY.fullmatch("".join(plain.split()))
    if match:
        year, _, *pairs = match.groups()
        month, day = (part for part in pairs if part)
        return date(int(year), int(month), int(day))
    if (serial := _SERIAL.fullmatch(plain)) and int(serial[1]) in _SERIALS:
        return (date(1904, 1, 1) if date_1904 else date(1899, 12, 30)) + timedelta(days=int(serial[1]))
    han = _HAN_DAY.fullmatch(plain)
    return _han_day(han) if han else None


def _han_day(match: re.Match[str]) -> date:
    year = int("".join(str(_HAN_DIGITS[char]) for char in match[1]))
    return date(year, _han_number(match[2]), _han_number(match[3]))


def _han_number(text: str) -> int:
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return _HAN_DIGITS[text]
    return (_HAN_DIGITS[tens] if tens else 1) * 10 + (_HAN_DIGITS[ones] if ones else 0)


_MONEY_CODES: Final = {"money_negative": "amount_negative", "money_unit": "amount_unit_word"}


def fen_of(text: str, *, in_yuan: bool = False) -> int:
    """Fen of an amount cell, blank being 0; MalformedInput ``amount_*``."""
    if blank(text):
        return 0
    try:
        return fen_from_yuan(text) if in_yuan else fen_from_wan(text)
    except MalformedInput as error:
        code = _MONEY_CODES.get(error.code, "amount_unreadable")
        raise MalformedInput(code, value=shown(text)) from error


def procedure_of(text: str) -> Procedure | None:
    """处罚程序; blank is UNSTATED, an unknown word None (rule R14)."""
    return Procedure.UNSTATED if blank(text) else _PROCEDURES.get(folded(text))


def repair_of(text: str) -> Repair | None:
    """修复状态; blank is NOT_REPAIRED, an unknown word None."""
    return Repair.NOT_REPAIRED if blank(text) else _REPAIRS.get(folded(text))


def review_of(text: str) -> Review | None:
    """What a 复议 or 诉讼 did; None for blank or upheld; MalformedInput ``value_unknown``."""
    plain = folded(text)
    if blank(text) or plain in _UPHELD:
        return None
    if plain not in _REVIEWS:
        raise MalformedInput("value_unknown", value=shown(text), known="撤销、变更、确认违法、停止执行、维持")
    return _REVIEWS[plain]


_ORGANISATION_CODE: Final = re.compile("[0-9A-Z]{8}[0-9X]")


def yes(text: str) -> bool:
    """True for 是, 已确认 and the like."""
    return folded(text) in _YES


@lru_cache(maxsize=1024)
def folded(text: str) -> str:
    """``text`` in half width, upper case, without blanks."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def organisation_code_of(text: str) -> str | None:
    """A well-formed organisation code (GB 11714), without its hyphen, else None."""
    value = normalise_identifier(text).replace("-", "")
    if _ORGANISATION_CODE.fullmatch(value) is None:
        return None
    return value if organisation_check_digit(value[:8]) == value[8] else None


def is_resident_number(text: str) -> bool:
    """True for a resident identity number with a right check character (GB 11643) and a real birthday."""
    value = normalise_identifier(text)
    if re.fullmatch("[1-9][0-9]{16}[0-9X]", value) is None or birthday_of(value) is None:
        return False
    total = sum(int(char) * weight for char, weight in zip(value[:17], _PERSON_WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == value[17]


def names_person(code: str) -> bool:
    """True for what is a resident identity number by its shape: 18 characters, or 15 digits of the old form.

    15 digits are a registration number if their own check digit (GB/T 17710, MOD 11,10) fits.
    """
    if hide_person_numbers(code) != code:
        return check_uscc(code).problem is not None
    old = len(code) == 15 and code.isascii() and code.isdigit() and birthday_of(code) is not None
    return old and code[0] != "0" and not _is_registration_number(code)


def _is_registration_number(code: str) -> bool:
    rest = 10
    for digit in code[:14]:
        rest = (rest + int(digit)) % 10 or 10
        rest = rest * 2 % 11
    return (rest + int(code[14])) % 10 == 1


def shown(text: str) -> str:
    """``text`` as an error may repeat it: short and without anybody's number."""
    return redact_text(text)[:40]

"""Numbers and names that identify things: UUIDv7, key ids, report numbers, USCC.

Grammar::

    report-number = region date tail           ; 22 characters, like the national one
    region        = 6DIGIT                     ; GB/T 2260 code of the issuing region
    date          = 4DIGIT 2DIGIT 2DIGIT       ; day of issue in Asia/Shanghai
    tail          = 8(DIGIT / %x41-46)         ; 32 random bits, upper-case hex
    uscc          = 2alnum 6DIGIT 9alnum check ; GB 32100-2015, letters without I O S V Z
    key-id        = 8OCTET                     ; first 8 bytes of SHA-256(SPKI DER)
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from operator import mul
from typing import Final
from uuid import UUID

from domain.errors import MalformedInput
from domain.times import milliseconds

Entropy = Callable[[int], bytes]
"""Gives that many unpredictable bytes; the caller chooses the source."""

KEY_ID_BYTES: Final = 8
_UUID_RANDOM: Final = 10
"""Bytes drawn for each UUID."""
_UNSEEN: Final = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf", "Mn", "Pd", "Po"})
"""Classes of characters that make no other name: spaces, marks that show nothing, dashes, dots."""
NUMBER_LENGTH: Final = 22
_NUMBER: Final = re.compile(r"([0-9]{6})([0-9]{4})([0-9]{2})([0-9]{2})([0-9A-F]{8})", re.ASCII)
_USCC_FORM: Final = re.compile(r"[0-9A-HJ-NP-RTUWXY]{2}[0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}", re.ASCII)
_USCC_VALUES: Final = {char: value for value, char in enumerate("0123456789ABCDEFGHJKLMNPQRTUWXY")}
_USCC_CHECKS: Final = "0" + "0123456789ABCDEFGHJKLMNPQRTUWXY"[:0:-1]
"""The check character by the weighted sum modulo 31."""
_USCC_WEIGHTS: Final = tuple(pow(3, place, 31) for place in range(17))
_ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
_BASE_36: Final = {char: int(char, 36) for char in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_IGNORED: Final = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
# GB 11643 with a possible birthday.  No letter beside it: a report number or a hash is no person.
_RESIDENT: Final = re.compile(
    r"(?<![0-9A-Za-z])[1-9][0-9]{5}(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}"
    r"[0-9Xx](?![0-9A-Za-z])"
)
_HALF_WIDTH: Final = str.maketrans({chr(code): chr(code - 0xFEE0) for code in range(0xFF10, 0xFF5B)})


def uuid7(now: datetime, entropy: Entropy) -> UUID:
    """A UUIDv7 (RFC 9562 clause 5.7): 48 bits of millisecond time, 74 random bits."""
    return UUID(hex=uuid7_names(now, entropy, 1)[0])


def uuid7_names(now: datetime, entropy: Entropy, count: int) -> tuple[str, ...]:
    """So many UUIDv7 of one instant as 32 hex digits each, in rising order.

    Rows under them keep their order in an index.
    """
    instant = (milliseconds(now) & ((1 << 48) - 1)) << 80 | 0x7 << 76 | 0b10 << 62
    drawn = entropy(_UUID_RANDOM * count)
    each = (drawn[place : place + _UUID_RANDOM] for place in range(0, len(drawn), _UUID_RANDOM))
    return tuple(f"{value:032x}" for value in sorted(instant | _spread(random) for random in each))


def _spread(random: bytes) -> int:
    """74 of those 80 bits, around the six that say version and variant."""
    bits = int.from_bytes(random, "big") >> 6
    return bits >> 62 << 64 | bits & ((1 << 62) - 1)


def key_id(spki_der: bytes) -> bytes:
    """The 8 bytes by which a key is named everywhere: start of SHA-256 over its SPKI DER."""
    return hashlib.sha256(spki_der).digest()[:KEY_ID_BYTES]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ReportNumber:
    """The number printed on a report: who issued it, on which day, and 32 random bits."""

    region: str
    """Six digits of the issuing region."""
    issued_on: date
    """Day of issue in Asia/Shanghai."""
    tail: str
    """Eight upper-case hexadecimal digits."""

    def __str__(self) -> str:
        """The 22 characters as printed."""
        day = self.issued_on
        return f"{self.region}{day.year:04d}{day.month:02d}{day.day:02d}{self.tail}"

    @classmethod
    def parse(cls, text: str) -> ReportNumber:
        """The number whose printed form is exactly ``text``; raises MalformedInput ``number_form``."""
        found = _NUMBER.fullmatch(text)
        if found is None:
            raise MalformedInput("number_form", text=text[:40])
        region, year, month, day, tail = found.groups()
        try:
            issued_on = date(int(year), int(month), int(day))
        except ValueError as error:
            raise MalformedInput("number_form", text=text) from error
        return cls(region=region, issued_on=issued_on, tail=tail)

    @classmethod
    def parse_typed(cls, text: str) -> ReportNumber:
        """The number a person typed: spaces, hyphens, full width and lower case are forgiven."""
        return cls.parse(normalise_identifier(text).replace("-", ""))

    @classmethod
    def make(cls, region: str, day: date, entropy: Entropy) -> ReportNumber:
        """A fresh number for ``region`` on ``day``; unique only once the register has taken it."""
        return cls.parse(f"{region}{day.year:04d}{day.month:02d}{day.day:02d}{entropy(4).hex().upper()}")


@dataclass(frozen=True, slots=True, kw_only=True)
class UsccCheck:
    """What is wrong with a unified social credit code, if anything."""

    value: str
    """The code after normalising."""
    problem: str | None
    """``uscc_empty``, ``uscc_length``, ``uscc_characters``, ``uscc_check_digit``, or None."""
    warnings: tuple[str, ...]
    """``uscc_organisation_digit``: real codes with a wrong inner digit exist, so it only warns."""


def check_uscc(text: str) -> UsccCheck:
    """What GB 32100-2015 (digit 18) and GB 11714 (digit 17) say about ``text``; never raises."""
    value = normalise_identifier(text)
    problem = _uscc_problem(value)
    warnings: tuple[str, ...] = ()
    if problem is None and organisation_check_digit(value[8:16]) != value[16]:
        warnings = ("uscc_organisation_digit",)
    return UsccCheck(value=value, problem=problem, warnings=warnings)


def _uscc_problem(value: str) -> str | None:
    if not value:
        return "uscc_empty"
    if len(value) != 18:
        return "uscc_length"
    if _USCC_FORM.fullmatch(value) is None:
        return "uscc_characters"
    # GB 32100-2015: weights are the powers of 3 modulo 31, the check value makes the sum a multiple of 31.
    total = sum(map(mul, map(_USCC_VALUES.__getitem__, value[:17]), _USCC_WEIGHTS))
    return None if _USCC_CHECKS[total % 31] == value[17] else "uscc_check_digit"


def organisation_check_digit(eight: str) -> str:
    """The check character of an organisation code (GB 11714) after its first eight characters."""
    values = [_BASE_36[char] for char in eight]
    total = sum(map(mul, values, _ORGANISATION_WEIGHTS))
    digit = 11 - total % 11
    return {10: "X", 11: "0"}.get(digit, str(digit))


def normalise_identifier(text: str) -> str:
    """``text`` in half width and upper case, without blanks and invisible characters."""
    if text.isalnum() and text.isascii():
        return text.upper()  # Nothing to fold and nothing to leave out: the usual case, many times a row.
    wide = unicodedata.normalize("NFKC", text)
    return "".join(char for char in wide if unicodedata.category(char) not in _IGNORED).upper()


def spelling(name: str) -> str:
    """Give what two spellings of one name share: NFKC, no case, no spaces nor marks that show nothing."""
    wide = unicodedata.normalize("NFKC", name).casefold()
    return "".join(char for char in wide if unicodedata.category(char) not in _UNSEEN)


def mask_person_number(text: str) -> str:
    """A person's certificate number as it may be shown: at most the first three and last two (R7)."""
    value = normalise_identifier(text)
    head, tail = (3, 2) if len(value) >= 12 else (1, 1) if len(value) > 4 else (0, 0)
    return value[:head] + "*" * (len(value) - head - tail) + value[len(value) - tail :]


def hide_person_numbers(text: str) -> str:
    """``text`` with every resident identity number in it masked, for whatever is printed or logged (R7)."""
    if len(text) < 18:
        return text
    shown, last = [], 0
    for found in _RESIDENT.finditer(text.translate(_HALF_WIDTH)):
        shown += [text[last : found.start()], mask_person_number(found[0])]
        last = found.end()
    return "".join(shown) + text[last:] if shown else text


def birthday_of(number: str) -> date | None:
    """The birthday inside a resident identity number of 18 or 15 characters, if it is a day."""
    part = number[6:14] if len(number) == 18 else f"19{number[6:12]}" if len(number) == 15 else ""
    try:
        return date(int(part[:4]), int(part[4:6]), int(part[6:8]))
    except ValueError:
        return None

"""Money as integer fen; text to fen by decimal arithmetic, never by float.

Grammar of what is read (after NFKC, blanks removed)::

    amount = [ "¥" ] digits [ "." 1*DIGIT ] [ exponent ] [ unit ]
    digits = 1*DIGIT / 1*3DIGIT 1*( "," 3DIGIT )
    exponent = "E" [ "+" / "-" ] 1*2DIGIT               ; spreadsheets write 2E-05

A unit that contradicts the column is refused, because a factor of 10,000 hides there.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Final

from domain.errors import MalformedInput

FEN_PER_YUAN: Final = 100
FEN_PER_WAN: Final = 1_000_000
MAX_FEN: Final = 10**15
"""Ten thousand billion yuan; also far below the 53 bits of canonical JSON."""

_AMOUNT: Final = re.compile(
    r"¥?((?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,20})(?:\.[0-9]{1,20})?(?:[eE][+-]?[0-9]{1,2})?)(万元|万|元|圆)?",
    re.ASCII,
)
_BLANKS: Final = re.compile(r"\s+")


def fen_from_wan(text: str) -> int:
    """Fen from an amount in 万元; MalformedInput ``money_*`` says what is wrong."""
    return _fen(text, FEN_PER_WAN, frozenset({"万元", "万", None}))


def fen_from_yuan(text: str) -> int:
    """Fen from an amount in 元; MalformedInput ``money_*`` says what is wrong."""
    return _fen(text, FEN_PER_YUAN, frozenset({"元", "圆", None}))


def _fen(text: str, scale: int, units: frozenset[str | None]) -> int:
    clean = _BLANKS.sub("", unicodedata.normalize("NFKC", text))
    if not clean:
        raise MalformedInput("money_empty")
    if clean.startswith("-"):
        raise MalformedInput("money_negative", text=text[:40])
    found = _AMOUNT.fullmatch(clean)
    if found is None:
        raise MalformedInput("money_form", text=text[:40])
    number, unit = found.groups()
    if unit not in units:
        raise MalformedInput("money_unit", text=text[:40])
    return _scaled(Decimal(number.replace(",", "")), scale, text)


def _scaled(amount: Decimal, scale: int, text: str) -> int:
    if amount * scale > MAX_FEN:
        raise MalformedInput("money_too_large", text=text[:40])
    numerator, denominator = amount.as_integer_ratio()
    fen, rest = divmod(numerator * scale, denominator)
    if rest:
        raise MalformedInput("money_precision", text=text[:40])
    return fen


def format_fen(fen: int) -> str:
    """Yuan with two digits and thousands separators: ``1,234.56``."""
    yuan, rest = divmod(abs(fen), FEN_PER_YUAN)
    return f"{'-' if fen < 0 else ''}{yuan:,}.{rest:02d}"

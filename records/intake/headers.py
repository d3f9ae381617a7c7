"""Which column of a unit's file means what: names, codes, marks and older spellings.

A header is compared after :func:`plain_header`: full width folded, blanks, numbering and
marks (``*``, ``必填``) gone.  Unknown headers are no error; their cells are kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from domain.errors import MalformedInput
from records.intake.column_names import ADVICE, MAPS, NEEDED, REASON, REFERENCE
from records.intake.model import Column

_MARKS: Final = re.compile(
    r"[\s*※★☆\u200b-\u200f\ufeff]+|[(\[](必填|选填|非必填|必填项|可选|必须)[)\]]|必填项?$"
)
_NUMBERING: Final = re.compile(r"^(\d{1,2}|[一二三四五六七八九十]{1,3})[.、:]")
_HINT: Final = re.compile(r"\([^()]*\)$")
_REPEATED: Final = re.compile(r"_\d+$")
_CODE: Final = re.compile(r"\b(CF_[A-Z_]+|XY\d{6})\b")


def plain_header(text: str) -> str:
    """``text`` as headers are compared: folded, upper case, without marks and numbering."""
    return _NUMBERING.sub("", _MARKS.sub("", unicodedata.normalize("NFKC", text))).upper()


@cache
def _lookup(kind: str) -> Mapping[str, str]:
    """Plain header to canonical key for one kind."""
    names: dict[str, str] = {}
    for part in MAPS[kind]:
        for key, spellings in part.items():
            for spelling in (key, *spellings):
                names.setdefault(plain_header(spelling), str(key))
    return names


def canonical(header: str, kind: str) -> str | None:
    """The key a header stands for in a file of that kind, or None where nobody knows it."""
    names = _lookup(kind)
    plain = plain_header(header)
    found = names.get(plain) or names.get(_HINT.sub("", plain))
    if found is None and (code := _CODE.search(plain)):
        found = names.get(code.group(1)) or names.get(plain.replace(code.group(1), "").strip("()"))
    return found


@cache
def known_names() -> frozenset[str]:
    """Every column name of every kind, as :func:`plain_header` gives it."""
    return frozenset(name for kind in MAPS for name in _lookup(kind))


def recognised(cells: Iterable[str]) -> int:
    """How many different cells of a row are column names of any kind: the row with most is the header."""
    known = known_names()
    hits: set[str] = set()
    for cell in cells:
        if 0 < len(cell) <= 60:
            plain = plain_header(cell)
            if plain in known or _HINT.sub("", plain) in known or _CODE.search(plain):
                hits.add(plain)
    return len(hits)


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Where each known column of a file stands, and which columns nobody knows."""

    index: Mapping[str, int]
    """Canonical key to place."""
    header: Mapping[str, str]
    """Canonical key to the header as the unit wrote it."""
    unknown: tuple[Column, ...]


def map_columns(columns: Sequence[Column], kind: str) -> ColumnMap:
    """The column map of a file of ``kind``.

    Raises MalformedInput ``columns_repeated`` (two columns mean the same) or
    ``columns_missing`` (the file is of another kind, or a column was deleted).
    """
    index: dict[str, int] = {}
    header: dict[str, str] = {}
    unknown: list[Column] = []
    ours = own_columns(columns)
    for column in columns:
        key = canonical(column.header, kind)
        if column.index in ours and key != REFERENCE:
            continue
        if key is None:
            unknown.append(column)
        elif key in index:
            raise MalformedInput("columns_repeated", first=header[key], second=column.header)
        else:
            index[key], header[key] = column.index, column.header
    _refuse_missing(index, kind)
    return ColumnMap(index, header, tuple(unknown))


def own_columns(columns: Sequence[Column]) -> frozenset[int]:
    """Places of 原因, 处理建议 and 退回行标识 in a returned sheet; empty for any other sheet.

    Of 原因 and 处理建议 the last is ours, since a unit may have a column of that name.
    """
    last: dict[str, int] = {}
    for column in columns:
        plain = _REPEATED.sub("", plain_header(column.header))
        if plain in (REASON, ADVICE, REFERENCE):
            last[plain] = column.index
    return frozenset(last.values()) if REFERENCE in last else frozenset()


def _refuse_missing(index: Mapping[str, int], kind: str) -> None:
    absent = [group for group in NEEDED[kind] if not any(key in index for key in group)]
    if absent:
        names = "、".join("/".join(_first_name(key, kind) for key in group) for group in absent)
        raise MalformedInput("columns_missing", kind=str(kind), columns=names)


def _first_name(key: str, kind: str) -> str:
    for part in MAPS[kind]:
        if key in part:
            return part[key][0] if key.startswith("CF_") else str(key)
    return str(key)

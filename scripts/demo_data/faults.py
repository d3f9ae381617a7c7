"""The faults that real files have: some are understood, some send the row back to the unit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from random import Random
from typing import Final

from scripts.demo_data.codes import broken_uscc
from scripts.demo_data.penalties import Row

DIRTY_SHARE: Final = 0.15
"""Of all rows of a house so many are faulty and go back to the unit."""

FORMULA_MARK: Final = "=formula="
"""Stands in a cell that the XLSX writer writes as a formula; other writers put the text."""


Fault = Callable[[Row], Row]


def _set(code: str, value: str) -> Fault:
    return lambda row: row | {code: value}


def _wrong_code(column: str) -> Fault:
    return lambda row: row | {column: broken_uscc(row[column])}


def _full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def _chinese_date(row: Row) -> Row:
    year, month, day = row["CF_JDRQ"].split("/")
    return row | {"CF_JDRQ": f"{year}年{int(month)}月{int(day)}日"}


def _without_codes(row: Row) -> Row:
    return row | {"CF_XDR_SHXYM": "", "CF_XDR_ZZJG": ""}


NO_SUCH_DAY: Final = _set("CF_JDRQ", "2023/02/30")
"""A decision on a day that no calendar has."""
_USCC: Final = "统一社会信用代码"
_NOBODY: Final = "市联合执法第三工作专班"
RETURNED: Final[Mapping[str, tuple[Fault, ...]]] = {
    "penalty": (
        NO_SUCH_DAY,
        _set("CF_JDRQ", "见决定书"),
        _set("CF_WSH", ""),
        _wrong_code("CF_XDR_SHXYM"),
        # Yuan in the column for 万元.
        lambda row: row | {"CF_NR": "罚款5000元", "CF_CFLB": "罚款", "CF_NR_FK": "5000"},
        lambda row: row | {"CF_CFJG": _NOBODY, "CF_CFJGDM": ""},
        _set("CF_XDR_MC", ""),
        _set("CF_NR_FK", "伍仟"),
    ),
    "dishonest-list": (
        _set("列入日期", "2023/02/30"),
        _set("名单名称", ""),
        _set("认定部门", _NOBODY),
        _wrong_code(_USCC),
    ),
    "abnormal-list": (
        _set("列入日期", "2023/13/01"),
        _set("企业名称", ""),
        _set("列入决定机关名称", _NOBODY),
        _wrong_code(_USCC),
    ),
    "coercion": (_set("决定日期", "2023/02/30"), _set("决定书文号", ""), _wrong_code(_USCC)),
    "judgment": (_set("判决日期", "去年"), _set("案号", ""), _wrong_code(_USCC)),
}
"""By kind of file: faults for which the row goes to quarantine."""
AS_FORMULA: Final = _set("CF_NR_FK", FORMULA_MARK)
"""A penalty whose fine is computed by the sheet; only XLSX can say so."""

UNDERSTOOD: Final[tuple[tuple[str, Callable[[Row], Row]], ...]] = (
    ("full-width digits", lambda row: row | {"CF_XDR_SHXYM": _full_width(row["CF_XDR_SHXYM"])}),
    ("a date in Chinese", _chinese_date),
    ("no USCC, but an organisation code", _set("CF_XDR_SHXYM", "")),
    ("no code of any kind: it waits for the match desk", _without_codes),
    ("a sanction that the law does not know", _set("CF_CFLB", "口头教育")),
    ("spaces around the name", lambda row: row | {"CF_XDR_MC": f" {row['CF_XDR_MC']}　"}),
    (
        "brackets of another kind",
        lambda row: row | {"CF_WSH": row["CF_WSH"].replace("〔", "（").replace("〕", "）")},
    ),
)
"""Oddities with which the row is taken, some with a warning to the unit."""


class Dirt:
    """Deals out faults so that, over all files of a house, the share of faulty rows is the one agreed."""

    def __init__(self, draw: Random, share: float = DIRTY_SHARE) -> None:
        """Nothing is faulty yet."""
        self._draw, self._share, self._owed = draw, share, 0.5
        self.made = 0

    def count(self, rows: int) -> None:
        """``rows`` more were made faulty by somebody else; they are taken off what is owed."""
        self.made += rows
        self._owed -= rows

    def spread(
        self, kind: str, rows: list[Row], spared: Iterable[int], *, formulas: bool = False
    ) -> list[Row]:
        """``rows`` with their share faulty; the rows at the places in ``spared`` stay right."""
        kept = set(spared)
        places = [place for place in range(len(rows)) if place not in kept]
        self._owed += self._share * len(rows)
        wanted = max(0, min(len(places), int(self._owed)))
        faults = (*RETURNED[kind], AS_FORMULA) if formulas else RETURNED[kind]
        out = list(rows)
        for place in self._draw.sample(places, wanted):
            out[place] = self._draw.choice(faults)(out[place])
        self.made += wanted
        self._owed -= wanted
        return out


def oddly_written(draw: Random, row: Row) -> Row:
    """One row in ten in a spelling that the intake understands; the others as they were."""
    return draw.choice(UNDERSTOOD)[1](row) if draw.random() < 0.1 else row

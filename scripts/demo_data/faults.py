"""The faults that real files have: some are understood, some send the row back to the unit."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

from scripts.demo_data.codes import broken_uscc
from scripts.demo_data.penalties import Row

FORMULA_MARK: Final = "=formula="
"""Stands in a cell that the XLSX writer writes as a formula; other writers put the text."""


def _set(code: str, value: str) -> Callable[[Row], Row]:
    return lambda row: row | {code: value}


def _full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def _chinese_date(row: Row) -> Row:
    year, month, day = row["CF_JDRQ"].split("/")
    return row | {"CF_JDRQ": f"{year}年{int(month)}月{int(day)}日"}


RETURNED: Final[tuple[tuple[str, Callable[[Row], Row]], ...]] = (
    ("a date that no calendar has", _set("CF_JDRQ", "2023/02/30")),
    ("words in place of a date", _set("CF_JDRQ", "见决定书")),
    ("no document number", _set("CF_WSH", "")),
    ("a wrong check character", lambda row: row | {"CF_XDR_SHXYM": broken_uscc(row["CF_XDR_SHXYM"])}),
    (
        "yuan in the column for 万元",
        lambda row: row | {"CF_NR": "罚款5000元", "CF_CFLB": "罚款", "CF_NR_FK": "5000"},
    ),
    ("a sanction that the law does not know", _set("CF_CFLB", "口头教育")),
    ("a unit that nobody knows", lambda row: row | {"CF_CFJG": "市联合执法第三工作专班", "CF_CFJGDM": ""}),
    ("no code of any kind", lambda row: row | {"CF_XDR_SHXYM": "", "CF_XDR_ZZJG": ""}),
    ("an amount that is no number", _set("CF_NR_FK", "伍仟")),
)
"""Faults for which the row goes to quarantine: what is wrong, and how to make it so."""

UNDERSTOOD: Final[tuple[tuple[str, Callable[[Row], Row]], ...]] = (
    ("full-width digits", lambda row: row | {"CF_XDR_SHXYM": _full_width(row["CF_XDR_SHXYM"])}),
    ("a date in Chinese", _chinese_date),
    ("no USCC, but an organisation code", _set("CF_XDR_SHXYM", "")),
    ("spaces around the name", lambda row: row | {"CF_XDR_MC": f" {row['CF_XDR_MC']}　"}),
    (
        "brackets of another kind",
        lambda row: row | {"CF_WSH": row["CF_WSH"].replace("〔", "（").replace("〕", "）")},
    ),
)
"""Oddities that the intake understands."""


def with_faults(draw: Random, rows: list[Row], spared: frozenset[str], share: float) -> list[Row]:
    """``rows`` with a share of them faulty; rows of subjects in ``spared`` (by USCC) stay right."""
    out: list[Row] = []
    for row in rows:
        roll = draw.random()
        if row["CF_XDR_SHXYM"] in spared or roll >= share + 0.10:
            out.append(row)
        elif roll < share:
            out.append(draw.choice(RETURNED)[1](row))
        else:
            out.append(draw.choice(UNDERSTOOD)[1](row))
    return out

"""Values of a workbook's cells written out as text, the same for XLSX and XLS.

Whole numbers have no ``.0``; dates are ISO; a number beyond 15 digits has lost digits in the
spreadsheet program already (IEEE 754 double) and is marked ``digits_lost``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from records.intake.text import DAMAGED, clean

EXACT: Final = 10**15
"""Spreadsheet programs keep 15 significant digits."""

Cell = None | bool | int | float | str | date | datetime | time | timedelta


def text_of(value: Cell) -> str:
    """``value`` as a clerk would type it."""
    if isinstance(value, str):
        return clean(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, (int, float)):
        return _number(value)
    return _moment(value)


def _number(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    if value == int(value):
        return str(int(value))
    return format(Decimal(repr(value)), "f")


def _moment(value: date | time | timedelta) -> str:
    if isinstance(value, datetime):
        if value.time() == time(0):
            return value.date().isoformat()
        return value.replace(microsecond=0).isoformat(sep=" ")
    return str(value) if isinstance(value, timedelta) else value.isoformat()


def row_of(cells: Sequence[Cell]) -> tuple[list[str], dict[int, str]]:
    """(texts, suspect cells) of one row."""
    texts = [cell if type(cell) is str and cell.isalnum() else text_of(cell) for cell in cells]
    suspect: dict[int, str] = {}
    for index, cell in enumerate(cells):
        if isinstance(cell, str):
            if DAMAGED in cell:
                suspect[index] = "text_damaged"
        elif isinstance(cell, (int, float)) and not -EXACT < cell < EXACT:
            suspect[index] = "digits_lost"
    return texts, suspect

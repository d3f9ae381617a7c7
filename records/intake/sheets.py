"""Finding the one table among a workbook's sheets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain.errors import MalformedInput
from records.intake.layout import HEADER_WITHIN, find_header, lay_out
from records.intake.model import Limits, Table
from records.intake.sheet_values import Cell, row_of, text_of


@dataclass(frozen=True, slots=True)
class Sheet:
    """One worksheet as a reader hands it out, rows from the first on."""

    name: str
    rows: Sequence[Sequence[Cell]]
    suspects: Mapping[int, Mapping[int, str]]
    """0-based row to column to quarantine code, found in the file itself."""


def table_of(sheets: Iterable[Sheet], file_format: str, limits: Limits, *, date_1904: bool) -> Table:
    """The only table; raises MalformedInput ``header_not_found`` or ``several_tables``."""
    chosen: list[tuple[Sheet, int]] = []
    others: list[str] = []
    for sheet in sheets:
        head = [[text_of(cell) for cell in row] for row in sheet.rows[:HEADER_WITHIN]]
        found = find_header(head)
        if found is not None:
            chosen.append((sheet, found[0]))
        elif any(any(row) for row in head):
            others.append(sheet.name)
    if not chosen:
        raise MalformedInput("header_not_found", rows=HEADER_WITHIN)
    if len(chosen) > 1:
        raise MalformedInput("several_tables", sheets="、".join(sheet.name for sheet, _ in chosen)[:200])
    return _read(chosen[0][0], chosen[0][1], tuple(others), file_format, limits, date_1904=date_1904)


def _read(
    sheet: Sheet,
    header_at: int,
    others: tuple[str, ...],
    file_format: str,
    limits: Limits,
    *,
    date_1904: bool,
) -> Table:
    suspects: dict[int, dict[int, str]] = {row: dict(cells) for row, cells in sheet.suspects.items()}
    numbers: dict[int, int] = {}

    def rows() -> Iterable[list[str]]:
        for place, cells in enumerate(sheet.rows):
            texts, suspect = row_of(cells)
            if suspect:
                suspects[place] = suspect | suspects.get(place, {})
            _count_text_numbers(cells, numbers)
            yield texts

    layout = lay_out(rows(), header_at, suspects, limits, ragged=False)
    return Table(
        header_row=layout.header_row,
        columns=layout.columns,
        rows=layout.rows,
        skipped=layout.skipped,
        format=file_format,
        sheet=sheet.name,
        other_sheets=others,
        date_1904=date_1904,
        text_numbers=numbers,
    )


def _count_text_numbers(cells: Sequence[Cell], numbers: dict[int, int]) -> None:
    for index, cell in enumerate(cells):
        if type(cell) is str and 0 < len(cell) < 16 and cell.isascii() and cell.replace(".", "", 1).isdigit():
            numbers[index] = numbers.get(index, 0) + 1

"""XLSX: values by calamine from an archive that :mod:`records.intake.workbook_guard` has checked."""

from __future__ import annotations

import io
from collections.abc import Iterator

import python_calamine as calamine

from domain.errors import MalformedInput
from records.intake.model import Limits
from records.intake.sheets import Sheet
from records.intake.workbook_guard import SheetFacts, SheetRef, open_workbook, scan_sheet


def read_xlsx(data: bytes, limits: Limits) -> tuple[Iterator[Sheet], bool]:
    """(worksheets, whether dates count from 1904); raises MalformedInput."""
    safe = open_workbook(data, limits)
    facts = {sheet.path: scan_sheet(safe.parts[sheet.path], sheet.path, limits) for sheet in safe.sheets}
    for sheet in safe.sheets:
        _refuse_sparse(facts[sheet.path], limits)
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(safe.repacked()))
    except (calamine.CalamineError, calamine.XmlError, calamine.ZipError, calamine.PasswordError) as error:
        raise MalformedInput("workbook_damaged", part="xl/workbook.xml") from error
    return _sheets(book, safe.sheets, facts), safe.date_1904


def _refuse_sparse(facts: SheetFacts, limits: Limits) -> None:
    """SECURITY: the reader allots every cell up to the last one; two far cells would exhaust memory."""
    if facts.last_column >= limits.columns:
        raise MalformedInput("too_many_columns", columns=facts.last_column + 1, limit=limits.columns)
    if (facts.last_row + 1) * (facts.last_column + 1) > limits.cells:
        raise MalformedInput("too_many_rows", limit=limits.rows)


def _sheets(
    book: calamine.CalamineWorkbook, refs: tuple[SheetRef, ...], facts: dict[str, SheetFacts]
) -> Iterator[Sheet]:
    for ref in refs:
        try:
            rows = book.get_sheet_by_name(ref.name).to_python(skip_empty_area=False)
        except (calamine.CalamineError, calamine.XmlError, calamine.WorksheetNotFound) as error:
            raise MalformedInput("workbook_damaged", part=ref.path[:80]) from error
        yield Sheet(ref.name, rows, facts[ref.path].suspects)

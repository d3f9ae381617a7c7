"""The returned sheet: the unit's own rows that could not be taken, with 原因, 处理建议 and 退回行标识.

Every cell is written as text with the spreadsheet's own text prefix, so that nothing in it
can become a formula (OWASP ASVS 5.0, 1.2.10).  A value that came from a formula or lost
digits is written behind :data:`MARKER`; the row goes back again until a person has checked
the value and taken the marker away.

Certificate numbers go back masked (rule R7), since the sheet is mailed and printed;
:func:`unmasked` puts them in again when the mended sheet comes with the mask untouched.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

import xlsxwriter

from domain.identifiers import normalise_identifier
from domain.wording import Wording
from records.intake.cells import names_person
from records.intake.column_names import ADVICE, REASON, REFERENCE
from records.intake.headers import own_columns, plain_header
from records.intake.model import Limits, Problem, Quarantined, Row, Table
from records.intake.reading import DEFAULT_LIMITS, read_table
from records.intake.redaction import mask_codes, redact_numbers, treatment_of
from records.intake.reference import RowReference, encode
from records.intake.row_reader import MARKER
from records.intake.sentences import advice, reason

_MARKED: Final = frozenset({"formula_cell", "digits_lost", "cell_error", "text_damaged", "cell_too_long"})
_WHOLE_ROW: Final = frozenset({"extra_cells", "conflict_in_file"})
"""Problems that would be gone if the row came again alone: a person must say that it is right."""
_PERMIT: Final = re.compile("[A-Z]{1,2}[0-9]{7,9}")
"""A passport or travel permit, which stands in a column of codes at times."""
_CELL_CHARS: Final = 32_767
_WIDE: Final = 60


def returned_sheet(
    original: bytes,
    filename: str,
    quarantined: Sequence[Quarantined],
    lang: str,
    *,
    batch: UUID,
    limits: Limits = DEFAULT_LIMITS,
) -> bytes:
    """An XLSX with the unit's own header and exactly its quarantined rows, ready to be mended and sent.

    Raises MalformedInput when ``original`` is not the file that was read before.
    """
    table = read_table(original, filename, limits)
    wording = Wording.load(lang)
    problems = {entry.row: entry.problems for entry in quarantined}
    rows = [row for row in table.rows if row.number in problems]
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_urls": False}) as book:
        _write(book, table, rows, problems, wording, batch)
    return out.getvalue()


def _write(
    book: Any,
    table: Table,
    rows: Sequence[Row],
    problems: Mapping[int, tuple[Problem, ...]],
    wording: Wording,
    batch: UUID,
) -> None:
    sheet = book.add_worksheet("退回数据")
    plain = book.add_format({"num_format": "@", "quote_prefix": True, "valign": "top"})
    wrong = book.add_format({"num_format": "@", "quote_prefix": True, "valign": "top", "bg_color": "#FFE9A8"})
    ours = book.add_format({"num_format": "@", "valign": "top", "text_wrap": True, "font_color": "#7A4B00"})
    head = book.add_format(
        {"num_format": "@", "bold": True, "text_wrap": True, "valign": "vcenter", "border": 1}
    )
    ours_before = own_columns(table.columns)
    width = max([len(table.columns), *(_filled_width(row) for row in rows)])
    headers = {column.index: column.header for column in table.columns}
    kept = [index for index in range(width) if index not in ours_before]
    names = [headers.get(index, f"第{index + 1}列") for index in kept]
    for place, name in enumerate([*names, REASON, ADVICE, REFERENCE]):
        sheet.write_string(0, place, name, head)
    for line, row in enumerate(rows, 1):
        bad = {problem.column for problem in problems[row.number]}
        whole = any(problem.code in _WHOLE_ROW for problem in problems[row.number])
        for place, (index, name) in enumerate(zip(kept, names, strict=True)):
            sheet.write_string(
                line, place, _cell(row, index, name, whole_row=whole), wrong if name in bad else plain
            )
        texts = (reason(problems[row.number], wording), advice(problems[row.number], wording))
        for place, text in enumerate((*texts, encode(RowReference(batch, row.number))), len(names)):
            sheet.write_string(line, place, text[:_CELL_CHARS], ours)
    _set_widths(sheet, len(names))


def _filled_width(row: Row) -> int:
    width = len(row.values)
    while width and not row.values[width - 1]:
        width -= 1
    return width


def _masked(header: str, text: str) -> str:
    code = normalise_identifier(text)
    person = names_person(code) or _PERMIT.fullmatch(code) is not None
    return mask_codes(text) if person or treatment_of(header) is mask_codes else redact_numbers(text)


def references_in(table: Table) -> dict[int, str]:
    """Row number to 退回行标识, for each row of a mended sheet that carries one."""
    place = next((c.index for c in table.columns if plain_header(c.header) == REFERENCE), None)
    if place is None:
        return {}
    return {row.number: text for row in table.rows if (text := row.values[place])}


def unmasked(table: Table, said: Mapping[int, Mapping[str, str]]) -> Table:
    """``table`` with each cell that still shows the mask of what its row first said, saying it again.

    ``said`` maps a row number to the row's cells as first sent, header to text.
    """
    if not said:
        return table
    return replace(
        table,
        rows=tuple(_unmasked(row, said[row.number]) if row.number in said else row for row in table.rows),
    )


def _unmasked(row: Row, said: Mapping[str, str]) -> Row:
    hidden = {_masked(header, text): text for header, text in said.items() if _masked(header, text) != text}
    return replace(row, values=[hidden.get(value, value) for value in row.values])


def _cell(row: Row, index: int, header: str, *, whole_row: bool) -> str:
    """The cell's text, marked where sending it again unread must not be enough."""
    value = _masked(header, row.values[index]) if index < len(row.values) else ""
    doubtful = row.suspect.get(index) in _MARKED or (whole_row and index == 0)
    if doubtful and not value.startswith(MARKER):
        value = MARKER + value
    return value[:_CELL_CHARS]


def _set_widths(sheet: Any, columns: int) -> None:
    sheet.freeze_panes(1, 0)
    if columns:
        sheet.set_column(0, columns - 1, 18)
    sheet.set_column(columns, columns + 1, _WIDE)
    sheet.set_column(columns + 2, columns + 2, 46)

"""Tables as the files that units send: CSV in GB18030, XLSX with a title and a footer, XLS with codes."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import xlsxwriter
import xlwt

from scripts.demo_data.faults import FORMULA_MARK

_MADE: Final = datetime(2026, 1, 1)  # noqa: DTZ001 - the writer wants a naive time, and the same bytes each run


def as_csv(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """The table as CSV in GB18030 with CRLF, as a spreadsheet program of an office saves it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode("gb18030")


def as_xlsx(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """The table as XLSX with a title row, marks in the header, formula cells and a footer."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"created": _MADE})
    sheet = book.add_worksheet("数据")
    sheet.merge_range(0, 0, 0, len(header) - 1, title)
    sheet.write_row(1, 0, header)
    for number, row in enumerate(rows, start=2):
        for column, value in enumerate(row):
            if value == FORMULA_MARK:
                sheet.write_formula(number, column, "=1000/10000", None, 0.1)
            elif value:
                sheet.write_string(number, column, value)
    sheet.write_row(len(rows) + 2, 0, ["合计", "", f"{len(rows)}条"])
    sheet.write_row(len(rows) + 3, 0, ["填表人:王芳", "", "审核人:李建国"])
    book.close()
    return out.getvalue()


def as_xls(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """The table as BIFF (XLS), as the national platform exports it."""
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("sheet1")
    for number, row in enumerate([header, *rows]):
        for column, value in enumerate(row):
            if value:
                sheet.write(number, column, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()

"""XLS (BIFF5 and BIFF8 in OLE2): values by xlrd, formula cells from the records of the file itself.

Records read here ([MS-XLS] 2.4): FORMULA 0x0006 (with its older numbers 0x0206, 0x0406),
ARRAY 0x0221, TABLE 0x0236, SHRFMLA 0x04BC.  FORMULA starts with row and column; the others
start with first row, last row (two bytes each), first column, last column (one byte each).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import Any, Final

import xlrd
import xlrd.compdoc

from domain.errors import MalformedInput
from records.intake.model import Limits
from records.intake.sheet_values import Cell
from records.intake.sheets import Sheet

_BOUNDSHEET: Final = 0x0085
_BOF: Final = 0x0809
_EOF: Final = 0x000A
_FORMULA: Final = frozenset({0x0006, 0x0206, 0x0406})
_AREA: Final = frozenset({0x0221, 0x0236, 0x04BC})
_AREA_CELLS: Final = 100_000


def read_xls(data: bytes, limits: Limits) -> tuple[Iterator[Sheet], bool]:
    """(worksheets, whether dates count from 1904); raises MalformedInput."""
    stream = _workbook_stream(data)
    book = _open(data)
    if book.nsheets > limits.sheets:
        raise MalformedInput("too_many_sheets", sheets=book.nsheets, limit=limits.sheets)
    formulas = _formula_cells(stream)
    return _sheets(book, formulas, limits), bool(book.datemode)


def _workbook_stream(data: bytes) -> bytes:
    try:
        document = xlrd.compdoc.CompDoc(data, logfile=io.StringIO())
        if document.get_named_stream("EncryptedPackage") is not None:
            raise MalformedInput("file_encrypted")
        stream = document.get_named_stream("Workbook") or document.get_named_stream("Book")
    except MalformedInput:
        raise
    except Exception as error:
        raise MalformedInput("workbook_damaged", part="OLE2") from error
    if not stream:
        raise MalformedInput("workbook_damaged", part="Workbook")
    return bytes(stream)


def _open(data: bytes) -> Any:
    try:
        return xlrd.open_workbook(file_contents=data, logfile=io.StringIO(), on_demand=True, ragged_rows=True)
    except xlrd.XLRDError as error:
        code = "file_encrypted" if "encrypted" in str(error).lower() else "workbook_damaged"
        raise MalformedInput(code, part="Workbook") from error
    except Exception as error:
        raise MalformedInput("workbook_damaged", part="Workbook") from error


def _sheets(book: Any, formulas: dict[int, dict[int, dict[int, str]]], limits: Limits) -> Iterator[Sheet]:
    for index in range(book.nsheets):
        try:
            sheet = book.sheet_by_index(index)
            rows = [_row(sheet, place, book.datemode) for place in range(sheet.nrows)]
        except Exception as error:
            raise MalformedInput("workbook_damaged", part=f"sheet {index + 1}") from error
        if rows and max(map(len, rows)) > limits.columns:
            raise MalformedInput("too_many_columns", columns=max(map(len, rows)), limit=limits.columns)
        suspects = formulas.get(index, {})
        for place, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if isinstance(cell, _ErrorCell):
                    suspects.setdefault(place, {}).setdefault(column, "cell_error")
        yield Sheet(sheet.name, rows, suspects)


class _ErrorCell(str):
    """The text of an error value (#N/A ...)."""

    __slots__ = ()


def _row(sheet: Any, place: int, datemode: int) -> list[Cell]:
    return [
        _value(kind, value, datemode)
        for kind, value in zip(sheet.row_types(place), sheet.row_values(place), strict=True)
    ]


def _value(kind: int, value: Any, datemode: int) -> Cell:
    if kind == xlrd.XL_CELL_DATE:
        try:
            return xlrd.xldate.xldate_as_datetime(value, datemode)  # type: ignore[no-any-return]
        except (ValueError, OverflowError):
            return str(value)
    if kind == xlrd.XL_CELL_BOOLEAN:
        return bool(value)
    if kind == xlrd.XL_CELL_ERROR:
        return _ErrorCell(xlrd.error_text_from_code.get(value, "#ERR"))
    return value  # type: ignore[no-any-return]


def _formula_cells(stream: bytes) -> dict[int, dict[int, dict[int, str]]]:
    """Sheet index to row to column for every formula; substreams are told apart by their offsets."""
    starts = _sheet_starts(stream)
    found: dict[int, dict[int, dict[int, str]]] = {}
    for index, start in enumerate(starts):
        cells = found.setdefault(index, {})
        depth = 0
        for opcode, body in _records(stream, start):
            if opcode == _BOF:
                depth += 1  # A chart inside a sheet has a substream of its own.
            elif opcode == _EOF:
                depth -= 1
                if depth <= 0:
                    break
            elif opcode in _FORMULA and len(body) >= 4:
                row, column = struct.unpack_from("<HH", body)
                cells.setdefault(row, {})[column] = "formula_cell"
            elif opcode in _AREA and len(body) >= 6:
                _mark_area(cells, body)
    return found


def _mark_area(cells: dict[int, dict[int, str]], body: bytes) -> None:
    first_row, last_row, first_column, last_column = struct.unpack_from("<HHBB", body)
    rows, columns = range(first_row, last_row + 1), range(first_column, last_column + 1)
    if len(rows) * len(columns) > _AREA_CELLS:
        return  # Each formula in it has a FORMULA record of its own.
    for row in rows:
        cells.setdefault(row, {}).update(dict.fromkeys(columns, "formula_cell"))


def _sheet_starts(stream: bytes) -> list[int]:
    """Offsets of the substreams in the order in which xlrd numbers the worksheets."""
    starts: list[int] = []
    for opcode, body in _records(stream, 0):
        if opcode == _EOF:
            break
        if opcode == _BOUNDSHEET and len(body) >= 6 and body[5] == 0:  # type 0: a worksheet
            starts.append(int.from_bytes(body[:4], "little"))
    return starts


def _records(stream: bytes, offset: int) -> Iterator[tuple[int, bytes]]:
    while 0 <= offset <= len(stream) - 4:
        opcode, length = struct.unpack_from("<HH", stream, offset)
        offset += 4
        yield opcode, stream[offset : offset + length]
        offset += length

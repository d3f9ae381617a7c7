"""From bytes to a table: what a file is, is told by its first bytes, never by its name."""

from __future__ import annotations

from typing import Final

from domain.errors import MalformedInput
from records.intake.csv_file import read_csv
from records.intake.model import Limits, Table
from records.intake.sheets import table_of

_ZIP: Final = b"PK\x03\x04"
_OLE2: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_PDF: Final = b"%PDF-"
_OTHERS: Final = {
    b"PK\x05\x06": "zip",
    b"Rar!": "rar",
    b"7z\xbc\xaf": "7z",
    b"\x1f\x8b": "gzip",
    _PDF: "pdf",
    b"\x89PNG": "png",
    b"\xff\xd8\xff": "jpeg",
}
DEFAULT_LIMITS: Final = Limits()


def read_table(data: bytes, filename: str, limits: Limits = DEFAULT_LIMITS) -> Table:
    """The table in a bureau's file, each of its rows a data row or a skipped one with a reason.

    ``filename`` is named in errors only.  Raises MalformedInput: ``file_empty``, ``file_too_large``,
    ``file_kind``, ``file_encrypted``, ``encoding_unknown``, ``csv_quote``, ``header_not_found``,
    ``several_tables``, ``too_many_rows``, ``too_many_columns``, ``too_many_sheets``, ``archive_*``,
    ``xml_doctype``, ``workbook_damaged``; nothing else.
    """
    try:
        return _read(data, limits)
    except MalformedInput as error:
        raise MalformedInput(error.code, **{"file": filename[-80:], **error.fields}) from error


def _read(data: bytes, limits: Limits) -> Table:
    if not data.strip(b"\x00\r\n\t ,"):
        raise MalformedInput("file_empty")
    if len(data) > limits.file_bytes:
        raise MalformedInput("file_too_large", size_mb=len(data) >> 20, limit_mb=limits.file_bytes >> 20)
    if data.startswith(_ZIP):
        from records.intake.xlsx_file import read_xlsx

        sheets, date_1904 = read_xlsx(data, limits)
        return table_of(sheets, "xlsx", limits, date_1904=date_1904)
    if data.startswith(_OLE2):
        from records.intake.xls_file import read_xls

        sheets, date_1904 = read_xls(data, limits)
        return table_of(sheets, "xls", limits, date_1904=date_1904)
    _refuse_other_kinds(data)
    return read_csv(data, limits)


def _refuse_other_kinds(data: bytes) -> None:
    for magic, kind in _OTHERS.items():
        if data.startswith(magic):
            raise MalformedInput("file_kind", kind=kind)
    start = data[:1024].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<table", b"<meta", b"mime-version:")):
        # Web systems often call an HTML table .xls; spreadsheet programs open it, so nobody notices.
        raise MalformedInput("file_kind", kind="html")

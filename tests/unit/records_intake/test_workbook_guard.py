"""Hostile workbooks: bombs, lying sizes, entities, far cells, hidden formulas (threats 27 and 28)."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable

import openpyxl
import pytest

from domain.errors import MalformedInput
from records.intake import Limits, read_table
from records.intake.workbook_guard import column_index, scan_sheet
from tests.unit.records_intake.making import HEADER, grid_of, penalty, xlsx_file

GOOD = xlsx_file(grid_of([penalty()]))
SHEET = "xl/worksheets/sheet1.xml"


def changed(change: Callable[[str, bytes], bytes], extra: dict[str, bytes] | None = None) -> bytes:
    """The good workbook with each part passed through ``change``."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, content in (extra or {}).items():
            new.writestr(name, content)
    return out.getvalue()


def refused(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(MalformedInput) as caught:
        read_table(data, "a.xlsx", limits or Limits())
    return caught.value.code


def test_a_bomb_is_refused_while_it_is_unpacked() -> None:
    assert refused(changed(lambda n, c: c, {"xl/media/a.bin": b"\0" * 40_000_000})) == "archive_ratio"
    noise = Limits(unpack_ratio=10**6)
    assert (
        refused(changed(lambda n, c: c, {"xl/media/a.bin": b"\0" * 101 * 2**20}), noise)
        == "archive_too_large"
    )


def test_a_size_that_lies_does_not_help() -> None:
    data = bytearray(changed(lambda n, c: c, {"zz.bin": b"\0" * 40_000_000}))
    for mark, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        place = data.find(mark)
        while place >= 0:
            if data[place : place + 80].find(b"zz.bin") >= 0:
                data[place + offset : place + offset + 4] = struct.pack("<I", 10)
            place = data.find(mark, place + 4)
    assert refused(bytes(data)) in {"archive_ratio", "workbook_damaged"}


def test_too_many_parts_are_refused() -> None:
    extra = {f"xl/media/{n}": b"" for n in range(2_100)}
    assert refused(changed(lambda n, c: c, extra)) == "archive_too_many_parts"


@pytest.mark.parametrize("part", [SHEET, "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused_in_any_part_and_encoding(part: str, encoding: str) -> None:
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'

    def change(name: str, content: bytes) -> bytes:
        if name != part:
            return content
        body = content.decode().partition("?>")[2]
        return f'<?xml version="1.0" encoding="{encoding}"?>{laughs}{body}'.encode(encoding)

    # Another encoding than UTF-8 is refused before anything in it is read.
    assert refused(changed(change)) == ("xml_doctype" if encoding == "utf-8" else "workbook_damaged")


@pytest.mark.parametrize("name", ["JTF-8", "utf-7", "punycode", "hex"])
def test_an_encoding_nobody_writes_is_refused(name: str) -> None:
    data = changed(
        lambda n, c: c.replace(b'encoding="UTF-8"', f'encoding="{name}"'.encode()) if n == SHEET else c
    )
    assert refused(data) == "workbook_damaged"


def test_two_far_cells_do_not_exhaust_memory() -> None:
    def far(reference: bytes) -> Callable[[str, bytes], bytes]:
        cell = b'<row r="1048576"><c r="' + reference + b'"><v>1</v></c></row></sheetData>'
        return lambda n, c: c.replace(b"</sheetData>", cell) if n == SHEET else c

    assert refused(changed(far(b"XFD1048576"))) == "too_many_columns"
    assert refused(changed(far(b"Z1048576"))) == "too_many_rows"


def test_styled_empty_rows_are_no_rows() -> None:
    empty = b'<row r="900000"><c r="A900000" s="1"/></row></sheetData>'
    data = changed(lambda n, c: c.replace(b"</sheetData>", empty) if n == SHEET else c)
    assert read_table(data, "a.xlsx").rows_in_file == 2


def test_the_same_part_twice_is_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        data = changed(lambda n, c: c, {SHEET: b"<worksheet/>"})
    assert refused(data) == "workbook_damaged"


def test_encrypted_workbooks_are_named_so() -> None:
    # An encrypted XLSX is an OLE2 file with a stream EncryptedPackage ([MS-OFFCRYPTO] 2.3.4.4).
    from xlwt import CompoundDoc

    out = io.BytesIO()
    CompoundDoc.XlsDoc().save(out, b"\0" * 4096)
    plain, named = ("Workbook".encode("utf-16-le"), "EncryptedPackage".encode("utf-16-le"))
    data = out.getvalue()
    entry = data.find(plain)
    data = (
        data[:entry]
        + named
        + data[entry + len(named) : entry + 64]
        + struct.pack("<H", len(named) + 2)
        + data[entry + 66 :]
    )
    assert refused(data) == "file_encrypted"


def test_shared_and_array_formulas_mark_every_cell_they_reach() -> None:
    book = openpyxl.Workbook()
    page = book.active
    page.append(list(HEADER))
    page.append(list(penalty().values()))
    page.append(list(penalty().values()))
    page["A2"] = openpyxl.worksheet.formula.ArrayFormula("A2:A3", "=B2:B3")
    out = io.BytesIO()
    book.save(out)
    rows = read_table(out.getvalue(), "a.xlsx").rows
    assert [sorted(row.formula) for row in rows] == [[0], [0]]


def test_prefixed_elements_and_missing_references_are_followed() -> None:
    sheet = (
        '<x:worksheet xmlns:x="urn:x"><x:sheetData><x:row><x:c/><x:c><x:f>1</x:f></x:c></x:row>'
        '<x:row r="5"><x:c r="C5" t="e"><x:v>#N/A</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    facts = scan_sheet(sheet.encode(), "s", Limits())
    assert facts.suspects == {0: {1: "formula_cell"}, 4: {2: "cell_error"}}
    assert (facts.last_row, facts.last_column) == (4, 2)


def test_a_sheet_without_formulas_gives_the_same_facts_both_ways() -> None:
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        sheet = archive.read(SHEET)
    quick = scan_sheet(sheet, "s", Limits())
    # An error cell far below makes the scan visit every cell; the rest must come out the same.
    visited = scan_sheet(
        sheet.replace(b"</sheetData>", b'<row r="9"><c r="A9" t="e"/></row></sheetData>'), "s", Limits()
    )
    assert quick.suspects == {}
    assert visited.suspects == {8: {0: "cell_error"}}
    assert (quick.last_row, quick.last_column) == (visited.last_row, visited.last_column)


@pytest.mark.parametrize("tag", ["<f>1</f>", "<f/>", "<f\n>1</f>", '<f t="shared" si="0"/>', "<f\t/>"])
def test_no_spelling_of_a_formula_is_missed(tag: str) -> None:
    sheet = f'<worksheet><sheetData><row r="1"><c r="A1">{tag}<v>1</v></c></row></sheetData></worksheet>'
    assert scan_sheet(sheet.encode(), "s", Limits()).suspects == {0: {0: "formula_cell"}}


def test_column_names() -> None:
    assert [column_index(name) for name in ("A", "Z", "AA", "XFD")] == [0, 25, 26, 16383]
    assert column_index("?") >= 16384
    assert column_index("ZZZZ") >= 16384

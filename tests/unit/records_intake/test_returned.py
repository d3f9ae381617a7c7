"""The returned sheet: exactly the rows that went back; mended, it clears exactly those; unread, none."""

from __future__ import annotations

import io
from uuid import UUID

import openpyxl
import pytest

from domain.errors import MalformedInput
from records.intake import Parsed, read_table, returned_sheet
from records.intake.reference import RowReference, decode, encode
from records.intake.row_reader import MARKER
from records.model import Kind
from tests.unit.records_intake.making import (
    BATCH,
    HEADER,
    csv_file,
    grid_csv,
    grid_of,
    mended,
    parsed,
    penalty,
    xls_file,
    xlsx_file,
)

GOOD = penalty(文号="好1号")
BAD = [
    penalty(文号="坏1号", 日期="2024年13月"),
    penalty(文号="坏2号", 罚款="2000"),
    penalty(文号="坏3号", 名称=""),
    penalty(文号="坏4号", 机关="火星市监督局"),
]
SECOND = UUID("0193489a-0000-7000-8000-000000000002")


def references(result: Parsed) -> list[tuple[UUID, int]]:
    taken = [entry.reference for entry in (*result.rows, *result.repeated)]
    return sorted((decode(r).batch, decode(r).row) for r in taken if r)


def returned(data: bytes, lang: str = "zh", kind: Kind = Kind.PENALTY) -> tuple[bytes, Parsed]:
    result = parsed(data, kind)
    return returned_sheet(data, "报送.csv", result.quarantined, lang, batch=BATCH), result


@pytest.mark.parametrize("make", [lambda rows: csv_file(rows, "gb18030"), lambda rows: xlsx_file(grid_of(rows)),
                                  lambda rows: xls_file(grid_of(rows))])  # fmt: skip
def test_the_sheet_holds_the_units_own_columns_and_only_the_bad_rows(make: object) -> None:
    data = make([GOOD, *BAD, GOOD | {"备注": "又一行"}])  # type: ignore[operator]
    sheet, _ = returned(data)
    page = openpyxl.load_workbook(io.BytesIO(sheet)).active
    rows = [[cell.value or "" for cell in row] for row in page.iter_rows()]
    assert rows[0] == [*HEADER, "原因", "处理建议", "退回行标识"]
    assert [row[HEADER.index("行政处罚决定书文号")] for row in rows[1:5]] == [
        "坏1号",
        "坏2号",
        "坏3号",
        "坏4号",
    ]
    assert "【处罚决定日期】“2024年13月”不是可以确定的日期。" in rows[1][-3]
    assert "2024-01-05" in rows[1][-2]
    assert "0.2" in rows[2][-2]


def test_english_is_there_too() -> None:
    sheet, _ = returned(csv_file(BAD), "en")
    page = openpyxl.load_workbook(io.BytesIO(sheet)).active
    assert "not a date" in page.cell(2, len(HEADER) + 1).value


def test_unread_it_clears_nothing() -> None:
    grid = [
        *grid_of(
            [
                GOOD,
                *BAD,
                penalty(文号="坏5号", 罚款="=1+1"),
                penalty(文号="好1号", 备注="矛盾"),
                penalty(文号="坏6号"),
            ]
        )
    ]
    grid[-1][HEADER.index("行政相对人代码_2(工商注册号)")] = 1503020000000011223
    sheet, first = returned(xlsx_file(grid))
    assert len(first.quarantined) == 7
    again = parsed(sheet, id=SECOND)
    assert not again.rows
    assert {entry.code for entry in again.quarantined} >= {"marker_left", "date_unreadable", "unit_unknown"}
    assert [decode(entry.reference or "").row for entry in again.quarantined] == [
        e.row for e in first.quarantined
    ]


def test_a_shifted_row_stays_away_until_somebody_looked() -> None:
    data = csv_file([GOOD]) + grid_csv([[*penalty(文号="错位号").values(), "多出一格"]])
    sheet, first = returned(data)
    assert [entry.code for entry in first.quarantined] == ["extra_cells"]
    assert [entry.code for entry in parsed(sheet, id=SECOND).quarantined] == ["marker_left"]


def test_mended_rows_are_cleared_and_exactly_those() -> None:
    sheet, first = returned(csv_file([GOOD, *BAD]))
    half = mended(sheet, {(1, "处罚决定日期"): "2024-01-13", (2, "罚款金额（万元）"): "0.2"})
    result = parsed(half, id=SECOND)
    assert references(result) == [(BATCH, 3), (BATCH, 4)]
    assert [decode(entry.reference or "").row for entry in result.quarantined] == [5, 6]
    assert {entry.row for entry in first.quarantined} == {3, 4, 5, 6}
    assert not result.unknown_columns
    assert "原因" not in result.rows[0].draft.fields


def test_marks_removed_after_checking_let_the_row_through() -> None:
    sheet, _ = returned(xlsx_file(grid_of([penalty(罚款="=1+1")])))
    assert MARKER + "0.2" in [cell.value for cell in openpyxl.load_workbook(io.BytesIO(sheet)).active[2]]
    assert references(parsed(mended(sheet, {(1, "罚款金额（万元）"): "0.2"}), id=SECOND)) == [(BATCH, 2)]


def test_a_sheet_can_come_back_again_and_again() -> None:
    sheet, _ = returned(csv_file([GOOD, *BAD]))
    second = parsed(sheet, id=SECOND)
    again = returned_sheet(sheet, "退回.xlsx", second.quarantined, "zh", batch=SECOND)
    page = openpyxl.load_workbook(io.BytesIO(again)).active
    assert [cell.value for cell in page[1]] == [*HEADER, "原因", "处理建议", "退回行标识"]
    third = parsed(mended(again, {(1, "处罚决定日期"): "2024-01-13"}))
    assert references(third) == [(SECOND, 2)]


def test_a_units_own_column_of_that_name_survives() -> None:
    data = csv_file([penalty(日期="x") | {"原因": "本局自用"}])
    sheet, _ = returned(data)
    good = parsed(mended(sheet, {(1, "处罚决定日期"): "2024-01-05"}), id=SECOND)
    assert good.rows[0].draft.fields["原因"] == "本局自用"


def test_a_damaged_reference_is_reported_and_clears_nothing() -> None:
    sheet, _ = returned(csv_file([GOOD, *BAD]))
    reference = encode(RowReference(BATCH, 3))
    result = parsed(
        mended(sheet, {(1, "处罚决定日期"): "2024-01-13", (1, "退回行标识"): reference[:-1]}), id=SECOND
    )
    assert references(result) == []
    assert "reference_unknown" in {w.code for w in result.warnings}


def test_nothing_in_it_is_a_formula() -> None:
    nasty = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0"]
    data = xlsx_file([list(HEADER), *[[*list(penalty(日期="x").values())[:-1], "x"] for _ in nasty]])
    table = read_table(data, "a")
    for row, text in zip(table.rows, nasty, strict=True):
        row.values[-1] = text
    rows = [dict(zip(HEADER, row.values, strict=True)) for row in table.rows]
    sheet, _ = returned(csv_file(rows))
    page = openpyxl.load_workbook(io.BytesIO(sheet)).active
    assert all(cell.data_type != "f" for row in page.iter_rows() for cell in row)
    assert not any(row.formula for row in read_table(sheet, "a").rows)
    assert all(cell.quotePrefix for cell in page[2][: len(HEADER)] if cell.value)


def test_references_carry_a_check() -> None:
    reference = RowReference(BATCH, 12)
    assert decode(encode(reference)) == reference
    assert decode(encode(reference).lower()) == reference
    text = encode(reference)
    for place in range(len(text)):
        if text[place] != "-":
            slip = text[:place] + ("1" if text[place] != "1" else "2") + text[place + 1 :]
            with pytest.raises(MalformedInput, match="reference_unknown"):
                decode(slip)

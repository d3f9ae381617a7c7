"""read_table: every encoding and format gives the same table; nothing is lost; bad files are refused by name."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import MalformedInput
from records.intake import Limits, read_table
from records.intake.codes import REFUSALS, SKIPPED
from records.intake.text import clean
from tests.unit.records_intake.making import (
    HEADER,
    csv_file,
    grid_csv,
    grid_of,
    penalty,
    xls_file,
    xlsx_file,
)

ROWS = [penalty(), penalty(文号="乌市监罚〔2024〕13号", 名称="䶮㙟𬭎(乌海)有限公司")]


def test_no_character_that_cleaning_takes_away_is_overlooked() -> None:
    """The line break sends each of them the long way."""
    overlooked = [
        code for code in range(0x11000) if clean(f"甲{chr(code)}乙") + "\n丙" != clean(f"甲{chr(code)}乙\n丙")
    ]
    assert overlooked == []


@pytest.mark.parametrize(
    ("encoding", "named"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("gb18030", "gb18030"), ("utf-16", "utf-16")],
)
def test_csv_encodings_give_the_same_rows(encoding: str, named: str) -> None:
    table = read_table(csv_file(ROWS, encoding), "a.csv")
    assert (table.format, table.encoding) == ("csv", named)
    assert [table.cells(row) for row in table.rows] == [dict(row) for row in ROWS]


@pytest.mark.parametrize("make", [xlsx_file, xls_file])
def test_workbooks_give_the_same_rows_as_csv(make: object) -> None:
    grid = grid_of(ROWS)
    grid[1][HEADER.index("处罚决定日期")] = date(2024, 1, 5)
    grid[1][HEADER.index("罚款金额（万元）")] = 0.2
    table = read_table(make(grid), "a.bin")  # type: ignore[operator]
    first, second = (table.cells(row) for row in table.rows)
    assert first == dict(ROWS[0]) | {"处罚决定日期": "2024-01-05"}
    assert second == dict(ROWS[1])


def test_1904_dates_are_the_same_days() -> None:
    grid = grid_of(ROWS)
    grid[1][HEADER.index("处罚决定日期")] = date(2024, 1, 5)
    place = HEADER.index("处罚决定日期")
    for data in (xlsx_file(grid, date_1904=True), xls_file(grid, date_1904=True)):
        table = read_table(data, "a")
        assert table.date_1904
        assert table.rows[0].values[place] == "2024-01-05"


def test_title_rows_marks_footers_and_blank_rows_are_told_from_data() -> None:
    marked = [f"*{name}(必填)" for name in HEADER]
    row = list(penalty().values())
    grid = [
        ["乌海市行政处罚信息归集表"], ["报送单位:乌海市市场监督管理局"], [], marked,
        ["必填", "选填", "是"], row, [], row, marked, row,
        ["合计", "", "", "3条"], ["填表人:张三", "", "审核人:李四"], ["填表日期:2024年1月6日"],
    ]  # fmt: skip
    for table in (
        read_table(grid_csv(grid), "a.csv"),
        read_table(xlsx_file(grid), "a.xlsx"),
        read_table(xls_file(grid), "a.xls"),
    ):
        why = {entry.row: entry.why for entry in table.skipped}
        assert [r.number for r in table.rows] == [6, 8, 10]
        assert why == {
            1: "title", 2: "title", 3: "blank", 4: "header", 5: "header_note", 7: "blank", 9: "header_repeated",
            11: "footer", 12: "footer", 13: "footer",
        }  # fmt: skip
        assert table.rows_in_file == 13
        assert set(why.values()) <= SKIPPED


def test_a_firm_named_like_a_footer_keeps_its_rows() -> None:
    table = read_table(csv_file([penalty(名称="合计"), penalty(名称="说明")]), "a.csv")
    assert len(table.rows) == 2


def test_codes_below_the_chinese_names_are_a_second_header() -> None:
    grid = [list(HEADER), ["CF_XDR_MC", "CF_XDR_LB", "CF_XDR_SHXYM", "CF_XDR_GSZC"], list(penalty().values())]
    table = read_table(grid_csv(grid), "a.csv")
    assert [entry.why for entry in table.skipped] == ["header", "header_repeated"]


def test_formula_cells_are_found_in_the_file_itself() -> None:
    grid = grid_of([penalty(罚款="=1+1"), penalty(文号="2号")])
    place = HEADER.index("罚款金额（万元）")
    for data in (xlsx_file(grid), xls_file(grid), csv_file([penalty(罚款="=1+1"), penalty()])):
        rows = read_table(data, "a").rows
        assert [sorted(row.formula) for row in rows] == [[place], []]


def test_a_text_literal_that_csv_writers_guard_is_no_formula() -> None:
    row = read_table(csv_file([penalty(文号='="00123"')]), "a.csv").rows[0]
    assert row.values[HEADER.index("行政处罚决定书文号")] == "00123"
    assert not row.suspect


def test_numbers_beyond_15_digits_are_marked() -> None:
    grid = grid_of([penalty()])
    grid[1][HEADER.index("行政相对人代码_2(工商注册号)")] = 1503020000000011223
    for data in (xlsx_file(grid), xls_file(grid)):
        assert "digits_lost" in read_table(data, "a").rows[0].suspect.values()


def test_tabs_and_semicolons_are_delimiters_too() -> None:
    text = csv_file(ROWS).decode().replace(",", "\t")
    assert len(read_table(text.encode(), "a.txt").rows) == 2


def test_a_few_damaged_bytes_put_their_row_aside_and_no_other() -> None:
    data = csv_file([penalty(文号=f"{n}号") for n in range(30)])
    broken = data.replace("虚假宣传".encode(), b"\xe8\x99" + "假宣传".encode(), 1)
    table = read_table(broken, "a.csv")
    assert table.encoding == "utf-8"
    assert [bool(row.suspect) for row in table.rows] == [True] + [False] * 29


def test_an_open_quote_refuses_the_file() -> None:
    lines = csv_file([penalty(文号=f"{n}号") for n in range(5)]).decode().splitlines()
    lines[2] = lines[2].replace("虚假宣传", '"虚假宣传', 1)
    with pytest.raises(MalformedInput, match="csv_quote"):
        read_table("\r\n".join(lines).encode(), "a.csv")
    lines[4] = lines[4].replace("虚假宣传", '虚假宣传"', 1)
    with pytest.raises(MalformedInput, match="csv_quote"):
        read_table("\r\n".join(lines).encode(), "a.csv")


def test_a_line_break_inside_a_quoted_cell_stays_one_row() -> None:
    table = read_table(csv_file([penalty(事实="第一,\n第二,\n第三"), penalty()]), "a.csv")
    assert [row.number for row in table.rows] == [2, 3]


def test_a_row_longer_than_the_header_is_suspect_in_csv() -> None:
    data = csv_file([penalty()]) + b"a" + b"," * (len(HEADER) - 1) + b",extra\r\n"
    assert read_table(data, "a.csv").rows[1].suspect == {-1: "extra_cells"}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b"\r\n , ,\r\n", "file_empty"),
        (b"%PDF-1.7 ...", "file_kind"),
        (b"<html><table><tr><td>x", "file_kind"),
        (b"Rar!\x1a\x07", "file_kind"),
        ("没有,表头\n一,二".encode(), "header_not_found"),
        (b"\xff" * 60, "encoding_unknown"),
        (b"PK\x03\x04 not a zip", "workbook_damaged"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "workbook_damaged"),
    ],
)
def test_other_files_are_refused_by_name(data: bytes, code: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        read_table(data, "什么.csv")
    assert caught.value.code == code
    assert code in REFUSALS
    assert caught.value.fields["file"] == "什么.csv"


def test_limits_are_refused_by_name() -> None:
    data = csv_file([penalty(), penalty(), penalty()])
    for limits, code in (
        (Limits(file_bytes=10), "file_too_large"), (Limits(rows=2), "too_many_rows"), (Limits(columns=5), "too_many_columns"),
    ):  # fmt: skip
        with pytest.raises(MalformedInput, match=code):
            read_table(data, "a.csv", limits)


def test_two_tables_in_one_workbook_are_refused() -> None:
    import io

    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        for name in ("甲", "乙"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, HEADER)
            sheet.write_row(1, 0, list(penalty().values()))
    with pytest.raises(MalformedInput, match="several_tables"):
        read_table(out.getvalue(), "a.xlsx")


DECENT = [csv_file(ROWS), csv_file(ROWS, "gb18030"), xlsx_file(grid_of(ROWS)), xls_file(grid_of(ROWS))]


@given(st.binary(max_size=400))
def test_any_bytes_give_a_table_or_malformed_input(data: bytes) -> None:
    _read(data)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(DECENT), st.data())
def test_a_damaged_file_gives_a_table_or_malformed_input(data: bytes, draw: st.DataObject) -> None:
    changed = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 4))):
        place = draw.draw(st.integers(0, len(changed) - 1))
        if draw.draw(st.booleans()):
            changed[place] = draw.draw(st.integers(0, 255))
        else:
            del changed[place : place + draw.draw(st.integers(1, 40))]
    _read(bytes(changed))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.text(st.characters(codec="utf-8"), max_size=12), max_size=6), max_size=6))
def test_any_cells_below_a_header_are_all_accounted_for(rows: list[list[str]]) -> None:
    _read(grid_csv([["主体名称", "统一社会信用代码", "主体类型"], *rows]))


def _read(data: bytes) -> None:
    try:
        table = read_table(data, "any")
    except MalformedInput as error:
        assert error.code in REFUSALS
    else:
        numbers = sorted([row.number for row in table.rows] + [entry.row for entry in table.skipped])
        assert numbers == list(range(1, table.rows_in_file + 1))

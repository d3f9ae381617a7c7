"""R19 and R20: real files, their rows, the sheet that goes back, and units nobody knew."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
import xlwt

from tests.world.clerk import PENALTY_HEADER, Clerk, codes

pytestmark = pytest.mark.slow
FIGURES = ("accepted", "unchanged", "quarantined", "skipped")
Row = Mapping[str, str]


@pytest.fixture(scope="module")
def wuhai(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    clerk = Clerk.found(tmp_path_factory.mktemp("files"))
    clerk.register("好", "日期", "万元", "机关", "公式", "老表", "文本", "区局", "名单")
    return clerk


def _sheet(rows: Sequence[Row]) -> list[list[Any]]:
    """A form as bureaus keep it: title rows, marked headers, footers."""
    marked: list[Any] = [
        f"*{name}（必填）" if place < 3 else name for place, name in enumerate(PENALTY_HEADER)
    ]
    above = [["乌海市行政处罚信息归集表"], ["填报单位：市市场监管局", "", "2024年"], []]
    below = [[], ["合计", "", "", len(rows)], ["填表人：张三", "", "审核人：李四"], ["（盖章）"]]
    return [*above, marked, *([row.get(name, "") for name in PENALTY_HEADER] for row in rows), *below]


def _xlsx(rows: Sequence[Row], path: Path) -> str:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for line, cells in enumerate(_sheet(rows)):
            for place, cell in enumerate(cells):
                if str(cell).startswith("="):
                    sheet.write_formula(line, place, cell, value=0.2)
                else:
                    sheet.write(line, place, cell)
    return str(path)


def _xls(rows: Sequence[Row], path: Path) -> str:
    book = xlwt.Workbook()
    sheet = book.add_sheet("导出")
    for line, cells in enumerate(_sheet(rows)):
        for place, cell in enumerate(cells):
            sheet.write(line, place, cell)
    book.save(str(path))
    return str(path)


def _figures(said: Mapping[str, Any]) -> dict[str, int]:
    assert said["rows"] == sum(said[name] for name in FIGURES)
    return {name: said[name] for name in FIGURES}


def _mended(back: Path, changes: Mapping[str, tuple[str, Any]], to: Path) -> str:
    """The returned sheet with one cell put right in the row of each 文号."""
    book = openpyxl.load_workbook(back)
    sheet = book.active
    assert sheet is not None
    places = {str(cell.value): place for place, cell in enumerate(sheet[1], 1)}
    for line in range(2, sheet.max_row + 1):
        number = str(sheet.cell(line, places["行政处罚决定书文号"]).value)
        if number in changes:
            column, value = changes[number]
            sheet.cell(line, places[column]).value = value
    book.save(to)
    return str(to)


def test_the_mended_sheet_and_an_assigned_unit_clear_exactly_their_rows(wuhai: Clerk, tmp_path: Path) -> None:
    row = wuhai.penalty
    rows = [
        row("好", "表1号"), row("日期", "表2号", 处罚决定日期="2024-02-30"),
        row("万元", "表3号", **{"罚款金额(万元)": "2000"}), row("机关", "表4号", 处罚机关="某某局"),
        row("公式", "表5号", **{"罚款金额(万元)": "=0.1+0.1"}), row("好", "表1号"),
    ]  # fmt: skip
    back = tmp_path / "back.xlsx"
    said = wuhai.send_file(_xlsx(rows, tmp_path / "a.xlsx"), "--returned", str(back))
    assert _figures(said) == {"accepted": 1, "unchanged": 1, "quarantined": 4, "skipped": 8}
    assert codes(said) == [
        (6, "date_unreadable"),
        (7, "amount_unit"),
        (8, "unit_unknown"),
        (9, "formula_cell"),
    ]
    assert wuhai.issue("日期").pending == {"market_regulation"}
    assert len(wuhai.issue("机关").pending) == 31
    changes = {"表2号": ("处罚决定日期", "2024年2月28日"), "表5号": ("罚款金额(万元)", 0.2)}
    again = wuhai.send_file(_mended(back, changes, tmp_path / "mended.xlsx"))
    assert _figures(again) == {"accepted": 2, "unchanged": 0, "quarantined": 2, "skipped": 1}
    assert codes(again) == [(3, "amount_unit"), (4, "unit_unknown")]
    cleared = wuhai.issue("日期")
    assert (cleared.pending, cleared.totals["fine_fen"]) == (set(), 200_000)
    assert wuhai.issue("万元").pending == {"market_regulation"}
    assert wuhai.commands.call("units", "unknown").only == {"unknown": {"某某局": 1}}
    assigned = wuhai.commands.call("units", "assign", "某某局", "--to", "市市场监管局").only
    assert (assigned["waited"], assigned["accepted"]) == (1, 1)
    report = wuhai.issue("机关")
    assert (report.pending, report.totals["records"]) == (set(), 1)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-8"])
def test_the_same_rows_in_any_format_are_the_same_rows(wuhai: Clerk, tmp_path: Path, encoding: str) -> None:
    rows = [
        wuhai.penalty("老表", "格1号", 处罚决定日期="2023/3/15"),
        wuhai.penalty("文本", "格2号", **{"罚款金额(万元)": "０．２", "处罚决定日期": "２０２３年１月５日"}),
    ]
    first = wuhai.send_file(_xls(rows, tmp_path / "a.xls"))
    assert _figures(first)["quarantined"] == 0
    assert first["skipped"] == 8
    out = io.StringIO()
    csv.writer(out).writerows(_sheet(rows))
    path = wuhai.file(out.getvalue().encode(encoding))
    assert _figures(wuhai.send_file(path)) == {"accepted": 0, "unchanged": 2, "quarantined": 0, "skipped": 8}


def test_district_offices_find_their_bureau_and_the_rest_their_district(wuhai: Clerk) -> None:
    office = "海南区综合行政执法局"
    row = wuhai.penalty
    said = wuhai.send(
        row("区局", "区1号", 处罚机关="乌海市公安局海勃湾分局", 处罚依据="《中华人民共和国消防法》"),
        row("区局", "区2号", 处罚机关=office, 处罚依据="《中华人民共和国广告法》"),
        row("区局", "区3号", 处罚机关=office, 处罚依据="《中华人民共和国行政处罚法》"),
        row("区局", "区4号", 处罚机关=office, 处罚依据="《中华人民共和国行政处罚法》", 领域="住建"),
        unit="海南区人民政府",
    )
    assert codes(said) == [(4, "domain_ambiguous")]
    found = {
        next(f["value"] for f in item["fields"] if f["id"] == "CF_WSH"): item["domains"]
        for item in wuhai.issue("区局").content["records"]["items"]
    }
    assert found == {
        "区1号": ["public_security"],
        "区2号": ["market_regulation"],
        "区4号": ["housing_construction"],
    }


def test_a_row_that_an_assigned_unit_cannot_take_waits_on_and_none_is_lost(wuhai: Clerk) -> None:
    repair = {
        "处罚机关": "神秘局", "决定书文号": "无此号", "统一社会信用代码": wuhai.firms["老表"],
        "修复状态": "已修复", "修复日期": "2025-01-01",
    }  # fmt: skip
    assert codes(wuhai.send(repair, kind="repair")) == [(2, "unit_unknown")]
    entry = {
        "主体名称": wuhai.name("名单"), "统一社会信用代码": wuhai.firms["名单"], "认定部门": "神秘局",
        "认定依据": "", "列入日期": "2024-05-05", "列入事由": "严重违法",
    }  # fmt: skip
    listed = wuhai.send(entry, kind="dishonest-list", words=("--list", "价格失信主体名单"))
    assert codes(listed) == [(2, "unit_unknown")]
    done = wuhai.commands.call("units", "assign", "神秘局", "--to", "市市场监管局").only
    assert (done["waited"], done["accepted"], done["still_held"]) == (2, 1, 1)
    assert wuhai.issue("老表").pending == {"market_regulation"}
    assert wuhai.issue("名单").totals["by_kind"] == {"dishonest-list": 1}

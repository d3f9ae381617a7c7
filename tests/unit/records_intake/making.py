"""Files as bureaus send them, made in memory, with invented subjects whose codes pass their checks."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from importlib import resources
from typing import Any
from uuid import UUID

import openpyxl
import xlsxwriter
import xlwt

from domain.identifiers import organisation_check_digit
from records.intake import BatchInfo, Parsed, parse, read_table
from records.model import Kind
from records.region_model import Region
from records.regions import load_region

HEADER = (
    "行政相对人名称",
    "行政相对人类别",
    "行政相对人代码_1(统一社会信用代码)",
    "行政相对人代码_2(工商注册号)",
    "行政相对人代码_3(组织机构代码)",
    "法定代表人",
    "法定代表人证件号码",
    "证件类型(自然人)",
    "证件号码(自然人)",
    "行政处罚决定书文号",
    "违法行为类型",
    "违法事实",
    "处罚依据",
    "处罚类别",
    "处罚内容",
    "罚款金额（万元）",
    "没收违法所得、没收非法财物的金额（万元）",
    "处罚决定日期",
    "处罚有效期",
    "公示截止期",
    "处罚机关",
    "处罚机关统一社会信用代码",
    "数据来源单位",
    "备注",
)
SHORT = {
    "名称": "行政相对人名称",
    "相对人": "行政相对人类别",
    "代码": "行政相对人代码_1(统一社会信用代码)",
    "注册号": "行政相对人代码_2(工商注册号)",
    "组织代码": "行政相对人代码_3(组织机构代码)",
    "代表证件": "法定代表人证件号码",
    "证件类型": "证件类型(自然人)",
    "证件号码": "证件号码(自然人)",
    "文号": "行政处罚决定书文号",
    "行为": "违法行为类型",
    "事实": "违法事实",
    "依据": "处罚依据",
    "类别": "处罚类别",
    "内容": "处罚内容",
    "罚款": "罚款金额（万元）",
    "没收": "没收违法所得、没收非法财物的金额（万元）",
    "日期": "处罚决定日期",
    "有效期": "处罚有效期",
    "截止期": "公示截止期",
    "机关": "处罚机关",
    "机关代码": "处罚机关统一社会信用代码",
    "来源": "数据来源单位",
}
"""Short names of the columns, for tests."""
RECEIVED = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
BATCH = UUID("0193489a-0000-7000-8000-000000000001")
UNIT = "乌海市市场监督管理局"


def credit_code(body: str, prefix: str = "91150302") -> str:
    """A unified social credit code around eight characters, both check characters right."""
    from stdnum.cn import uscc

    organisation = body + organisation_check_digit(body)
    return prefix + organisation + uscc.calc_check_digit(prefix + organisation)


def person_number(seventeen: str) -> str:
    """A resident identity number with its check character."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return seventeen + "10X98765432"[sum(int(c) * w for c, w in zip(seventeen, weights, strict=True)) % 11]


FIRM = credit_code("MA0N1N1X")
OTHER_FIRM = credit_code("MA0P2P2W")
PERSON = person_number("15030219900101123")


def penalty(**changes: str) -> dict[str, str]:
    """One right row; ``changes`` by short name or by header."""
    row = dict.fromkeys(HEADER, "") | {
        "行政相对人名称": "乌海市演示商贸有限公司",
        "行政相对人类别": "法人及非法人组织",
        "行政相对人代码_1(统一社会信用代码)": FIRM,
        "法定代表人": "王示范",
        "行政处罚决定书文号": "乌市监罚〔2024〕12号",
        "违法行为类型": "虚假宣传",
        "违法事实": "在商品标签上作虚假宣传。",
        "处罚依据": "《中华人民共和国广告法》第五十五条第一款",
        "处罚类别": "罚款",
        "处罚内容": "罚款2000元",
        "罚款金额（万元）": "0.2",
        "处罚决定日期": "2024/01/05",
        "处罚有效期": "2099/12/31",
        "公示截止期": "2025/01/05",
        "处罚机关": UNIT,
        "数据来源单位": UNIT,
    }
    return row | {SHORT.get(name, name): value for name, value in changes.items()}


def csv_file(
    rows: Sequence[Mapping[str, str]], encoding: str = "utf-8", header: Sequence[str] | None = None
) -> bytes:
    """A CSV of those rows, columns in the order of ``header`` or of the first row."""
    names = header or tuple(rows[0])
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    writer.writerows([row.get(name, "") for name in names] for row in rows)
    return text.getvalue().encode(encoding)


def grid_csv(grid: Sequence[Sequence[str]], encoding: str = "utf-8") -> bytes:
    """A CSV of bare rows."""
    text = io.StringIO()
    csv.writer(text).writerows(grid)
    return text.getvalue().encode(encoding)


def xlsx_file(grid: Sequence[Sequence[Any]], **options: Any) -> bytes:
    """An XLSX; a str starting with ``=`` is a formula, a date a date cell, a number a number."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, **options}) as book:
        day = book.add_format({"num_format": "yyyy/mm/dd"})
        sheet = book.add_worksheet("数据")
        for r, cells in enumerate(grid):
            for c, cell in enumerate(cells):
                if isinstance(cell, str) and cell.startswith("="):
                    sheet.write_formula(r, c, cell, None, "0.2")
                elif isinstance(cell, str):
                    sheet.write_string(r, c, cell)
                elif isinstance(cell, date):
                    sheet.write_datetime(r, c, datetime(cell.year, cell.month, cell.day), day)
                else:
                    sheet.write_number(r, c, cell)
    return out.getvalue()


def xls_file(grid: Sequence[Sequence[Any]], *, date_1904: bool = False) -> bytes:
    """An XLS (BIFF8), with the same meaning of cells as :func:`xlsx_file`."""
    book = xlwt.Workbook()
    book.dates_1904 = date_1904
    sheet = book.add_sheet("数据")
    day = xlwt.easyxf(num_format_str="yyyy/mm/dd")
    for r, cells in enumerate(grid):
        for c, cell in enumerate(cells):
            if isinstance(cell, str) and cell.startswith("="):
                sheet.write(r, c, xlwt.Formula(cell[1:]))
            elif isinstance(cell, date):
                sheet.write(r, c, cell, day)
            else:
                sheet.write(r, c, cell)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def grid_of(rows: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    """Header and rows as a grid."""
    names = list(rows[0])
    return [names, *[[row[name] for name in names] for row in rows]]


@cache
def wuhai() -> Region:
    """The shipped region file of 150300."""
    return load_region((resources.files("records") / "regions" / "150300-2024.toml").read_bytes())


def batch(**changes: Any) -> BatchInfo:
    """What a person of the unit says when sending a file."""
    said: dict[str, Any] = {
        "id": BATCH,
        "unit": "market_regulation",
        "file_sha256": "0" * 64,
        "received_at": RECEIVED,
        "confirmed_by": "李数据",
    }
    return BatchInfo(**said | changes)


def parsed(data: bytes, kind: Kind = Kind.PENALTY, **said: Any) -> Parsed:
    """The file read and parsed for Wuhai, its accounting checked."""
    table = read_table(data, "报送.csv")
    result = parse(table, kind, wuhai(), (), batch(**said))
    places = [
        entry.row
        for part in (result.rows, result.repeated, result.quarantined, result.skipped)
        for entry in part
    ]
    assert sorted(places) == list(range(1, table.rows_in_file + 1)), "a row was lost or stands twice"
    return result


def one(**changes: str) -> Any:
    """The draft of one penalty row that must be taken."""
    result = parsed(csv_file([penalty(**changes)]))
    assert not result.quarantined, result.quarantined[0].problems
    return result.rows[0].draft


def codes(**changes: str) -> set[str]:
    """The quarantine codes of one penalty row."""
    result = parsed(csv_file([penalty(**changes)]))
    return {problem.code for entry in result.quarantined for problem in entry.problems}


def mended(sheet: bytes, cells: Mapping[tuple[int, str], str]) -> bytes:
    """A returned sheet after a clerk typed into (line below the header, column name)."""
    book = openpyxl.load_workbook(io.BytesIO(sheet))
    page = book.active
    names = {cell.value: cell.column for cell in page[1]}
    for (line, column), value in cells.items():
        page.cell(line + 1, names[column]).value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()

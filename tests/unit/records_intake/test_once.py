"""What is worked out once per wording of a file says in each row what that row says alone (R7, R13 to R15)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from records.intake import Parsed, parse, read_table
from records.model import Kind
from records.units import index_of
from tests.unit.records_intake.making import (
    FIRM,
    OTHER_FIRM,
    PERSON,
    UNIT,
    batch,
    csv_file,
    penalty,
    wuhai,
)

_SLIP = FIRM[:-1] + ("0" if FIRM[-1] != "0" else "1")
_PENALTY: dict[str, tuple[str, ...]] = {
    "名称": ("乌海市演示商贸有限公司", "张三", ""),
    "相对人": ("法人及非法人组织", "自然人", ""),
    "代码": (FIRM, OTHER_FIRM, _SLIP, PERSON, "", "无"),
    "注册号": ("", "150300000012345"),
    "组织代码": ("", FIRM[8:17], FIRM, "12345678X"),
    "证件号码": ("", PERSON, PERSON[:-1] + "*"),
    "依据": ("《中华人民共和国广告法》第五十五条第一款", "《中华人民共和国治安管理处罚法》第二十三条", ""),
    "行为": ("虚假宣传", "治安违法", ""),
    "类别": ("罚款", "警告", "警告;罚款", "奇怪", ""),
    "内容": ("罚款2000元", "罚款20元", "不予行政处罚", "没收违法所得50元", ""),
    "罚款": ("0.2", "2000", "0", "", "x"),
    "没收": ("", "0.005", "50"),
    "日期": ("2024/01/05", "2099-01-01", "20240230", "45296", "=1+1"),
    "有效期": ("2099/12/31", "不知道", ""),
    "机关": (UNIT, "某某局", ""),
    "处罚程序": ("普通程序", "简易程序", "未注明", "别的", ""),
    "简易程序确认": ("", "是"),
    "修复状态": ("", "已修复", "未修复", "也许"),
    "修复日期": ("", "2024/05/05"),
    "变更情形": ("", "撤销", "维持", "不明"),
    "变更日期": ("", "2024/06/06"),
    "变更文号": ("", "复议1号"),
    "违法行为发生日期": ("", "2003/01/01", "2024/01/01"),
}
_LIST: dict[str, tuple[str, ...]] = {
    "主体名称": ("乌海市演示商贸有限公司", "张三", ""),
    "统一社会信用代码": (FIRM, _SLIP, PERSON, FIRM[8:17], "150300000012345", ""),
    "证件类型": ("", "身份证", "护照"),
    "证件号码": ("", PERSON, "E12345678"),
    "工商注册号": ("", "150300000012345"),
    "组织机构代码": ("", OTHER_FIRM[8:17]),
    "纳税人识别号": ("", FIRM, "150302" + FIRM[8:17]),
    "列入日期": ("2024/01/05", ""),
    "列入经营异常名录原因类型名称": ("未按规定公示年度报告",),
    "列入决定机关名称": (UNIT,),
    "修复状态": ("", "已修复"),
    "修复日期": ("", "2024/05/05"),
}


def _bases(cells: dict[str, tuple[str, ...]]) -> Any:
    return st.fixed_dictionaries({name: st.sampled_from(said) for name, said in cells.items()})


def _around(base: dict[str, str], cells: dict[str, tuple[str, ...]]) -> list[dict[str, str]]:
    """The row with one cell changed at a time: whatever a shared reading forgot to look at shows."""
    return [base | {name: text} for name, said in cells.items() for text in said]


def _said(result: Parsed, row: int) -> tuple[Any, ...]:
    """Everything one row came to, its warnings among it."""
    warned = {(item.code, item.column) for item in result.warnings if row in item.rows}
    taken = [entry.draft for entry in result.rows if entry.row == row]
    back = [entry for entry in result.quarantined if entry.row == row]
    return taken, back, warned


def _alike(data: bytes, kind: Kind) -> None:
    table, tree = read_table(data, "报送.csv"), index_of(wuhai(), ()).map_row
    together = parse(table, kind, wuhai(), (), batch(), tree)
    for row in table.rows:
        alone = parse(table, kind, wuhai(), (), batch(), tree, only={row.number})
        assert _said(together, row.number) == _said(alone, row.number)


_FIRM = dict.fromkeys(_PENALTY, "") | {
    "名称": "乌海市演示商贸有限公司",
    "代码": FIRM,
    "类别": "罚款",
    "内容": "罚款2000元",
    "罚款": "0.2",
    "日期": "2024/01/05",
    "机关": UNIT,
}
_PERSON = _FIRM | {"名称": "张三", "相对人": "自然人", "代码": "", "证件号码": PERSON}


@given(_bases(_PENALTY))
@example(_FIRM)
@example(
    _FIRM | {"修复状态": "已修复", "修复日期": "2024/05/05", "变更情形": "撤销", "变更日期": "2024/06/06"}
)
@example(_PERSON)
@settings(max_examples=12, deadline=None)
def test_a_penalty_says_among_others_what_it_says_alone(base: dict[str, str]) -> None:
    rows = [penalty(**row, 文号=f"乌市监罚〔2024〕{n}号") for n, row in enumerate(_around(base, _PENALTY))]
    _alike(csv_file(rows), Kind.PENALTY)


@given(_bases(_LIST))
@example(dict.fromkeys(_LIST, "") | {"主体名称": "张三", "列入日期": "2024/01/05", "列入决定机关名称": UNIT})
@settings(max_examples=12, deadline=None)
def test_an_entry_says_among_others_what_it_says_alone(base: dict[str, str]) -> None:
    # Its own day of entry keeps each row a record of its own.
    days = [
        row | {"列入日期": row["列入日期"] and str(date(2024, 1, 1) + timedelta(n))}
        for n, row in enumerate(_around(base, _LIST))
    ]
    _alike(csv_file(days), Kind.ABNORMAL_LIST)


def test_a_warning_names_every_row_it_holds_of() -> None:
    rows = [penalty(文号=f"乌市监罚〔2024〕{n}号", 类别="奇怪", 内容="罚款2000元") for n in range(4)]
    result = parse(read_table(csv_file(rows), "报送.csv"), Kind.PENALTY, wuhai(), (), batch())
    warned = {item.code: item.rows for item in result.warnings}
    assert warned["category_unknown"] == (2, 3, 4, 5)

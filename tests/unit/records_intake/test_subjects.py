"""The register file: subjects with codes, people with certificate numbers (rule R7)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import MalformedInput
from records.intake import ParsedSubjects, parse_subjects, read_table
from records.intake.codes import QUARANTINE
from tests.unit.records_intake.making import FIRM, OTHER_FIRM, PERSON, RECEIVED, csv_file, wuhai

ROW = {
    "主体名称": "乌海市演示商贸有限公司", "统一社会信用代码": FIRM, "主体类型": "有限责任公司", "法定代表人": "王示范",
    "成立日期": "2015年3月1日", "住所": "乌海市海勃湾区某街1号", "登记机关": "乌海市市场监督管理局", "登记状态": "在营",
}  # fmt: skip
PERSON_ROW = {"姓名": "王示范", "证件类型": "身份证", "证件号码": PERSON, "主体类型": "自然人"}


def parsed(rows: list[dict[str, str]]) -> ParsedSubjects:
    table = read_table(csv_file(rows), "主体.csv")
    result = parse_subjects(table, wuhai(), RECEIVED)
    places = [
        e.row for part in (result.rows, result.repeated, result.quarantined, result.skipped) for e in part
    ]
    assert sorted(places) == list(range(1, table.rows_in_file + 1))
    return result


def test_a_firm() -> None:
    draft = parsed([ROW]).rows[0].draft
    assert (draft.kind, draft.uscc, draft.organisation_code) == ("company", FIRM, FIRM[8:17])
    assert (draft.established_on, draft.registered_state) == (date(2015, 3, 1), "存续")
    assert draft.registration_authority == "乌海市市场监督管理局"


def test_a_person_has_its_number_in_its_keys_alone() -> None:
    draft = parsed([PERSON_ROW]).rows[0].draft
    assert (draft.kind, draft.keys.person_number) == ("natural_person", PERSON)
    assert draft.uscc is None
    assert PERSON not in repr(draft).replace(f"person_number='{PERSON}'", "")


def test_states_of_registration() -> None:
    for text, state in (
        ("吊销,未注销", "吊销"),
        ("注销", "注销"),
        ("", "存续"),
        ("开业", "存续"),
        ("迁出", "迁出"),
    ):
        assert parsed([ROW | {"登记状态": text}]).rows[0].draft.registered_state == state


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (ROW | {"主体类型": "星际公司"}, "subject_kind_unknown"),
        (ROW | {"主体名称": ""}, "required_missing"),
        (ROW | {"统一社会信用代码": ""}, "required_missing"),
        (ROW | {"统一社会信用代码": FIRM[:17] + "0"}, "uscc_check_digit"),
        (ROW | {"成立日期": "前年"}, "date_unreadable"),
        (PERSON_ROW | {"证件号码": ""}, "required_missing"),
        (PERSON_ROW | {"证件号码": PERSON[:17]}, "person_number_invalid"),
    ],
)
def test_rows_that_go_back(row: dict[str, str], code: str) -> None:
    quarantined = parsed([row]).quarantined
    assert [problem.code for entry in quarantined for problem in entry.problems] == [code]
    assert PERSON[:17] not in str([problem.fields for entry in quarantined for problem in entry.problems])


def test_the_same_subject_twice() -> None:
    result = parsed([ROW, ROW, ROW | {"住所": "别处"}, ROW | {"统一社会信用代码": OTHER_FIRM}])
    assert [entry.row for entry in result.rows] == [2, 5]
    assert [entry.row for entry in result.repeated] == [3]
    assert [entry.code for entry in result.quarantined] == ["conflict_in_file"]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.fixed_dictionaries({}, optional={
    name: st.one_of(st.text(st.characters(codec="utf-8"), max_size=20), st.sampled_from([FIRM, PERSON, "自然人", "公司"]))
    for name in ROW}), min_size=1, max_size=4))  # fmt: skip
def test_any_cells_leave_every_row_in_one_place(changes: list[dict[str, str]]) -> None:
    try:
        result = parsed([ROW | change for change in changes])
    except MalformedInput as error:
        assert error.code == "csv_quote"
        return
    assert {p.code for entry in result.quarantined for p in entry.problems} <= QUARANTINE

"""How rows are written: fast ways say exactly what the plain ones say, and a record's hash never moves."""

from __future__ import annotations

from datetime import date

from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import text

from api.store.columns import dump_json, dump_texts
from api.store.repositories.record_rows import DraftColumns
from records.intake.model import RecordDraft
from records.model import Category, Kind, Procedure, Repair, SubjectKeys
from tests.unit.api.house_kit import PENALTY_HEADER, HouseKit, fine

_NO_VAULT = None


@given(st.dictionaries(st.text(), st.text()))
@example({})
@example({"一": "一"})
@example({"a%s": "100%", 'b"': "甲\n乙", "c\\": "丙"})
@example({"b": "\ud800", "a": "\x7f"})
@example({"b": "乙", "a": "甲"})
def test_an_object_of_texts_is_written_as_any_other(said: dict[str, str]) -> None:
    assert dump_texts(said) == dump_json(said)


def test_the_hash_of_a_row_is_what_it_always_was() -> None:
    """Houses compare it with rows that came years ago: another hash would make each of them a new version."""
    keys = SubjectKeys(
        name="乌海市演示商贸有限公司", uscc="91150302MA0AL0G83X", organisation_code="MA0AL0G83"
    )
    draft = RecordDraft(
        kind=Kind.PENALTY,
        identity="penalty|market_regulation|乌市监罚[2024]1号",
        keys=keys,
        unit="market_regulation",
        domains=("market_regulation", "food_safety"),
        document_number="乌市监罚〔2024〕1号",
        decided_on=date(2024, 1, 5),
        procedure=Procedure.ORDINARY,
        categories=(Category.WARNING, Category.FINE),
        fine_fen=200_000,
        repair=Repair.REPAIRED,
        repaired_on=date(2025, 1, 5),
        repair_channel="信用中国",
        fields={"CF_NR": '罚款2000元,"依法"', "CF_CFJG": "乌海市市场监督管理局"},
    )
    columns = DraftColumns(_NO_VAULT)  # type: ignore[arg-type]
    _, content = columns.of(draft, columns.of_keys(keys))
    assert content.hex() == "0566ee960c1e3895c9c4e8e07f720a57cbb746198f791c43868af25023d9a26e"


def test_what_all_rows_of_a_file_leave_open_and_what_one_of_them_says_is_kept(kit: HouseKit) -> None:
    repaired = {"修复状态": "已修复", "修复日期": "2024/05/05"}
    header = (*PENALTY_HEADER, *repaired)
    kit.send(fine("乌市监罚〔2024〕1号"), fine("乌市监罚〔2024〕2号"))
    kit.send(fine("乌市监罚〔2024〕3号"), fine("乌市监罚〔2024〕4号", **repaired), header=header)
    said = {item.document_number: item for item in kit.records()}
    assert [item.repaired_on for _, item in sorted(said.items())] == [None, None, None, date(2024, 5, 5)]
    with kit.context.store.engine.connect() as connection:
        given = connection.execute(text("SELECT objected, minor, superseded_at FROM records")).all()
    assert [(bool(a), bool(b), c) for a, b, c in given] == [(False, False, None)] * 4

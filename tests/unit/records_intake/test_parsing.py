"""parse: what is taken, what goes back and why; each row in exactly one place (R3, R7, R13 to R20)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import MalformedInput
from records.intake import RepairDraft, parse, read_table, same_content, subject_key
from records.intake.codes import QUARANTINE, WARNINGS
from records.model import Category, Kind, Procedure, Repair, Review
from tests.unit.records_intake.making import (
    FIRM,
    HEADER,
    OTHER_FIRM,
    PERSON,
    UNIT,
    batch,
    codes,
    csv_file,
    one,
    parsed,
    penalty,
    person_number,
    wuhai,
    xlsx_file,
)


def test_a_right_row_becomes_a_draft() -> None:
    draft = one()
    assert draft.kind is Kind.PENALTY
    assert draft.keys.uscc == FIRM
    assert draft.keys.name == "乌海市演示商贸有限公司"
    assert draft.unit
    assert draft.domains == ("market_regulation",)
    assert draft.document_number == "乌市监罚〔2024〕12号"
    assert draft.decided_on == date(2024, 1, 5)
    assert draft.categories == (Category.FINE,)
    assert (draft.fine_fen, draft.confiscated_fen) == (200_000, 0)
    assert draft.procedure is Procedure.UNSTATED
    assert draft.fields["CF_SY"] == "在商品标签上作虚假宣传。"
    assert draft.fields["CF_YXQ"] == "2099/12/31"


def test_codes_as_headers_and_any_order_give_the_same_draft() -> None:
    by_code = {
        "CF_CFJG": UNIT, "CF_JDRQ": "20240105", "CF_WSH": "乌市监罚〔2024〕12号", "CF_XDR_SHXYM": FIRM,
        "CF_XDR_MC": "乌海市演示商贸有限公司", "CF_CFLB": "罚款", "CF_NR": "罚款2000元", "CF_NR_FK": "0.2",
        "CF_YJ": "《中华人民共和国广告法》第五十五条第一款", "CF_WFXW": "虚假宣传", "CF_SY": "在商品标签上作虚假宣传。",
        "CF_XDR_LB": "法人及非法人组织", "CF_FDDB": "王示范", "CF_YXQ": "2099/12/31", "CF_GSJZQ": "2025/01/05",
        "CF_SJLY": UNIT,
    }  # fmt: skip
    assert same_content(parsed(csv_file([by_code])).rows[0].draft, one())


def test_unknown_columns_are_kept_and_reported() -> None:
    result = parsed(csv_file([penalty() | {"执法人员": "甲", "本局编号": "K-7"}]))
    assert result.unknown_columns == ("执法人员", "本局编号")
    assert result.rows[0].draft.fields["本局编号"] == "K-7"
    assert [w.column for w in result.warnings if w.code == "column_unknown"] == ["执法人员", "本局编号"]


def test_a_column_in_yuan_is_read_in_yuan() -> None:
    row = penalty()
    row["罚款金额（元）"] = row.pop("罚款金额（万元）").replace("0.2", "2000")
    assert parsed(csv_file([row])).rows[0].draft.fine_fen == 200_000


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"名称": ""}, "required_missing"),
        ({"文号": " "}, "required_missing"),
        ({"机关": ""}, "required_missing"),
        ({"日期": ""}, "required_missing"),
        ({"日期": "去年"}, "date_unreadable"),
        ({"日期": "2027/01/01"}, "date_future"),
        ({"日期": "1900-01-01"}, "date_implausible"),
        ({"罚款": "2000"}, "amount_unit"),
        ({"罚款": "0.3"}, "amount_mismatch"),
        ({"罚款": "0"}, "amount_mismatch"),
        ({"罚款": "两千"}, "amount_unreadable"),
        ({"罚款": "-0.2"}, "amount_negative"),
        ({"罚款": "2000元"}, "amount_unit_word"),
        ({"罚款": "", "内容": "处以罚款"}, "amount_missing"),
        ({"代码": FIRM[:-1]}, "uscc_length"),
        ({"代码": FIRM[:-1] + ("0" if FIRM[-1] != "0" else "1")}, "uscc_check_digit"),
        ({"代码": "I" + FIRM[1:]}, "uscc_characters"),
        ({"代码": PERSON}, "uscc_is_person_number"),
        ({"机关": "火星市监督局"}, "unit_unknown"),
        ({"机关": "市住建局"}, "domain_ambiguous"),
        ({"处罚程序": "简易程序"}, "procedure_contradicts_batch"),
        ({"修复状态": "已修复"}, "repair_date_missing"),
        ({"修复状态": "未修复", "修复日期": "2024-06-01"}, "repair_contradiction"),
        ({"修复状态": "大概"}, "value_unknown"),
        ({"变更情形": "搁置"}, "value_unknown"),
        ({"相对人": "自然人", "代码": "", "证件号码": "150302199001011234"}, "person_number_invalid"),
        ({"相对人": "自然人", "代码": "", "证件号码": "150302********1234"}, "person_number_masked"),
        ({"罚款": "=1+1"}, "formula_cell"),
        ({"领域": "算命"}, "domain_unknown"),
    ],
)  # fmt: skip
def test_bad_rows_go_back_with_their_code(changes: dict[str, str], code: str) -> None:
    result = parsed(csv_file([penalty(**changes)]), no_simple=code == "procedure_contradicts_batch")
    assert [problem.code for entry in result.quarantined for problem in entry.problems] == [code]
    assert code in QUARANTINE


def test_all_problems_of_a_row_are_told_at_once() -> None:
    assert codes(名称="", 日期="x", 罚款="y") == {"required_missing", "date_unreadable", "amount_unreadable"}


def test_a_broken_date_keeps_the_names_for_the_doubt() -> None:
    """Rule R3: a fine with a broken date cell never gives 无记录 with 数据正常."""
    entry = parsed(csv_file([penalty(日期="2024年13月")])).quarantined[0]
    assert entry.keys is not None
    assert (entry.keys.uscc, entry.keys.name) == (FIRM, "乌海市演示商贸有限公司")
    assert entry.domains == ("market_regulation",)
    assert entry.identity


def test_a_wrong_code_still_names_its_firm_for_the_doubt() -> None:
    wrong = FIRM[:-1] + ("0" if FIRM[-1] != "0" else "1")
    entry = parsed(csv_file([penalty(代码=wrong)])).quarantined[0]
    assert entry.keys is not None
    assert entry.keys.name == "乌海市演示商贸有限公司"


def test_a_slip_in_a_person_number_does_not_turn_it_into_a_code() -> None:
    slip = PERSON[:17] + ("0" if PERSON[17] != "0" else "1")
    for column in ("代码", "名称", "文号"):
        entry = parsed(csv_file([penalty(**{"日期": "x", column: slip})])).quarantined[0]
        assert slip not in str((entry.keys, entry.problems, entry.identity))


def test_an_unknown_unit_is_named_and_casts_doubt_on_every_domain() -> None:
    entry = parsed(csv_file([penalty(机关="火星市监督局")])).quarantined[0]
    assert (entry.named_unit, entry.unit, entry.domains) == ("火星市监督局", None, ())


def test_district_units_map_by_the_tree() -> None:
    """Rule R19: 乌海市公安局海勃湾分局, 海南区综合行政执法局."""
    assert one(机关="乌海市公安局海勃湾分局").domains == ("public_security",)
    result = parsed(csv_file([penalty(机关="海南区综合行政执法局", 依据="", 行为="")]))
    assert [entry.code for entry in result.quarantined] in ([], ["domain_ambiguous"])
    assert one(机关="海南区综合行政执法局", 领域="住建").domains == ("housing_construction",)


def test_the_batch_names_the_domain_where_the_row_does_not() -> None:
    row = penalty(机关="市住建局")
    taken = parsed(csv_file([row]), domain="消防安全")
    assert [entry.draft.domains for entry in taken.rows] == [("fire_safety",)]


def test_identity_is_one_for_bureau_and_national_platform() -> None:
    """Rule R13: 处罚机关, normalised 文号, subject; the sender does not matter."""
    bureau = one()
    national = one(文号="乌市监罚（２０２４）12 号", 来源="国家公共信用信息中心", 机关="市市场监管局")
    assert bureau.identity == national.identity
    assert same_content(bureau, one(来源="国家公共信用信息中心"))
    assert one(文号="乌市监罚〔2024〕13号").identity != bureau.identity


def test_one_document_may_name_several_subjects() -> None:
    result = parsed(csv_file([penalty(), penalty(名称="乌海市另一演示有限公司", 代码=OTHER_FIRM)]))
    first, second = (entry.draft for entry in result.rows)
    assert first.identity == second.identity
    assert subject_key(first.keys) != subject_key(second.keys)


def test_the_same_row_twice_is_unchanged_and_a_contradiction_goes_back() -> None:
    result = parsed(csv_file([penalty(), penalty(), penalty(内容="罚款3000元", 罚款="0.3")]))
    assert [entry.row for entry in result.rows] == [2]
    assert [(entry.row, entry.first_row) for entry in result.repeated] == [(3, 2)]
    assert [(entry.row, entry.code) for entry in result.quarantined] == [(4, "conflict_in_file")]


def test_no_penalty_beside_a_fine_counts_as_a_fine() -> None:
    """Rule R14: 对A行为不予行政处罚;对B行为罚款5000元 counts."""
    text = "对A行为不予行政处罚;对B行为罚款5000元"
    for category, amount in (
        ("不予行政处罚", ""),
        ("不予行政处罚", "0"),
        ("罚款,不予处罚", "0.5"),
        ("其他", "0.5"),
    ):
        draft = one(内容=text, 类别=category, 罚款=amount)
        assert Category.NO_PENALTY not in draft.categories
        assert Category.FINE in draft.categories
        assert draft.fine_fen == 500_000
    assert one(内容="不予行政处罚", 类别="不予行政处罚", 罚款="").categories == (Category.NO_PENALTY,)


def test_procedures_and_the_declaration_of_a_batch() -> None:
    assert one(处罚程序="简易程序").procedure is Procedure.SIMPLE
    assert one(处罚程序="一般程序").procedure is Procedure.ORDINARY
    unstated = parsed(csv_file([penalty()]))
    assert [w.rows for w in unstated.warnings if w.code == "procedure_unstated"] == [(2,)]
    declared = parsed(csv_file([penalty()]), no_simple=True).rows[0].draft
    assert declared.procedure is Procedure.ORDINARY_DECLARED  # type: ignore[union-attr]


def test_a_simple_penalty_above_its_ceiling_is_reported_until_confirmed() -> None:
    high: dict[str, Any] = {"处罚程序": "简易程序", "内容": "罚款5000元", "罚款": "0.5"}
    warned = {w.code for w in parsed(csv_file([penalty(**high)])).warnings}
    confirmed = parsed(csv_file([penalty(**high, 简易程序确认="是")]))
    assert "simple_above_ceiling" in warned
    assert "simple_above_ceiling" not in {w.code for w in confirmed.warnings}
    assert confirmed.rows[0].draft.simple_confirmed  # type: ignore[union-attr]


def test_an_amount_only_in_the_text_is_taken_and_reported() -> None:
    result = parsed(
        csv_file([penalty(罚款="", 没收="", 内容="没收违法所得800元,罚款2000元", 类别="罚款,没收违法所得")])
    )
    draft = result.rows[0].draft
    assert (draft.fine_fen, draft.confiscated_fen) == (200_000, 80_000)  # type: ignore[union-attr]
    assert "amount_from_content" in {w.code for w in result.warnings}


def test_dates_that_take_nothing_out_only_warn() -> None:
    """Rule R17."""
    result = parsed(csv_file([penalty(有效期="不详", 截止期="长期")]))
    assert result.rows[0].draft.fields["CF_YXQ"] == "不详"
    assert [w.code for w in result.warnings if w.code == "date_left_as_text"] == ["date_left_as_text"]


def test_a_decision_changed_by_review_keeps_its_date_and_number() -> None:
    draft = one(变更情形="撤销", 变更日期="2024/06/01", 变更文号="乌复决〔2024〕3号")
    assert (draft.review, draft.review_on, draft.review_number) == (
        Review.REVOKED, date(2024, 6, 1), "乌复决〔2024〕3号",
    )  # fmt: skip
    assert one(变更情形="维持").review is None


def test_a_person_stays_out_of_fields_and_minors_are_marked() -> None:
    young = person_number("15030220080101123")
    draft = one(
        相对人="自然人", 名称="王小示", 代码="", 证件号码=young, 证件类型="身份证", 事实=f"{young}在场"
    )
    assert draft.keys.person_number == young
    assert draft.minor
    assert young not in str(draft.fields)
    assert not one(相对人="自然人", 名称="王示范", 代码="", 证件号码=PERSON).minor


def test_the_number_of_a_representative_is_masked_and_no_key() -> None:
    draft = one(代表证件=PERSON, 证件号码=PERSON)
    assert draft.keys.person_number is None
    assert PERSON not in str(draft)


def test_public_security_records_are_marked() -> None:
    assert one(依据="《中华人民共和国治安管理处罚法》第二十三条", 机关="乌海市公安局").public_security
    assert not one().public_security


@given(st.sampled_from(["名称", "代码", "文号", "日期", "证件号码"]), st.sampled_from([PERSON, "蒙C12345"]))
def test_problems_never_repeat_a_certificate_number(column: str, value: str) -> None:
    result = parsed(csv_file([penalty(**{"日期": "x", "代码": "1", column: value})]))
    for entry in result.quarantined:
        assert PERSON not in str([problem.fields for problem in entry.problems])


def test_files_of_another_kind_are_refused() -> None:
    table = read_table(csv_file([penalty()]), "a.csv")
    with pytest.raises(MalformedInput, match="columns_missing"):
        parse(table, Kind.JUDGMENT, wuhai(), (), batch())
    twice = read_table(csv_file([penalty() | {"CF_WSH": "1"}]), "a.csv")
    with pytest.raises(MalformedInput, match="columns_repeated"):
        parse(twice, Kind.PENALTY, wuhai(), (), batch())


def test_rows_that_waited_for_a_unit_can_be_read_again_alone() -> None:
    table = read_table(csv_file([penalty(), penalty(文号="13号"), penalty(文号="14号")]), "a.csv")
    again = parse(table, Kind.PENALTY, wuhai(), (), batch(), only={3})
    assert [entry.row for entry in again.rows] == [3]


LIST_ROW = {
    "名单名称": "市场监督管理严重违法失信名单", "主体名称": "乌海市演示商贸有限公司", "统一社会信用代码": FIRM,
    "认定依据": "乌市监失信〔2023〕1号", "认定部门": UNIT, "列入日期": "2023-03-01", "列入事由": "食品安全严重违法",
    "移出日期": "", "移出事由": "", "数据来源单位": UNIT, "主要负责人": "赵示例",
}  # fmt: skip


def test_entry_and_removal_are_one_record() -> None:
    entered = parsed(csv_file([LIST_ROW]), Kind.DISHONEST_LIST).rows[0].draft
    removed = (
        parsed(csv_file([LIST_ROW | {"移出日期": "2024-03-01", "移出事由": "履行义务"}]), Kind.DISHONEST_LIST)
        .rows[0]
        .draft
    )
    assert not isinstance(entered, RepairDraft)
    assert not isinstance(removed, RepairDraft)
    assert entered.identity == removed.identity
    assert (entered.decided_on, entered.ended_on) == (date(2023, 3, 1), None)
    assert (removed.ended_on, removed.ended_why) == (date(2024, 3, 1), "履行义务")
    assert entered.list_name == "市场监督管理严重违法失信名单"
    assert entered.document_number == "乌市监失信〔2023〕1号"
    assert entered.fields["主要负责人"] == "赵某某"
    assert not same_content(entered, removed)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"移出日期": "2020-01-01"}, "date_order"),
        ({"移出事由": "履行义务"}, "removal_date_missing"),
        ({"名单名称": "不存在的名单"}, "list_unknown"),
        ({"名单名称": ""}, "required_missing"),
        ({"名单名称": "经营主体被依法纳入或移出经营异常名录"}, "list_of_other_kind"),
    ],
)
def test_list_rows_that_go_back(changes: dict[str, str], code: str) -> None:
    result = parsed(csv_file([LIST_ROW | changes]), Kind.DISHONEST_LIST)
    assert [entry.code for entry in result.quarantined] == [code]


def test_one_column_may_hold_any_code_of_a_listed_subject() -> None:
    row = dict(LIST_ROW) | {"名单名称": "失信被执行人", "认定部门": "市法院"}
    row["身份证号码/组织机构代码"] = row.pop("统一社会信用代码")
    for value, key in ((FIRM, "uscc"), (PERSON, "person_number"), (FIRM[8:17], "organisation_code"),
                       ("150300000012345", "registration_number")):  # fmt: skip
        result = parsed(csv_file([row | {"身份证号码/组织机构代码": value}]), Kind.DISHONEST_LIST)
        draft = result.rows[0].draft
        assert getattr(draft.keys, key) == value
        assert PERSON not in str(draft.fields)


def test_abnormal_list_rows() -> None:
    row = {
        "企业名称": "乌海市演示商贸有限公司", "统一社会信用代码": FIRM, "列入日期": "2023/07/01",
        "列入经营异常名录原因类型名称": "未按期公示年度报告", "列入决定机关名称": UNIT, "移出日期": "2023/09/01",
        "移出原因": "已补报", "移出决定机关名称": UNIT,
    }  # fmt: skip
    other = row | {"列入经营异常名录原因类型名称": "通过登记的住所无法联系"}
    result = parsed(csv_file([row, other]), Kind.ABNORMAL_LIST)
    first, second = (entry.draft for entry in result.rows)
    assert first.identity != second.identity  # type: ignore[union-attr]
    assert first.domains == ("market_regulation",)  # type: ignore[union-attr]
    assert first.ended_on == date(2023, 9, 1)  # type: ignore[union-attr]


def test_judgments_count_from_their_effective_date_only() -> None:
    row = {
        "主体名称": "乌海市演示商贸有限公司", "统一社会信用代码": FIRM, "案号": "(2023)内0302刑初1号",
        "罪名": "单位行贿罪", "审理法院": "市法院", "判决日期": "2023-05-01", "生效日期": "", "判决结果": "判处罚金",
    }  # fmt: skip
    pending = parsed(csv_file([row]), Kind.JUDGMENT)
    assert pending.rows[0].draft.effective_on is None  # type: ignore[union-attr]
    assert "judgment_not_effective" in {w.code for w in pending.warnings}
    effective = parsed(csv_file([row | {"生效日期": "2023-05-20"}]), Kind.JUDGMENT).rows[0].draft
    assert effective.effective_on == date(2023, 5, 20)  # type: ignore[union-attr]
    assert effective.identity == pending.rows[0].draft.identity  # type: ignore[union-attr]
    wrong = parsed(csv_file([row | {"生效日期": "2023-04-01"}]), Kind.JUDGMENT)
    assert wrong.quarantined[0].code == "date_order"


def test_coercion_rows() -> None:
    row = {
        "主体名称": "乌海市演示商贸有限公司", "统一社会信用代码": FIRM, "决定书文号": "乌市监强〔2024〕1号",
        "强制措施种类": "扣押", "决定机关": UNIT, "决定日期": "2024-02-01", "依据": "《行政强制法》", "内容": "扣押货物",
        "解除日期": "2024-02-20",
    }  # fmt: skip
    draft = parsed(csv_file([row]), Kind.COERCION).rows[0].draft
    assert draft.ended_on == date(2024, 2, 20)  # type: ignore[union-attr]
    assert draft.fields["强制措施种类"] == "扣押"


def test_repair_results_point_at_the_penalty() -> None:
    row = {
        "处罚机关代码": "", "处罚机关": UNIT, "决定书文号": "乌市监罚[2024]12号", "统一社会信用代码": FIRM,
        "修复状态": "已修复", "修复日期": "2024/06/01", "修复渠道": "信用中国", "决定文号": "修〔2024〕9号",
    }  # fmt: skip
    draft = parsed(csv_file([row]), Kind.REPAIR).rows[0].draft
    assert isinstance(draft, RepairDraft)
    assert draft.target == one().identity
    assert (draft.repair, draft.repaired_on, draft.channel) == (Repair.REPAIRED, date(2024, 6, 1), "信用中国")
    for changes in ({"修复状态": ""}, {"统一社会信用代码": ""}):
        assert parsed(csv_file([row | changes]), Kind.REPAIR).quarantined[0].code == "required_missing"


def test_a_unit_of_several_domains_still_takes_repairs() -> None:
    row = {
        "处罚机关": "市住建局",
        "决定书文号": "1号",
        "统一社会信用代码": FIRM,
        "修复状态": "已修复",
        "修复日期": "2024/06/01",
    }
    assert not parsed(csv_file([row]), Kind.REPAIR).quarantined


def test_excel_serials_and_numbers_as_text() -> None:
    grid = [list(HEADER), list(penalty(日期="45296", 文号="1号").values())]
    result = parsed(xlsx_file(grid))
    assert result.rows[0].draft.decided_on == date(2024, 1, 5)  # type: ignore[union-attr]
    assert "number_as_text" in {w.code for w in result.warnings}


NASTY = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=25),
    st.sampled_from(["=1+1", "@SUM(A1)", "+1", "-1", "\t", "\0", "无", "/", "0", "9" * 30, PERSON, FIRM, "1e999", "NaN", "∞",
                     "罚款" + "九" * 40 + "元", "二〇二四年一二月三四日", "〔待核对〕x", "�", '"', "a,b\nc"]),
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(HEADER), NASTY, max_size=6), min_size=1, max_size=4))
def test_any_cell_values_leave_every_row_in_one_place(changes: list[dict[str, str]]) -> None:
    try:
        result = parsed(csv_file([penalty(**change) for change in changes], header=HEADER))
    except MalformedInput as error:
        assert error.code == "csv_quote"
        return
    assert {p.code for entry in result.quarantined for p in entry.problems} <= QUARANTINE
    assert {w.code for w in result.warnings} <= WARNINGS
    for entry in result.rows:
        assert PERSON not in str(entry.draft.fields)


@settings(max_examples=120, deadline=None)
@given(st.sampled_from([k for k in Kind if k is not Kind.PENALTY]), st.data())
def test_any_cell_values_of_other_kinds_too(kind: Kind, data: st.DataObject) -> None:
    header = {
        Kind.DISHONEST_LIST: ["名单名称", "主体名称", "统一社会信用代码", "认定依据", "认定部门", "列入日期", "移出日期", "移出事由"],
        Kind.ABNORMAL_LIST: ["企业名称", "统一社会信用代码", "列入日期", "列入经营异常名录原因类型名称", "列入决定机关名称"],
        Kind.COERCION: ["主体名称", "统一社会信用代码", "决定书文号", "强制措施种类", "决定机关", "决定日期", "解除日期"],
        Kind.JUDGMENT: ["主体名称", "统一社会信用代码", "案号", "罪名", "审理法院", "判决日期", "生效日期"],
        Kind.REPAIR: ["处罚机关代码", "处罚机关", "决定书文号", "统一社会信用代码", "修复状态", "修复日期"],
        Kind.OTHER: ["主体名称", "统一社会信用代码", "信息类别", "决定机关", "决定日期", "内容"],
    }[kind]  # fmt: skip
    value = st.one_of(NASTY, st.sampled_from([UNIT, "2024-01-01", "已修复", "失信被执行人"]))
    rows = data.draw(st.lists(st.fixed_dictionaries(dict.fromkeys(header, value)), min_size=1, max_size=4))
    try:
        result = parsed(csv_file(rows), kind)
    except MalformedInput as error:
        assert error.code == "csv_quote"
        return
    assert {p.code for entry in result.quarantined for p in entry.problems} <= QUARANTINE

"""What the page says follows the rules R1 to R16 of the domain, for each kind of report."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.report import Environment, ReportContent
from signer.page import SPECIMEN, View, page_view
from tests.unit.signer import samples


def view(content: ReportContent, **extras: object) -> View:
    return page_view(content, samples.extras(content, **extras))


def words(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


@pytest.mark.parametrize(
    ("make", "sign", "headline"),
    [
        (samples.clean, "none", "范围内无记录"),
        (samples.with_records, "found", "范围内有记录 24 条"),
        (samples.repaired, "found", "范围内有记录 4 条"),
        (samples.narrowed, "none", "所选范围内无记录"),
        (samples.pending, "incomplete", "范围内未见记录，但有 1 个领域待核"),
        (samples.uncollected_everywhere, "incomplete", "所查领域数据均未归集，不作结论"),
    ],
)
def test_the_finding_is_told_in_one_line(make: Callable[[], ReportContent], sign: str, headline: str) -> None:
    finding = view(make())["finding"]
    assert isinstance(finding, dict)
    assert (finding["sign"], finding["headline"]) == (sign, headline)


def test_r1_a_narrowed_report_says_so_beside_the_finding_and_lists_what_was_left_out() -> None:
    page = view(samples.narrowed())
    assert isinstance(page["scope"], dict)
    assert isinstance(page["finding"], dict)
    assert words(page["finding"]["caution"]) == '"仅涵盖 3/40 领域（主体自选）"'
    narrowed = words(page["scope"]["narrowed"])
    assert "仅涵盖 3/40 领域（主体自选）" in narrowed
    assert "消防安全" in narrowed
    assert "未纳入2022年8月1日至2023年12月31日" in narrowed
    assert view(samples.clean())["scope"]["narrowed"] is None  # type: ignore[index, call-overload]


def test_r1_what_was_left_out_is_called_as_the_region_calls_it() -> None:
    page = view(samples.narrowed(), domain_names={"fire_safety": "消防救援"})
    narrowed = words(page["scope"]["narrowed"])  # type: ignore[index, call-overload]
    assert "消防救援" in narrowed
    assert "消防安全" not in narrowed


def test_r2_conclusion_and_data_state_are_two_fields() -> None:
    rows = {row["name"]: row for row in view(samples.pending())["domains"]}  # type: ignore[union-attr, index, call-overload, misc]
    assert (rows["税务"]["conclusion"], rows["税务"]["state_name"]) == ("none", "迟到")
    assert (rows["消防安全"]["conclusion"], rows["消防安全"]["state_name"]) == ("none_seen", "待核")
    assert (rows["档案管理"]["conclusion"], rows["档案管理"]["state_name"]) == (
        "none_drawn",
        "未归集（未承诺）",
    )
    assert rows["气象"]["state_name"] == "未归集（已承诺）"
    assert (rows["教育"]["from"], rows["教育"]["to"], rows["教育"]["units"]) == (
        "2021-01-01",
        "2026-11-15",
        "3/3",
    )
    assert rows["能源"]["why"] == "查询期前段数据未确认；查询期内有未确认时段"


def test_r8_demo_and_test_houses_always_print_specimen() -> None:
    assert view(samples.clean(environment=Environment.DEMO))["specimen"] == SPECIMEN
    assert view(samples.clean(environment=Environment.TEST))["specimen"] == "测试样本 非正式文件"
    production = samples.clean(environment=Environment.PRODUCTION)
    assert view(production)["specimen"] is None
    assert view(production, specimen=True)["specimen"] == SPECIMEN


def test_r9_equal_force_prints_only_where_the_region_says_so() -> None:
    assert "同等效力" not in words(view(samples.clean()))
    assert "同等效力" in words(view(samples.narrowed()))


def test_r9_trial_draft_and_history_are_flagged() -> None:
    assert view(samples.clean())["flags"] == ["试行", "依据为征求意见稿"]
    assert view(samples.narrowed())["flags"] == []
    assert "历史时点报告" in view(samples.trader())["flags"]  # type: ignore[operator]


def test_r9_the_cover_has_number_code_and_subject_in_groups() -> None:
    page = view(samples.clean())
    assert page["number_groups"] == ["150300", "20261120", "0A1B2C3D"]
    assert page["check"] == {"code": ["4829", "1337", "0562"], "host": samples.HOST}
    assert page["subject"]["uscc"] == ["91", "150302", "MA0N4F1F3", "X"]  # type: ignore[index, call-overload]
    assert page["subject"]["branches"] == "不含分支机构（无已知分支机构）"  # type: ignore[index, call-overload]
    assert "乌达分店" in words(view(samples.trader())["subject"])


@pytest.mark.parametrize(
    ("kind", "head"),
    [
        ("company", "法定代表人"),
        ("sole_trader", "经营者"),
        ("partnership", "执行事务合伙人"),
        ("branch", "负责人"),
    ],
)
def test_r9_whoever_acts_for_the_subject_is_called_as_in_the_register(kind: str, head: str) -> None:
    content = samples.clean()
    subject = replace(content.subject, kind=kind, legal_representative="王芳")
    facts = view(replace(content, subject=subject))["subject"]["facts"]  # type: ignore[index, call-overload]
    assert [head, "王芳"] in facts[0]


def test_r9_the_root_is_on_the_technical_page_and_its_start_on_every_page() -> None:
    content = samples.clean()
    page = view(content)
    assert page["fingerprint"] == [content.tree.root[i : i + 4] for i in (0, 4, 8, 12)]
    assert content.tree.root in words(page["technical"])
    cover = words([page[key] for key in ("subject", "scope", "until", "finding", "check")])
    assert content.tree.root not in cover
    assert str(content.status_idx) not in cover


def test_r11_no_validity_is_printed_without_days() -> None:
    assert view(samples.clean())["until"]["fresh_until"] is None  # type: ignore[index, call-overload]
    dated = samples.clean(fresh_until=datetime(2026, 12, 20, 16, 0, tzinfo=UTC))
    assert view(dated)["until"]["fresh_until"] == "2026年12月21日 00:00:00"  # type: ignore[index, call-overload]


def test_r10_totals_and_no_score() -> None:
    facts = dict(view(samples.repaired())["finding"]["facts"])  # type: ignore[index, call-overload, arg-type, misc]
    assert facts["金额合计"] == "罚款 9,000.00 元，没收 1,234.56 元"
    assert facts["其中"] == "已修复 2 条，已移出 1 条，异议处理中 1 条"
    assert "评分" not in words(view(samples.with_records())["finding"])


def test_a_record_stands_once_and_numbers_run_through() -> None:
    groups = view(samples.with_records())["records"]["groups"]  # type: ignore[index, call-overload]
    numbers = [record["number"] for _, records in groups for record in records]  # type: ignore[union-attr, index, call-overload, misc]
    assert numbers == list(range(1, 25))
    assert [len(records) for _, records in groups] == [22, 2]  # type: ignore[arg-type, union-attr, misc]


def test_a_summary_names_what_it_withholds_and_shows_no_value_of_it() -> None:
    summary, full = words(view(samples.with_records())), words(view(samples.with_records(full=True)))
    assert "违法事实" in summary
    assert "未明码标价" not in summary
    assert "未明码标价" in full


def test_the_title_breaks_before_its_bracket() -> None:
    assert view(samples.clean())["title"] == ["专用信用信息报告", "无违法违规记录证明版"]
    assert view(samples.clean(title="专项信用报告"))["title"] == ["专项信用报告"]
    assert view(samples.clean(title="（甲）报告"))["title"] == ["（甲）报告"]


def test_words_outside_the_catalogue_are_printed_as_they_are() -> None:
    base = samples.clean()
    profile = replace(base.scope.profile, kinds_counted=("novel-kind",), never_counted=("novel",))
    odd = replace(
        samples.record(0, "taxation", kind="novel-kind"),
        domains=("nowhere",),
        marks=("novel-mark",),
        fields=(),
    )
    content = replace(base, scope=replace(base.scope, profile=profile), records=(odd,))
    page = view(content)
    assert "novel-kind" in words(page["scope"])
    assert "novel-mark" in words(page["records"])

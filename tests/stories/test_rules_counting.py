"""R13 to R18: what is one record, what counts, and what never does."""

from __future__ import annotations

import pytest

from tests.world.clerk import Clerk, codes

pytestmark = pytest.mark.slow
NOT_HERE = {"行政相对人代码_1(统一社会信用代码)": ""}


@pytest.fixture(scope="module")
def wuhai(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    clerk = Clerk.found(tmp_path_factory.mktemp("counting"))
    clerk.register("双源", "同案", "机构码", "简易", "声明", "复议", "名单", "期满", "激励")
    return clerk


def test_one_penalty_from_two_sources_counts_once_and_one_number_may_name_two_subjects(wuhai: Clerk) -> None:
    first, second = (wuhai.penalty(who, "乌市监罚〔2024〕1号") for who in ("双源", "同案"))
    assert wuhai.send(first, second)["accepted"] == 2
    national = wuhai.penalty("双源", "乌市监罚（２０２４）1号", 数据来源单位="国家公共信用信息平台")
    assert wuhai.send(national, unit="development_reform")["accepted"] == 1
    for who in ("双源", "同案"):
        assert wuhai.issue(who).totals["records"] == 1
    assert wuhai.issue("双源").content["records"]["items"][0]["marks"] == ["double_source"]


def test_without_a_credit_code_the_organisation_code_hits_and_a_bare_name_never(wuhai: Clerk) -> None:
    organisation = wuhai.firms["机构码"][8:17]
    hit = wuhai.penalty("机构码", "乌市监罚〔2024〕2号", 行政相对人名称="旧名公司") | NOT_HERE
    hit["行政相对人代码_3(组织机构代码)"] = f"{organisation[:8]}-{organisation[8]}"
    bare = wuhai.penalty("机构码", "乌市监罚〔2024〕3号") | NOT_HERE
    assert wuhai.send(hit)["unmatched"] == 0
    assert wuhai.send(bare)["unmatched"] == 1
    report = wuhai.issue("机构码")
    assert list(report.marks) == ["乌市监罚〔2024〕2号"]
    assert report.pending == {"market_regulation"}


def test_simple_procedure_and_no_penalty_are_no_loopholes(wuhai: Clerk) -> None:
    large = {"罚款金额(万元)": "0.5", "处罚内容": "罚款5000元"}
    none = {"处罚类别": "不予处罚", "罚款金额(万元)": "0"}
    row = wuhai.penalty
    said = wuhai.send(
        row("简易", "简1号", 处罚程序="简易程序", **large),
        row("简易", "简2号", 处罚程序="简易程序"),
        row("简易", "简3号", 处罚程序="简易程序", 简易程序确认="是", **large),
        row("简易", "简4号", 处罚程序=""),
        row("简易", "免5号", **none | {"处罚内容": "对A行为不予行政处罚;对B行为罚款5000元"}),
        row("简易", "免6号", **none | {"处罚内容": "依法不予行政处罚"}),
    )
    assert said["accepted"] == 6
    report = wuhai.issue("简易")
    assert set(report.marks) == {"简1号", "简4号", "免5号"}
    assert "simple_over_ceiling" in report.marks["简1号"]
    assert report.marks["简4号"] == ["procedure_unstated"]
    assert report.totals["fine_fen"] == 1_200_000
    assert report.totals["by_category"] == {"fine": 3}


def test_an_attested_batch_without_simple_procedures_is_ordinary_by_declaration(wuhai: Clerk) -> None:
    said = wuhai.send(
        wuhai.penalty("声明", "声1号", 处罚程序=""),
        wuhai.penalty("声明", "声2号", 处罚程序="简易程序"),
        words=("--no-simple",),
    )
    assert codes(said) == [(3, "procedure_contradicts_batch")]
    report = wuhai.issue("声明")
    assert report.marks == {"声1号": ["procedure_declared"]}
    assert "普通程序（单位声明）" in report.text


def test_a_revoked_decision_leaves_and_a_suspended_one_is_marked(wuhai: Clerk) -> None:
    day = {"变更日期": "2024-06-01", "变更文号": "乌政复〔2024〕1号"}
    row = wuhai.penalty
    said = wuhai.send(
        row("复议", "复1号", 变更情形="撤销", **day),
        row("复议", "复2号", 变更情形="确认违法", **day),
        row("复议", "复3号", 变更情形="变更", **day),
        row("复议", "复4号", 变更情形="停止执行", **day),
        row("复议", "复5号", 变更情形="撤销"),
    )
    assert codes(said) == [(6, "required_missing")]
    report = wuhai.issue("复议")
    assert report.marks == {"复3号": ["review_changed"], "复4号": ["review_suspended"]}
    assert "乌政复〔2024〕1号" in report.text


def test_lists_of_several_domains_count_once_and_an_old_entry_stands_until_removed(wuhai: Clerk) -> None:
    entry = {
        "名单名称": "社会救助领域信用黑名单", "主体名称": wuhai.name("名单"), "认定部门": "海勃湾区人民政府",
        "统一社会信用代码": wuhai.firms["名单"], "认定依据": "", "列入日期": "2019-05-05", "列入事由": "骗取救助",
        "移出日期": "", "移出事由": "", "移出情形": "",
    }  # fmt: skip
    gone = {"移出日期": "2020-03-01", "移出事由": "期满"}
    later = {"列入日期": "2022-07-01", "移出日期": "2023-01-01", "移出事由": "期满", "移出情形": "移出"}
    said = wuhai.send(
        entry, entry | gone | {"列入日期": "2019-06-01"}, entry | later, entry | {"列入日期": "2022-08-01", "移出事由": "期满"},
        kind="dishonest-list", unit="海勃湾区人民政府",
    )  # fmt: skip
    assert codes(said) == [(5, "removal_date_missing")]
    report = wuhai.issue("名单")
    assert report.totals["by_kind"] == {"dishonest-list": 2}
    assert [item["marks"] for item in report.content["records"]["items"]] == [["removed"], ["still_listed"]]
    three = ["civil_affairs", "emergency_management", "healthcare_security"]
    assert [item["domains"] for item in report.content["records"]["items"]] == [three, three]
    assert report.totals["removed"] == 1
    assert "2023-01-01" in report.text


def test_ends_of_publication_delete_nothing_and_a_returned_repair_does_what_the_region_says(
    wuhai: Clerk,
) -> None:
    past = {"处罚决定日期": "2022-01-01", "公示截止期": "2023-01-01", "处罚有效期": "2023-01-01"}
    wuhai.send(wuhai.penalty("期满", "期1号", **past), wuhai.penalty("期满", "期2号", **past))
    assert wuhai.issue("期满").totals["records"] == 2
    repair = {
        "处罚机关代码": "", "处罚机关": "市市场监管局", "决定书文号": "期2号", "统一社会信用代码": wuhai.firms["期满"],
        "修复状态": "已修复", "修复日期": "2025-01-01", "修复渠道": "信用中国", "决定文号": "修1号",
    }  # fmt: skip
    said = wuhai.send(repair, repair | {"决定书文号": "期9号"}, kind="repair", unit="development_reform")
    assert codes(said) == [(3, "repair_target_missing")]
    report = wuhai.issue("期满")
    assert list(report.marks) == ["期1号"]
    assert report.pending == {"market_regulation"}
    wuhai.send(wuhai.penalty("期满", "期2号", **past, 备注="再次报送"))
    assert list(wuhai.issue("期满").marks) == ["期1号"]


def test_other_declared_kinds_are_checked_and_never_counted(wuhai: Clerk) -> None:
    row = {
        "信息类别": "守信激励名单", "主体名称": wuhai.name("激励"), "统一社会信用代码": wuhai.firms["激励"],
        "决定机关": "市市场监管局", "决定日期": "2024-01-01", "内容": "A级纳税人",
    }  # fmt: skip
    said = wuhai.send(row, row | {"信息类别": "没有的类别"}, kind="other")
    assert said["accepted"] == 1
    assert codes(said) == [(3, "list_unknown")]
    assert wuhai.issue("激励").totals["records"] == 0


@pytest.fixture(scope="module")
def shanxi(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    clerk = Clerk.found(tmp_path_factory.mktemp("judged"), "140000")
    clerk.register("判决", 法定代表人="赵一")
    return clerk


def test_a_judgment_counts_when_effective_and_never_for_whom_the_convicted_represents(shanxi: Clerk) -> None:
    court = "法院执行数源单位（演示）"
    row = {
        "主体名称": shanxi.name("判决"), "统一社会信用代码": shanxi.firms["判决"], "案号": "（2024）晋01刑初1号",
        "罪名": "虚开发票罪", "审理法院": court, "判决日期": "2024-01-05", "生效日期": "2024-02-01", "判决结果": "罚金",
    }  # fmt: skip
    said = shanxi.send(
        row,
        row | {"案号": "（2024）晋01刑初2号", "生效日期": ""},
        row | {"案号": "（2024）晋01刑初3号", "生效日期": "2999-01-01"},
        row | {"案号": "（2024）晋01刑初4号", "主体名称": "赵一"},
        kind="judgment",
        unit=court,
    )
    assert codes(said) == [(5, "judgment_names_person")]
    report = shanxi.issue("判决")
    assert list(report.marks) == ["（2024）晋01刑初1号"]
    assert report.pending == {"court_enforcement"}

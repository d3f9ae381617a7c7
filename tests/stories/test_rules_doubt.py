"""R1 to R4 and R10: what a report may say when something is missing, doubtful or left out."""

from __future__ import annotations

import pytest

from tests.world.clerk import Clerk, codes, fine

pytestmark = pytest.mark.slow
MARKET = "demo_market_regulation"
TODAY_ENOUGH = "2026-11-20"


@pytest.fixture(scope="module")
def wuhai(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    clerk = Clerk.found(tmp_path_factory.mktemp("doubt"))
    clerk.register("坏日期", "不明机关", "同名", "错代码", "税号", "错栏", "旧税号", "教育", "法院", "无事")
    return clerk


@pytest.fixture(scope="module")
def shanxi(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    clerk = Clerk.found(tmp_path_factory.mktemp("choice"), "140000")
    clerk.register("消防", "零报")
    return clerk


@pytest.fixture(scope="module")
def sent(wuhai: Clerk) -> Clerk:
    code, name = wuhai.firms, wuhai.name
    wrong = code["错代码"][:-1] + ("A" if code["错代码"][-1] != "A" else "B")
    said = wuhai.send(
        wuhai.penalty("坏日期", "乌市监罚〔2024〕1号", 处罚决定日期="2024/13/45"),
        wuhai.penalty("不明机关", "乌市监罚〔2024〕2号", 处罚机关="赤峰市某某局"),
        fine("乌市监罚〔2024〕3号", "", name("同名")),
        fine("乌市监罚〔2024〕4号", wrong, "别名公司"),
        fine("乌市监罚〔2024〕5号", "", "别名公司", **{"行政相对人代码_4(税务登记号)": code["税号"]}),
        fine("乌市监罚〔2024〕6号", "", "别名公司", **{"行政相对人代码_3(组织机构代码)": code["错栏"]}),
        fine(
            "乌市监罚〔2024〕7号", "", "别名公司", 处罚决定日期="某日",
            **{"行政相对人代码_4(税务登记号)": "150302" + code["旧税号"][8:17]},
        ),
    )  # fmt: skip
    assert codes(said) == [(2, "date_unreadable"), (3, "unit_unknown"), (5, "uscc_check_digit"), (8, "date_unreadable")]  # fmt: skip
    assert said["unmatched"] == 1
    return wuhai


@pytest.mark.parametrize("short", ["坏日期", "同名", "错代码", "旧税号"])
def test_a_doubtful_row_that_names_it_by_name_or_any_code_sets_its_domain_to_pending(
    sent: Clerk, short: str
) -> None:
    report = sent.issue(short)
    assert report.pending == {"market_regulation"}
    assert report.totals["records"] == 0
    assert report.verdict["content"]["state"] == "incomplete"
    assert "有1个领域待核" in report.text
    assert "乌市监罚" not in report.text


def test_a_row_of_an_unknown_authority_casts_doubt_on_every_domain(sent: Clerk) -> None:
    assert len(sent.issue("不明机关").pending) == 31


@pytest.mark.parametrize("short", ["税号", "错栏"])
def test_a_credit_code_in_the_column_of_another_code_is_that_subject_s(sent: Clerk, short: str) -> None:
    assert sent.issue(short).totals["records"] == 1


def test_what_no_domain_of_the_unit_gathers_goes_back_instead_of_counting_nowhere(wuhai: Clerk) -> None:
    listed = {
        "名单名称": "教育黑名单", "主体名称": wuhai.name("教育"), "统一社会信用代码": wuhai.firms["教育"],
        "认定依据": "", "认定部门": "市教育局", "列入日期": "2024-05-05", "列入事由": "违规办学",
    }  # fmt: skip
    assert codes(wuhai.send(listed, kind="dishonest-list", unit="市教育局")) == [(2, "kind_not_gathered")]
    assert wuhai.issue("教育").pending == {"education"}
    court = wuhai.penalty("法院", "乌法罚〔2024〕1号", 处罚机关="乌海市中级人民法院")
    assert codes(wuhai.send(court, unit="court")) == [(2, "kind_not_gathered")]
    assert wuhai.issue("法院").pending == {"court_enforcement"}


def test_nothing_attested_gives_no_conclusion(wuhai: Clerk) -> None:
    report = wuhai.issue("无事")
    assert {line["conclusion"] for line in report.content["domains"]} == {None}
    assert "所查领域数据均未归集，不作结论" in report.text
    assert "范围内无记录" not in report.text.split("各领域查询结果")[0]


def test_one_fire_safety_penalty_left_out_is_nowhere_plain_green(shanxi: Clerk) -> None:
    fire = "消防救援数源单位（演示）"
    row = shanxi.penalty("消防", "晋消罚〔2024〕1号", 处罚机关=fire, 数据来源单位=fire)
    assert shanxi.send(row, unit=fire)["accepted"] == 1
    report = shanxi.issue("消防", "--domains", "taxation,market_regulation")
    scope = report.content["scope"]
    assert scope["narrowed"] is True
    assert "fire_safety" in scope["omitted"]
    assert len(scope["omitted"]) == 38
    assert report.text.count("仅涵盖2/40领域（主体自选）") >= 2
    assert "未纳入38个领域" in report.text
    assert report.verdict["report"]["scope"]["narrowed"] is True
    code, said = shanxi.commands.show("verify", str(report.path), "--lang", "zh")
    assert code == 0
    assert "仅涵盖 2/40 领域（主体自选）" in said


def test_years_left_out_at_either_end_are_listed(shanxi: Clerk) -> None:
    report = shanxi.issue("消防", "--from", "2025-01-01", "--to", "2025-12-31")
    assert report.content["scope"]["narrowed"] is True
    assert "未纳入2022年8月1日至2024年12月31日" in report.text
    assert "未纳入2026年1月1日至" in report.text


def test_a_domain_is_as_complete_as_the_days_its_units_attested(shanxi: Clerk) -> None:
    for kind in ("coercion", "dishonest-list", "judgment"):
        shanxi.nil(kind, "2022-08-01", TODAY_ENOUGH, MARKET)
    shanxi.nil("penalty", "2023-01-01", "2025-12-31", MARKET)
    line = shanxi.issue("零报", "--domains", "market_regulation").domain("market_regulation")
    assert line["conclusion"] == "none"
    assert line["data_state"] == "partial"
    assert {"window_start_not_covered", "unit_late"} <= set(line["data_reasons"])
    assert {"unit": MARKET, "kind": "penalty", "from": "2023-01-01", "to": "2025-12-31"}.items() <= next(
        interval for interval in line["intervals"] if interval["kind"] == "penalty"
    ).items()
    shanxi.nil("penalty", "2022-08-01", "2022-12-31", MARKET)
    report = shanxi.issue("零报", "--domains", "market_regulation,taxation")
    assert report.domain("market_regulation")["data_state"] == "late"
    assert report.domain("taxation")["conclusion"] is None
    assert "有1个领域未归集，不作结论" in report.text
    assert "张三" not in report.text + str(report.content)


def test_a_nil_report_says_until_when_and_never_into_the_future(shanxi: Clerk) -> None:
    words = ("ingest", "--nil", "--unit", MARKET, "--kind", "penalty", "--by", "张三")
    assert shanxi.commands.call(*words, codes=(2,)).only["error"] == "nil_needs_through"
    future = shanxi.commands.call(*words, "--through", "2999-01-01", codes=(2,)).only
    assert future["error"] == "through_in_future"


def test_totals_are_counts_and_sums_and_never_a_score(sent: Clerk) -> None:
    report = sent.issue("税号")
    assert set(report.totals) == {
        "records", "by_kind", "by_category", "fine_fen", "confiscated_fen", "latest_date", "repaired", "removed",
        "objected",
    }  # fmt: skip
    assert "不进行评分或等级评定" in report.text

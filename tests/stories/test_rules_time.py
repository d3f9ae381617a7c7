"""R9, R11 and R12: states, phases, validity, and no backdating."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from random import Random

import pytest

from scripts.demo_data.codes import uscc
from tests.world.clerk import OPERATOR, Clerk, firm, table
from tests.world.world import region_file

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wuhai(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    clerk = Clerk.found(tmp_path_factory.mktemp("time"))
    clerk.register("当前", "总店")
    return clerk


@pytest.mark.parametrize("state", ["注销", "已注销", "注销登记", "企业注销", "吊销，已注销", "吊销并注销"])
def test_a_deregistered_subject_is_refused(wuhai: Clerk, state: str) -> None:
    code = uscc(Random(state), "150302", "91")
    wuhai.register_rows(firm(f"{state}公司", code, 登记状态=state))
    assert wuhai.refused(code)["error"] == "subject_deregistered"


@pytest.mark.parametrize("state", ["吊销", "吊销，未注销", "被吊销营业执照"])
def test_a_revoked_subject_gets_a_report_that_says_so(wuhai: Clerk, state: str) -> None:
    code = uscc(Random(state), "150302", "91")
    wuhai.register_rows(firm(f"{state}公司", code, 登记状态=state))
    report = wuhai.issue(code)
    assert "登记状态△吊销" in report.text
    assert report.content["subject"]["registered_state"] == "吊销"


def test_wuhai_prints_trial_and_draft_no_validity_no_equal_force_and_known_branches(wuhai: Clerk) -> None:
    branch = firm("总店商贸有限公司海南区分公司", uscc(Random(9), "150303", "91"), 主体类型="分公司")
    header = (*branch, "总公司统一社会信用代码")
    rows = [branch | {"总公司统一社会信用代码": wuhai.firms["总店"]}]
    wuhai.commands.call("subjects", "import", wuhai.file(table(header, rows)))
    report = wuhai.issue("总店")
    cover = report.text.split("各领域查询结果")[0]
    assert "试行" in cover
    assert "征求意见稿" in cover
    assert "不含分支机构（已知分支机构1家：总店商贸有限公司海南区分公司）" in cover
    assert "同等效力" not in report.text
    assert "有效期至" not in report.text
    assert report.content["fresh_until"] is None
    assert "演示样本非正式文件" in cover


def test_a_past_instant_needs_an_operator_and_a_reason_and_is_logged_and_printed(wuhai: Clerk) -> None:
    before = datetime.now(UTC).isoformat()
    assert wuhai.send(wuhai.penalty("当前", "时1号"))["accepted"] == 1
    words = ("--as-of", before)
    assert wuhai.refused("当前", *words)["error"] == "as_of_needs_reason"
    assert wuhai.refused("当前", *words, "--by", OPERATOR, "--reason", " ")["error"] == "as_of_needs_reason"
    stranger = wuhai.refused("当前", *words, "--by", "李四", "--reason", "法院调取")
    assert stranger["error"] == "not_an_operator"
    asked = ("--by", OPERATOR, "--reason", "法院调取")
    assert wuhai.refused("当前", "--as-of", "2999-01-01T00:00:00Z", *asked)["error"] == "as_of_in_future"
    past = wuhai.issue("当前", *words, *asked)
    assert past.totals["records"] == 0
    assert past.content["historical"] is True
    assert "历史时点报告" in past.text
    (event,) = wuhai.commands.call("show", past.said["number"]).only["events"]
    assert (event["actor"], event["act"], event["reason"]) == (OPERATOR, "historical_report", "法院调取")
    now = wuhai.issue("当前")
    assert now.totals["records"] == 1
    assert "历史时点" not in now.text
    assert past.verdict["code"] == "ok", "a newer report supersedes no older one"


def _version(version: str, phases: str, more: str = "") -> bytes:
    """The region file with other phases and, at the end of its service group, one more line."""
    text = re.sub(
        r'^version = ".*?"', f'version = "{version}"', region_file("140000").decode(), count=1, flags=re.M
    )
    head, _, rest = text.partition("[[phases]]")
    text = f"{head}{phases}\n\n# ----{rest.partition('# ----')[2]}"
    return text.replace('review = "automatic"\n', f'review = "automatic"\n{more}', 1).encode()


def test_phases_and_days_of_validity_are_the_region_s(tmp_path_factory: pytest.TempPathFactory) -> None:
    shanxi = Clerk.found(tmp_path_factory.mktemp("phases"), "140000")
    shanxi.register("甲")
    report = shanxi.issue("甲")
    assert "试行" not in report.text.split("报告说明")[0]
    assert "电子版与纸质版具有同等效力" in report.text
    early = _version("a", '[[phases]]\nfrom = 2099-01-01\nname = "full"')
    shanxi.commands.call("region", "add", shanxi.file(early, "early.toml"))
    assert shanxi.refused("甲")["error"] == "phase_not_started"
    trial = _version("b", '[[phases]]\nfrom = 2025-09-01\nname = "trial"', "validity_days = 30\n")
    shanxi.commands.call("region", "add", shanxi.file(trial, "trial.toml"))
    report = shanxi.issue("甲")
    assert report.content["phase"] == "trial"
    assert "试行" in report.text.split("信用主体")[0]
    assert "有效期至" in report.text
    fresh_until = datetime.fromisoformat(report.content["fresh_until"])
    assert (fresh_until - datetime.fromisoformat(report.content["as_of"])).days == 30
    assert json.dumps(report.said["fresh_until"])

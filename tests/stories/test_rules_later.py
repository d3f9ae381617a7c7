"""R21: checking an old file shows what became known later of what that file itself shows, and no more."""

from __future__ import annotations

import hashlib

import pytest

from tests.world.clerk import Clerk


@pytest.fixture(scope="module")
def wuhai(tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    clerk = Clerk.found(tmp_path_factory.mktemp("later"))
    clerk.register("甲", "乙")
    return clerk


def test_repairs_and_corrections_stand_beside_the_verdict_and_the_file_stays(wuhai: Clerk) -> None:
    day = {"处罚决定日期": "2024-01-01"}
    wuhai.send(*(wuhai.penalty("甲", f"后{place}号", **day) for place in (1, 2, 3)))
    old = wuhai.issue("甲")
    before = hashlib.sha256(old.path.read_bytes()).hexdigest()
    assert wuhai.commands.call("verify", str(old.path)).only["overlay"] == []
    repair = {
        "处罚机关代码": "", "处罚机关": "市市场监管局", "决定书文号": "后1号", "统一社会信用代码": wuhai.firms["甲"],
        "修复状态": "已修复", "修复日期": "2025-01-01", "修复渠道": "信用中国", "决定文号": "修1号",
    }  # fmt: skip
    wuhai.send(repair, kind="repair", unit="development_reform")
    wuhai.send(wuhai.penalty("甲", "后2号", **day, 备注="更正"))
    told = wuhai.commands.call("verify", str(old.path), codes=(0, 3)).only
    found = {item["code"]: item for item in told["overlay"]}
    assert {code: item["count"] for code, item in found.items()} == {"repaired": 1, "corrected": 1}
    # A full report shows its records singly, so the reader learns which; a summary gives the count alone.
    places = list(old.marks)
    assert [places[leaf] for leaf in found["repaired"]["leaves"]] == ["后1号"]
    assert set(found["repaired"]) == {"code", "count", "leaves"}
    assert hashlib.sha256(old.path.read_bytes()).hexdigest() == before
    then = wuhai.commands.call("verify", str(old.path), "--at", told["report"]["as_of"], codes=(0, 1, 3))
    assert then.only["overlay"] == []


def test_another_subjects_news_stand_nowhere(wuhai: Clerk) -> None:
    wuhai.send(wuhai.penalty("乙", "乙1号"))
    old = wuhai.issue("乙", "--variant", "summary")
    wuhai.send(wuhai.penalty("甲", "甲9号"))
    assert wuhai.commands.call("verify", str(old.path)).only["overlay"] == []
    wuhai.send(wuhai.penalty("乙", "乙1号", 备注="更正"))
    (only,) = wuhai.commands.call("verify", str(old.path), codes=(0, 3)).only["overlay"]
    assert only == {"code": "corrected", "count": 1, "leaves": []}

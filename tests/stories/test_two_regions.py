"""The same facts in two regions: what one counts, the other does not."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

import pytest

from records.regions import load_region
from scripts.commands import CommandFailed
from scripts.demo_data.bureaus import bureaus_of
from scripts.demo_data.codes import uscc
from scripts.demo_data.files import as_csv
from scripts.demo_data.lists import SUBJECT_COLUMNS
from scripts.demo_data.penalties import Wish, penalty
from scripts.demo_data.subjects import SHANXI, WUHAI
from tests.world.world import TODAY, World, region_file

pytestmark = pytest.mark.slow
DAY = date(2025, 3, 3)


@pytest.fixture(scope="module", params=[WUHAI, SHANXI], ids=["wuhai", "shanxi"])
def bare(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> World:
    return World.build(tmp_path_factory.mktemp("bare"), place=request.param, penalties=0)


def _is_wuhai(world: World) -> bool:
    return world.house.region == WUHAI.region


def _fined(world: World, role: str, **wish: Any) -> dict[str, Any]:
    """The signed content of a report after one penalty of the market authority."""
    draw = Random(role)
    bureau = next(
        b
        for b in bureaus_of(draw, load_region(region_file(world.house.region)))
        if b.domain == "market_regulation" and "penalty" in b.kinds
    )
    row = penalty(draw, bureau, world.subject(role), draw.randint(1, 9999), Wish(**wish), TODAY)
    said = world.send("penalty", bureau.name, [row])
    assert said["accepted"] == 1, said
    return world.content(world.issue(role))


def test_a_simple_procedure_counts_in_one_and_not_in_the_other(bare: World) -> None:
    content = _fined(bare, "clean", decided_on=DAY, procedure="简易程序", category="罚款", fine_yuan=500)
    assert content["totals"]["records"] == (0 if _is_wuhai(bare) else 1)


def test_a_decision_of_june_2021_counts_where_the_look_back_reaches_it(bare: World) -> None:
    content = _fined(
        bare, "records", decided_on=date(2021, 6, 1), procedure="普通程序", category="罚款", fine_yuan=900
    )
    assert content["totals"]["records"] == (1 if _is_wuhai(bare) else 0)


def test_no_penalty_counts_nowhere(bare: World) -> None:
    content = _fined(bare, "repaired", decided_on=DAY, procedure="普通程序", category="不予处罚")
    assert content["totals"]["records"] == 0


def test_a_repaired_record_is_marked_or_hidden_by_the_region_s_dated_rule(bare: World) -> None:
    wish = {"decided_on": DAY, "procedure": "普通程序", "category": "罚款", "fine_yuan": 2000}
    content = _fined(bare, "pending", **wish, repaired_on=date(2025, 9, 1))
    if _is_wuhai(bare):
        assert content["totals"]["records"] == 0
        return
    (item,) = content["records"]["items"]
    assert "repaired" in item["marks"]
    assert content["totals"]["repaired"] == 1


def test_each_refuses_whom_its_plan_does_not_name(bare: World) -> None:
    place = WUHAI if _is_wuhai(bare) else SHANXI
    district = place.districts[0]
    if _is_wuhai(bare):
        code, kind, registrar = uscc(Random(1), district[0], "12"), "事业单位", "乌海市事业单位登记管理局"
    else:
        code, kind, registrar = (
            uscc(Random(1), "130102", "91"),
            "有限责任公司",
            "石家庄市长安区市场监督管理局",
        )
    residence = "乌海市海勃湾区人民路1号" if _is_wuhai(bare) else "石家庄市长安区人民路1号"
    row = ["演示单位", code, kind, "王芳", "2010-01-01", residence, registrar, "存续"]
    bare.import_subjects(as_csv(SUBJECT_COLUMNS, [row]))
    with pytest.raises(CommandFailed, match="ended with 1"):
        bare.commands.call("issue", code, "--purpose", "投标", "--out", str(bare.home.parent / "no.pdf"))
    assert not (bare.home.parent / "no.pdf").exists()


def test_own_choice_of_domains_only_where_the_plan_allows_it(bare: World) -> None:
    words = ("--domains", "market_regulation,taxation")
    if _is_wuhai(bare):
        with pytest.raises(CommandFailed, match="ended with 1"):
            bare.issue("trader", *words)
        return
    pdf = bare.issue("trader", *words)
    verdict = bare.verify(str(pdf))
    assert verdict["report"]["scope"]["narrowed"] is True
    assert len(verdict["report"]["scope"]["omitted"]) == 38

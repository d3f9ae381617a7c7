"""Rule R19: units are a tree; a row maps by its authority, never nowhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.model import Kind
from records.region_model import Serves, UnitEntry
from records.units import Mapped, UnitIndex, Unmapped, index_of, map_row
from tests.unit.records.making import LONG_AGO, NOW, SHANXI, THIRD, WUHAI

INDEX = UnitIndex(WUHAI)


def mapped(**row) -> Mapped:
    found = INDEX.map_row(**{"kind": "penalty", **row})
    assert isinstance(found, Mapped), found
    return found


def unmapped(**row) -> Unmapped:
    found = INDEX.map_row(**{"kind": "penalty", **row})
    assert isinstance(found, Unmapped), found
    return found


def test_a_branch_of_a_bureau_in_a_district():
    for name in ("乌海市公安局海勃湾分局", "乌海市公安局海勃湾区分局", "乌海市公安局 海勃湾分局"):
        assert mapped(unit_name=name) == Mapped(
            unit_id="haibowan.public_security", domains=("public_security",)
        )
    unit = INDEX.unit("haibowan.public_security")
    assert unit is not None
    assert (unit.parent, unit.district) == ("public_security", "haibowan")


def test_an_office_nobody_named_falls_back_to_its_district():
    name = "海南区综合行政执法局"
    waiting = unmapped(unit_name=name)
    assert (waiting.problem, waiting.unit_id) == ("domain_ambiguous", "hainan")
    assert len(waiting.candidates) == 29
    assert mapped(unit_name=name, row_domain="住建").domains == ("housing_construction",)
    assert mapped(unit_name="乌海市" + name, basis="《中华人民共和国消防法》第六十条").domains == (
        "fire_safety",
    )


def test_a_station_belongs_to_the_bureau_in_front_of_its_name():
    assert mapped(unit_name="乌海市公安局交通管理支队").unit_id == "public_security"
    assert mapped(unit_name="乌海市公安局海勃湾分局滨河派出所").unit_id == "haibowan.public_security"


def test_a_name_that_is_no_authority_is_unknown():
    for name in ("海南区某某商贸有限公司", "火星市税务局", "", "局"):
        assert unmapped(unit_name=name).problem == "unit_unknown"


def test_the_code_goes_before_the_name():
    added = UnitEntry(id="taxation", names=("税务局",), uscc="11150300MB1234567X", recorded_at=LONG_AGO)
    found = map_row(WUHAI, [added], uscc="11150300MB1234567X", unit_name="乌海市公安局", kind="penalty")
    assert found == Mapped(unit_id="taxation", domains=("taxation",))


def test_a_unit_of_two_domains_is_decided_by_the_row():
    name = "乌海市住房和城乡建设局"
    assert unmapped(unit_name=name).candidates == ("housing_construction", "fire_safety")
    assert mapped(unit_name=name, row_domain="消防安全").domains == ("fire_safety",)
    assert mapped(unit_name=name, row_domain="住建、消防安全").domains == (
        "housing_construction",
        "fire_safety",
    )
    assert mapped(unit_name=name, behaviour="消防设施未保持完好有效").domains == ("fire_safety",)
    assert mapped(unit_name=name, basis="《建设工程质量管理条例》").domains == ("housing_construction",)
    both = "《建设工程质量管理条例》《中华人民共和国消防法》"
    assert unmapped(unit_name=name, basis=both).problem == "domain_ambiguous"


def test_a_domain_nobody_knows_or_the_unit_does_not_serve():
    assert unmapped(unit_name="市税务局", row_domain="航天").problem == "domain_unknown"
    other = unmapped(unit_name="市税务局", row_domain="教育")
    assert (other.problem, other.candidates) == ("domain_ambiguous", ("education", "taxation"))


def test_lists_belong_to_domains_through_their_unit():
    row = {"kind": "dishonest-list", "list_name": "社会救助领域信用黑名单"}
    assert mapped(unit_name="市民政局", **row).domains == ("civil_affairs",)
    assert mapped(unit_name="市医保局", **row).domains == ("healthcare_security",)
    # The district as a whole answers for all of them: the list belongs to each, and counts once in totals.
    assert mapped(unit_name="乌达区人民政府", **row).domains == (
        "civil_affairs",
        "emergency_management",
        "healthcare_security",
    )
    assert unmapped(unit_name="市税务局", **row).problem == "domain_ambiguous"
    assert (
        unmapped(unit_name="市税务局", kind="dishonest-list", list_name="某某名单").problem == "list_unknown"
    )
    alias = mapped(unit_name="市法院", kind="dishonest-list", list_name="失信被执行人名单")
    assert alias.domains == ("court_enforcement",)


def test_abnormal_list_belongs_to_market_regulation_alone():
    assert mapped(unit_name="乌海市海南区市场监督管理局", kind="abnormal-list").domains == (
        "market_regulation",
    )
    assert mapped(unit_name="海南区人民政府", kind="abnormal-list").domains == ("market_regulation",)


def test_a_kind_the_region_does_not_gather_is_kept_under_its_unit():
    assert mapped(unit_name="市公安局", kind="coercion").domains == ("public_security",)


def test_without_named_lists_every_list_of_the_unit_is_taken():
    unit = UnitEntry(id="tax", names=("某税务局(演示)",), serves=(Serves(domain="taxation"),), invented=True)
    found = map_row(SHANXI, [unit], unit_name="某税务局(演示)", kind="dishonest-list", list_name="任何名单")
    assert found == Mapped(unit_id="tax", domains=("taxation",))
    assert map_row(SHANXI, [], unit_name="某税务局(演示)", kind="penalty") == Unmapped(problem="unit_unknown")


def test_an_unknown_name_assigned_once_maps_from_then_on():
    name = "海勃湾区某某监管组"
    assert unmapped(unit_name=name).problem == "unit_unknown"
    assigned = UnitEntry(id="haibowan.education", names=(name,), recorded_at=NOW)
    assert map_row(WUHAI, [assigned], unit_name=name, kind="penalty") == Mapped(
        unit_id="haibowan.education", domains=("education",)
    )


def test_additions_go_by_what_was_known():
    early = UnitEntry(
        id="x", names=("甲局",), serves=(Serves(domain="taxation"),), recorded_at=LONG_AGO, superseded_at=NOW
    )
    late = replace(early, names=("乙局",), recorded_at=NOW, superseded_at=None)
    before = index_of(WUHAI, [early, late], NOW - timedelta(seconds=1))
    assert before.find("甲局") is not None
    assert before.find("乙局") is None
    after = index_of(WUHAI, [early, late])
    assert after.find("甲局") is None
    assert after.find("乙局") is not None


@pytest.mark.parametrize("region", [WUHAI, SHANXI, THIRD], ids=["wuhai", "shanxi", "third"])
@given(
    name=st.text(max_size=30),
    kind=st.sampled_from(sorted(Kind)),
    list_name=st.none() | st.text(max_size=10),
    row_domain=st.none() | st.text(max_size=10),
    basis=st.none() | st.text(max_size=20),
)
def test_every_row_is_mapped_or_has_a_problem(region, name, kind, list_name, row_domain, basis):
    found = map_row(
        region, [], unit_name=name, kind=kind, list_name=list_name, row_domain=row_domain, basis=basis
    )
    if isinstance(found, Mapped):
        assert found.domains
    else:
        assert found.problem in {"unit_unknown", "domain_ambiguous", "domain_unknown", "list_unknown"}

"""The content of a report: what it says, what it leaves out and says so, and that it is the same each time."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given as given_
from hypothesis import settings
from hypothesis import strategies as st

from domain import disclosure, report_json
from domain.errors import MalformedInput, Refused
from domain.report import Conclusion, DataState, ShownField, Variant, WithheldField
from records.compose import compose
from records.model import Category, Kind, Provenance, Repair
from records.region_model import Serves, UnitEntry
from tests.unit.records.making import (
    COMPANY,
    LOCAL,
    NOW,
    SHANXI,
    THIRD,
    TODAY,
    WUHAI,
    composed,
    doubt,
    given,
    listing,
    penalty,
    uid,
)

SCHEMA = Path(__file__).parents[3] / "templates/schemas/report-1.schema.json"
FIRE = penalty(subject=LOCAL.id)


def test_a_fine_in_a_domain_left_out_never_looks_plainly_clean():
    chosen = tuple(domain for domain in SHANXI.domain_ids if domain != "fire_safety")
    content = composed(SHANXI, [FIRE], domains=chosen).content
    assert content.scope.narrowed
    assert content.scope.omitted == ("fire_safety",)
    assert content.totals.records == 0
    assert "fire_safety" not in {line.id for line in content.domains}
    assert "消防车通道" not in report_json.encode(content).decode()
    whole = composed(SHANXI, [FIRE]).content
    assert not whole.scope.narrowed
    assert whole.scope.omitted == ()
    assert whole.totals.records == 1


def test_a_window_cut_short_is_narrowed_too():
    for cut in ({"window_from": date(2024, 6, 1)}, {"window_to": date(2024, 5, 5)}):
        content = composed(SHANXI, [FIRE], **cut).content
        assert content.scope.narrowed
        assert content.totals.records == 0
    assert content.scope.window_default_from == date(2022, 8, 1)


def test_choosing_everything_is_no_choice():
    content = composed(WUHAI, domains=WUHAI.domain_ids, window_from=date(2021, 1, 1), window_to=TODAY).content
    assert not content.scope.narrowed


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"domains": ("fire_safety",)}, "choice_not_allowed"),
        ({"window_from": date(2024, 1, 1)}, "choice_not_allowed"),
        ({"domains": ()}, "request_domains_empty"),
        ({"domains": ("tobacco",)}, "request_domain_unknown"),
    ],
)
def test_what_may_not_be_chosen_in_wuhai(changes, code):
    with pytest.raises((Refused, MalformedInput)) as caught:
        composed(WUHAI, **changes)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"window_from": date(2022, 7, 31)}, "window_before_look_back"),
        ({"window_to": TODAY + timedelta(days=1)}, "window_after_as_of"),
        ({"window_from": date(2024, 2, 2), "window_to": date(2024, 2, 1)}, "window_reversed"),
        ({"as_of": NOW + timedelta(seconds=1)}, "as_of_in_future"),
    ],
)
def test_windows_that_cannot_be(changes, code):
    with pytest.raises((Refused, MalformedInput)) as caught:
        composed(SHANXI, **changes)
    assert caught.value.code == code


def test_eligibility_stands_before_everything():
    with pytest.raises(Refused, match="not_eligible"):
        composed(WUHAI, subject=replace(COMPANY, kind="institution"))
    with pytest.raises(Refused, match="not_eligible"):
        composed(SHANXI, subject=COMPANY)


def test_totals_count_a_record_once_and_each_of_its_categories():
    rows = [
        penalty("a", categories=(Category.FINE, Category.CONFISCATE_GAINS), fine_fen=100, confiscated_fen=7),
        penalty(
            "b",
            categories=(Category.NO_PENALTY, Category.FINE),
            fine_fen=50,
            decided_on=date(2025, 2, 3),
            objected=True,
        ),
        listing(
            "c",
            list_name="社会救助领域信用黑名单",
            domains=("civil_affairs", "emergency_management"),
            ended_on=date(2025, 3, 4),
        ),
    ]
    content = composed(WUHAI, rows).content
    totals = content.totals
    assert totals.records == 3
    assert totals.by_kind == {"dishonest-list": 1, "penalty": 2}
    assert totals.by_category == {"confiscate_gains": 1, "fine": 2}
    assert (totals.fine_fen, totals.confiscated_fen) == (150, 7)
    assert totals.latest_date == date(2025, 2, 3)
    assert (totals.repaired, totals.removed, totals.objected) == (0, 1, 1)
    counts = {line.id: line.records for line in content.domains if line.records}
    assert counts == {"fire_safety": 2, "civil_affairs": 1, "emergency_management": 1}
    assert {line.id for line in content.domains if line.conclusion is Conclusion.FOUND} == set(counts)


def test_a_kind_counts_only_in_domains_that_consist_of_it():
    stray = listing(domains=("education", "fire_safety"))
    (item,) = composed(WUHAI, [stray]).content.records
    assert item.domains == ("fire_safety",)
    assert composed(WUHAI, [listing(domains=("education",))]).content.totals.records == 0


def test_repaired_records_are_shown_marked_where_the_region_says_so():
    row = penalty(repair=Repair.REPAIRED, repaired_on=date(2025, 1, 1))
    content = composed(SHANXI, [row]).content
    assert content.totals.repaired == content.totals.records == 1
    assert content.records[0].marks == ("repaired",)
    assert content.scope.profile.repair_regime == "show_marked"
    assert composed(WUHAI, [row]).content.totals.records == 0


def test_the_same_penalty_twice_counts_once_with_both_sources():
    source = Provenance(
        batch=uid("batch"),
        unit="fire_rescue",
        file_sha256="00" * 32,
        row=2,
        received_at=NOW,
        confirmed_by="李明",
    )
    own = penalty("a", identity="x", provenance=(source,))
    again = penalty("b", identity="x", provenance=(replace(source, unit="national_platform"),))
    found = composed(WUHAI, [again, own])
    assert found.content.totals.records == 1
    assert found.content.records[0].marks == ("double_source",)
    assert set(found.versions[0]) == {own.version, again.version}


def test_sealed_records_leave_no_trace():
    sealed = [penalty("a", public_security=True, fine_fen=77), penalty("b", minor=True, fine_fen=88)]
    clean = composed(WUHAI)
    assert report_json.encode(composed(WUHAI, sealed).content) == report_json.encode(clean.content)


def test_a_later_region_file_seals_what_an_earlier_one_showed():
    open_then = replace(
        WUHAI,
        history=tuple(
            (day, replace(now, sealing=replace(now.sealing, public_security_organisations=False)))
            for day, now in WUHAI.history
        ),
    )
    row, then = penalty(public_security=True), NOW - timedelta(days=400)
    shown = composed(open_then, [row], as_of=then, historical=True, subject=COMPANY)
    assert shown.content.totals.records == 1
    sealed = composed(open_then, [row], as_of=then, historical=True, subject=COMPANY, issuing_region=WUHAI)
    assert sealed.content.totals.records == 0


def test_as_of_is_an_instant_of_knowledge():
    learned = datetime(2026, 5, 1, tzinfo=UTC)
    wrong = penalty(fine_fen=999, superseded_at=learned)
    right = penalty(version=uid("p/2"), fine_fen=100, recorded_at=learned)

    def fines(instant):
        return composed(WUHAI, [wrong, right], as_of=instant, historical=True).content.totals.fine_fen

    assert fines(learned - timedelta(microseconds=1)) == 999
    assert fines(learned) == 100
    assert composed(WUHAI, [right], as_of=learned - timedelta(days=1)).content.totals.records == 0


def test_business_days_are_those_of_shanghai():
    late = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
    reserved = replace(given(WUHAI).reservation, reserved_at=late)
    content = composed(
        WUHAI, [penalty(decided_on=date(2026, 11, 21))], as_of=late, reservation=reserved
    ).content
    assert content.scope.window_to == date(2026, 11, 21)
    assert content.totals.records == 1


def test_no_validity_is_printed_unless_the_region_sets_days():
    assert composed(WUHAI).content.fresh_until is None
    assert composed(SHANXI).content.fresh_until is None


def test_the_cover_says_where_the_plan_stands():
    wuhai, shanxi = composed(WUHAI, branches=("二分公司", "一分公司")).content, composed(SHANXI).content
    assert (wuhai.phase, wuhai.region.status, wuhai.basis[0].draft, wuhai.equal_force) == (
        "trial",
        "draft",
        True,
        None,
    )
    assert (shanxi.phase, shanxi.region.status) == ("full", "in_force")
    assert shanxi.equal_force is not None
    assert (wuhai.scope.includes_branches, wuhai.scope.branches_known) == (False, ("一分公司", "二分公司"))
    assert (wuhai.region.territory, shanxi.region.territory) == ("乌海市行政区域内", "山西省行政区域内")
    assert "自2026年4月1日起" in "".join(wuhai.scope.profile.rules)


def test_invented_units_are_said_to_be_invented():
    unit = UnitEntry(id="tax", names=("某税务局(演示)",), serves=(Serves(domain="taxation"),), invented=True)
    note = composed(SHANXI, extra_units=[unit]).content.scope.profile.units_note
    assert note is not None
    assert "虚构" in note
    assert composed(SHANXI).content.scope.profile.units_note is None


def test_a_persons_report_holds_nothing_but_the_name():
    person = replace(
        LOCAL,
        name="张三",
        kind="natural_person",
        uscc=None,
        registration_authority=None,
        legal_representative="张三",
        residence="太原市小店区某街1号",
    )
    facts = composed(SHANXI, subject=person).content.subject
    assert (facts.name, facts.residence, facts.legal_representative) == ("张三", None, None)


def test_a_summary_withholds_details_and_the_full_variant_shows_them():
    summary = composed(WUHAI, [penalty()])
    full = composed(WUHAI, [penalty()], variant=Variant.FULL)
    shown = {f.id: f.value for f in summary.content.records[0].fields if isinstance(f, ShownField)}
    assert shown == {
        "CF_CFJG": "市消防救援支队",
        "CF_JDRQ": "2024-05-06",
        "CF_CFLB": "罚款",
        "处罚程序": "普通程序",
    }
    hidden = {f.id for f in summary.content.records[0].fields if isinstance(f, WithheldField)}
    assert {"CF_WSH", "CF_SY", "CF_YJ", "CF_NR", "CF_NR_FK"} <= hidden
    text = report_json.encode(summary.content).decode()
    assert "占用消防车通道" not in text
    assert "消罚决字" not in text
    everything = {f.id: f.value for f in full.content.records[0].fields if isinstance(f, ShownField)}
    assert everything["CF_NR_FK"] == "0.5"
    assert len(everything) == len(full.content.records[0].fields)
    assert summary.content.tree.root == full.content.tree.root
    assert summary.leaf_inputs == full.leaf_inputs


def test_people_in_a_record_never_reach_a_leaf():
    fields = {
        "列入事由": "拒不整改",
        "法定代表人": "王五",
        "身份证号码": "150302199001011234",
        "负责人姓名": "赵六",
        "车牌号": "蒙C12345",
        "执行法院": "某法院",
        "统一社会信用代码": "91320100748204660Q",
    }
    row = listing(fields=fields)
    names = {name for name, _ in composed(WUHAI, [row], variant=Variant.FULL).leaf_inputs[0]}
    assert "执行法院" in names
    assert not names & {"法定代表人", "身份证号码", "负责人姓名", "车牌号", "统一社会信用代码"}
    person = penalty(fields={"CF_XDR_ZJHM": "150302199001011234", "CF_FRDB": "王五", "CF_SY": "事实"})
    assert not {name for name, _ in composed(WUHAI, [person]).leaf_inputs[0]} & {"CF_XDR_ZJHM", "CF_FRDB"}


def test_every_kind_has_its_fields():
    kinds = {
        Kind.PENALTY: "fire_safety",
        Kind.DISHONEST_LIST: "fire_safety",
        Kind.COERCION: "fire_safety",
        Kind.JUDGMENT: "court_enforcement",
    }
    rows = [
        penalty(
            kind.value,
            kind=kind,
            domains=(domain,),
            effective_on=date(2024, 6, 1),
            list_name="某名单",
            fields={},
        )
        for kind, domain in kinds.items()
    ]
    rows.append(penalty("abnormal", kind=Kind.ABNORMAL_LIST, domains=("market_regulation",), fields={}))
    found = composed(SHANXI, rows[:4]).content
    assert {item.kind for item in found.records} == {kind.value for kind in kinds}
    assert composed(WUHAI, rows[4:]).content.records[0].kind == "abnormal-list"
    for item in (*found.records, *composed(WUHAI, rows[4:]).content.records):
        assert any(isinstance(field, ShownField) and field.value == "2024-05-06" for field in item.fields)


@pytest.mark.parametrize("region", [WUHAI, SHANXI, THIRD], ids=["wuhai", "shanxi", "third"])
def test_the_json_fits_its_schema_and_gives_the_same_content_back(region):
    subject = (
        replace(LOCAL, registration_authority="甲乙市市场监督管理局")
        if region is THIRD
        else given(region).subject
    )
    rows = [penalty("a"), penalty("b", domains=("taxation",), objected=True)]
    for variant in Variant:
        content = composed(
            region, rows, subject=subject, variant=variant, doubts=[doubt(("taxation",))]
        ).content
        data = report_json.encode(content)
        jsonschema.validate(json.loads(data), json.loads(SCHEMA.read_text("utf-8")))
        assert report_json.decode(data) == content
        assert disclosure.recompute_root(content).hex() == content.tree.root


ROWS = st.lists(
    st.builds(
        lambda n, day, fine, kind: (penalty if kind else listing)(
            f"r{n}",
            decided_on=day,
            fine_fen=fine,
            domains=("fire_safety", "taxation")[n % 2 :],
            list_name=None if kind else "消防安全领域黑名单",
        ),
        st.integers(0, 8),
        st.dates(date(2020, 1, 1), date(2026, 12, 1)),
        st.integers(0, 10**9),
        st.booleans(),
    ),
    max_size=6,
    unique_by=lambda record: record.version,
)


@settings(max_examples=25, deadline=None)
@given_(rows=ROWS, random=st.randoms(use_true_random=False), region=st.sampled_from([WUHAI, SHANXI]))
def test_the_same_data_gives_the_same_bytes_in_any_order(rows, random, region):
    first = given(region, rows, doubts=[doubt(("taxation",)), doubt(("education",))], branches=("甲", "乙"))
    shuffled = {
        name: random.sample(getattr(first, name), len(getattr(first, name)))
        for name in ("records", "doubts", "watermarks")
    }
    again = compose(replace(first, **shuffled, branches=tuple(reversed(first.branches))))
    once = compose(first)
    assert report_json.encode(once.content) == report_json.encode(again.content)
    assert once == again


@settings(max_examples=25, deadline=None)
@given_(rows=ROWS, chosen=st.sets(st.sampled_from(["fire_safety", "taxation", "education"]), min_size=1))
def test_a_narrower_report_never_says_more_and_always_says_so(rows, chosen):
    whole, part = composed(SHANXI, rows).content, composed(SHANXI, rows, domains=tuple(chosen)).content
    assert part.totals.records <= whole.totals.records
    assert part.scope.narrowed
    assert set(part.scope.omitted) | chosen == set(SHANXI.domain_ids)
    for line in part.domains:
        assert line.records == next(other.records for other in whole.domains if other.id == line.id)
        assert (line.conclusion is Conclusion.FOUND) == (line.records > 0)
        assert line.data_state is not DataState.CURRENT

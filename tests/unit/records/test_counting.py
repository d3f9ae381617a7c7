"""What counts and how it is marked: rules R6 and R13 to R18."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue import MARKS
from records.counting import CountingRule, Decision, Window, counts
from records.model import Category, Kind, Procedure, Repair, Review
from records.region_model import OtherCatalogue
from records.sources import one_per_identity
from records.units import Mapped, map_row
from tests.unit.records.making import NOW, SHANXI, TODAY, WUHAI, listing, penalty, uid

BEFORE_HIDING = date(2026, 3, 31)


def rule(region=WUHAI, day=TODAY, *, kind="company", issued=None, **window) -> CountingRule:
    settings = region.settings_at(day)
    start = settings.window_start(day)
    return CountingRule(
        region=region,
        counting=settings,
        disclosure=region.settings_at(issued or day),
        as_of_day=day,
        subject_kind=kind,
        window=Window(**{"from_": start, "to": day, "look_back_start": start, **window}),
    )


def decide(record, region=WUHAI, **changes) -> Decision:
    return counts(record, rule(region, **changes))


def test_simple_procedure_counts_in_one_region_and_not_in_the_other():
    row = penalty(procedure=Procedure.SIMPLE, fine_fen=100_000)
    assert decide(row) == Decision(counted=False, why="simple_procedure")
    assert decide(row, SHANXI) == Decision(counted=True, why="counted", marks=("simple_procedure",))


def test_the_look_back_is_the_regions_own():
    row = penalty(decided_on=date(2021, 6, 1))
    assert decide(row).counted
    assert decide(row, SHANXI).why == "outside_window"


@pytest.mark.parametrize("region", [WUHAI, SHANXI], ids=["wuhai", "shanxi"])
def test_no_penalty_counts_nowhere(region):
    row = penalty(categories=(Category.NO_PENALTY,), fine_fen=0)
    assert decide(row, region).why == "no_penalty"


def test_no_penalty_for_one_act_does_not_hide_the_fine_for_another():
    # 对A行为不予行政处罚;对B行为罚款5000元
    assert decide(penalty(categories=(Category.NO_PENALTY, Category.FINE))).counted
    assert decide(penalty(categories=(Category.NO_PENALTY,), fine_fen=500_000)).counted
    assert decide(penalty(categories=(Category.NO_PENALTY,), fine_fen=0, confiscated_fen=1)).counted


@pytest.mark.parametrize(
    ("fen", "kind", "counted"),
    [
        (300_000, "company", False),
        (300_001, "company", True),
        (300_000, "sole_trader", False),
        (20_000, "natural_person", False),
        (20_001, "natural_person", True),
    ],
)
def test_a_simple_row_above_the_ceiling_counts_until_confirmed(fen: int, kind: str, counted: bool):
    row = penalty(procedure=Procedure.SIMPLE, fine_fen=fen)
    found = decide(row, kind=kind)
    assert found.counted is counted
    assert ("simple_over_ceiling" in found.marks) is counted
    assert not decide(replace(row, simple_confirmed=True), kind=kind).counted


def test_a_simple_row_that_revokes_a_licence_is_above_the_ceiling():
    row = penalty(procedure=Procedure.SIMPLE, categories=(Category.REVOKE_LICENCE,), fine_fen=0)
    assert decide(row).marks == ("simple_procedure", "simple_over_ceiling")


@pytest.mark.parametrize("procedure", [None, Procedure.UNSTATED])
def test_an_unstated_procedure_counts_and_is_marked(procedure):
    assert decide(penalty(procedure=procedure)).marks == ("procedure_unstated",)
    declared = decide(penalty(procedure=Procedure.ORDINARY_DECLARED))
    assert declared.marks == ("procedure_declared",)


def test_public_security_records_are_sealed_from_their_day_on():
    row = penalty(public_security=True, decided_on=date(2024, 1, 1))
    assert decide(row, day=date(2025, 12, 31)).counted
    assert decide(row, day=date(2026, 1, 1)) == Decision(counted=False, why="sealed")
    assert decide(row, SHANXI, kind="natural_person").why == "sealed"


def test_a_report_about_the_past_does_not_open_what_is_sealed_since():
    row = penalty(public_security=True, decided_on=date(2024, 1, 1))
    assert decide(row, day=date(2025, 12, 31), issued=TODAY).why == "sealed"
    repaired = penalty(repair=Repair.REPAIRED, repaired_on=date(2025, 1, 1))
    assert decide(repaired, day=date(2025, 12, 31), issued=TODAY).why == "repaired_hidden"


def test_records_of_minors_are_sealed_at_any_time():
    assert decide(penalty(minor=True), day=date(2025, 1, 1)).why == "sealed"


@pytest.mark.parametrize(
    ("effective", "why"),
    [
        (None, "not_effective"),
        (date(2026, 11, 21), "not_effective"),
        (date(2026, 11, 20), "counted"),
        (date(2022, 7, 31), "outside_window"),
    ],
)
def test_only_effective_judgments_count(effective, why):
    row = penalty(kind=Kind.JUDGMENT, procedure=None, decided_on=date(2022, 1, 1), effective_on=effective)
    assert decide(row, SHANXI).why == why
    assert decide(row).why == "kind_not_counted"


@pytest.mark.parametrize("review", [Review.REVOKED, Review.UNLAWFUL])
def test_an_overturned_decision_leaves_from_that_documents_date(review):
    row = penalty(review=review, review_on=date(2025, 5, 1))
    assert decide(row, day=date(2025, 4, 30)).counted
    assert decide(row, day=date(2025, 5, 1)).why == "overturned"
    assert decide(replace(row, review_on=None)).marks == ("review_undated",)


def test_a_changed_or_suspended_decision_is_marked():
    assert decide(penalty(review=Review.CHANGED, review_on=date(2025, 5, 1))).marks == ("review_changed",)
    assert decide(penalty(review=Review.SUSPENDED, review_on=date(2025, 5, 1))).marks == ("review_suspended",)


def test_repaired_records_by_the_regime_of_the_day():
    row = penalty(repair=Repair.REPAIRED, repaired_on=date(2025, 1, 1))
    assert decide(row, day=BEFORE_HIDING).marks == ("repaired",)
    assert decide(row).why == "repaired_hidden"
    assert decide(row, SHANXI).marks == ("repaired",)
    assert decide(row, day=date(2024, 12, 31)).marks == ()


def test_a_removal_is_no_repair():
    gone = listing(ended_on=date(2025, 1, 1), ended_why="期满移出")
    assert decide(gone).marks == ("removed",)
    assert decide(listing()).marks == ("still_listed",)
    assert decide(listing(repair=Repair.REPAIRED)).why == "repaired_hidden"


def test_an_entry_from_before_the_look_back_counts_while_it_stands():
    old = listing(decided_on=date(2019, 1, 1))
    assert decide(old).marks == ("still_listed",)
    assert decide(replace(old, ended_on=date(2024, 1, 1))).why == "outside_window"
    later = {"to": date(2023, 12, 31)}
    assert decide(replace(old, ended_on=date(2024, 1, 1)), SHANXI, **later).marks == ("removed",)


def test_starting_the_window_later_does_not_hide_the_days_on_the_list():
    row = listing(decided_on=date(2023, 1, 1), ended_on=date(2025, 6, 1))
    assert decide(row, SHANXI, from_=date(2025, 6, 1)).counted
    assert decide(row, SHANXI, from_=date(2025, 6, 2)).why == "outside_window"
    assert decide(row, SHANXI, to=date(2022, 12, 31)).why == "outside_window"


def test_publication_dates_never_delete():
    row = penalty(fields={"CF_GSJZQ": "2024-08-06", "CF_YXQ": "2024-05-20"})
    assert decide(row).counted


def test_lists_have_dates_of_their_own():
    entry = replace(WUHAI.lists["消防安全领域黑名单"], from_=date(2024, 6, 1), to=date(2025, 6, 1))
    region = replace(WUHAI, lists={**WUHAI.lists, entry.name: entry})
    assert decide(listing(decided_on=date(2024, 5, 31)), region).why == "list_not_in_force"
    assert decide(listing(decided_on=date(2024, 6, 1)), region).counted
    assert decide(listing(decided_on=date(2025, 6, 2)), region).why == "list_not_in_force"


def test_other_records_count_only_where_the_region_declares_them():
    row = penalty(kind=Kind.OTHER, list_name="欠缴公用事业费", procedure=None)
    assert decide(row).why == "kind_not_counted"
    declared = OtherCatalogue(
        name="欠缴公用事业费", domains=("fire_safety",), counted=True, basis=None, columns=()
    )
    settings = replace(WUHAI.settings_at(TODAY), kinds_counted=("penalty", "other"))
    region = replace(WUHAI, others=(declared,), history=((date(2021, 1, 1), settings),))
    assert decide(row, region).counted
    praise = replace(declared, counted=False)
    assert decide(row, replace(region, others=(praise,))).why == "kind_not_counted"


def test_declared_catalogues_are_taken_in_and_never_counted():
    found = map_row(WUHAI, [], unit_name="市税务局", kind="other", list_name="信用评价")
    assert found == Mapped(unit_id="taxation", domains=("taxation",))
    for region in (WUHAI, SHANXI):
        assert {entry.name for entry in region.others} >= {
            "守信激励名单",
            "信用承诺",
            "合同履约",
            "资格资质",
            "信用评价",
        }
        row = penalty(kind=Kind.OTHER, list_name="信用评价", procedure=None)
        assert decide(row, region).why == "kind_not_counted"


def test_a_missing_date_is_a_doubt_that_counts():
    assert decide(penalty(decided_on=None)).marks == ("date_missing",)


def test_the_same_penalty_from_two_sources_is_one():
    own = penalty("a", provenance=())
    platform = replace(
        own,
        id=uid("b"),
        version=uid("b/1"),
        procedure=Procedure.UNSTATED,
        repair=Repair.REPAIRED,
        repaired_on=date(2025, 1, 1),
        recorded_at=NOW,
    )
    joined = one_per_identity([platform, own])
    assert joined == one_per_identity([own, platform])
    assert len(joined) == 1
    assert joined[0].sources == 2
    assert joined[0].record.repair is Repair.REPAIRED
    assert joined[0].record.procedure is Procedure.ORDINARY
    assert set(joined[0].versions) == {own.version, platform.version}


def test_what_contradicts_itself_is_read_so_that_it_counts():
    own = penalty("a", procedure=Procedure.SIMPLE, fine_fen=100)
    platform = replace(own, id=uid("b"), procedure=Procedure.UNSTATED, fine_fen=10_000_000)
    (joined,) = one_per_identity([own, platform])
    assert decide(joined.record).counted
    assert joined.record.fine_fen == 10_000_000


def test_other_numbers_and_kinds_stay_apart():
    assert len(one_per_identity([penalty("a"), penalty("b"), listing("a")])) == 3


@given(
    kind=st.sampled_from([k for k in Kind if k is not Kind.REPAIR]),
    procedure=st.none() | st.sampled_from(Procedure),
    categories=st.lists(st.sampled_from(Category), unique=True, max_size=3),
    fine=st.integers(0, 10**9),
    decided=st.none() | st.dates(date(2018, 1, 1), date(2027, 1, 1)),
    ended=st.none() | st.dates(date(2018, 1, 1), date(2027, 1, 1)),
    review=st.none() | st.sampled_from(Review),
    confirmed=st.booleans(),
    repair=st.sampled_from(Repair),
    region=st.sampled_from([WUHAI, SHANXI]),
)
def test_every_record_gets_one_answer_with_known_marks(
    kind,
    procedure,
    categories,
    fine,
    decided,
    ended,
    review,
    confirmed,
    repair,
    region,
):
    row = penalty(
        kind=kind,
        procedure=procedure,
        categories=tuple(categories),
        fine_fen=fine,
        decided_on=decided,
        effective_on=decided,
        ended_on=ended,
        review=review,
        simple_confirmed=confirmed,
        repair=repair,
    )
    found = decide(row, region)
    assert found.counted == (found.why == "counted")
    assert list(found.marks) == [mark for mark in MARKS if mark in found.marks]
    assert found.counted or not found.marks

"""数据状态: what is attested, late, doubtful or nobody's (rules R2 to R4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.report import Conclusion, DataState
from records.model import Commitment, Kind
from records.region_model import Serves, UnitEntry
from tests.unit.records.making import (
    COMPANY,
    LOCAL,
    LONG_AGO,
    NOW,
    SHANXI,
    TODAY,
    WUHAI,
    attest,
    composed,
    doubt,
    penalty,
    uid,
    watermark,
)

START = date(2021, 1, 1)
DAY = timedelta(days=1)


def line(domain="fire_safety", region=WUHAI, records=(), **changes):
    content = composed(region, records, **changes).content
    return next(line for line in content.domains if line.id == domain)


def state(marks, **changes):
    found = line(watermarks=marks, **changes)
    return found.data_state, found.data_reasons


def without(unit: str, kind: Kind = Kind.PENALTY):
    return [mark for mark in attest(WUHAI) if (mark.unit, mark.kind) != (unit, kind)]


def test_everybody_attested():
    found = line()
    assert (found.data_state, found.data_reasons, found.conclusion) == (
        DataState.CURRENT,
        (),
        Conclusion.NONE,
    )
    assert {item.unit for item in found.intervals} == {
        "fire_rescue",
        "housing_construction",
        "haibowan",
        "hainan",
        "wuda",
    }
    assert {(item.from_, item.to) for item in found.intervals} == {(START, TODAY)}


def test_a_domain_is_as_late_as_its_latest_unit():
    limit = TODAY - 14 * DAY
    on_time = [*without("hainan"), watermark("hainan", Kind.PENALTY, START, limit)]
    late = [*without("hainan"), watermark("hainan", Kind.PENALTY, START, limit - DAY)]
    assert state(on_time) == (DataState.CURRENT, ())
    assert state(late) == (DataState.LATE, ("unit_late",))


def test_lateness_never_touches_the_conclusion():
    late = attest(WUHAI, date(2025, 1, 1))
    assert line(watermarks=late).conclusion is Conclusion.NONE
    found = line(watermarks=late, records=[penalty()])
    assert (found.conclusion, found.data_state) == (Conclusion.FOUND, DataState.LATE)


def test_the_part_of_the_window_before_from_is_partial():
    marks = [*without("hainan"), watermark("hainan", Kind.PENALTY, START + DAY, TODAY)]
    assert state(marks) == (DataState.PARTIAL, ("window_start_not_covered",))


def test_intervals_join_where_they_touch_and_a_gap_is_partial():
    middle = date(2023, 5, 5)
    first = watermark("hainan", Kind.PENALTY, START, middle)
    touching = [*without("hainan"), first, watermark("hainan", Kind.PENALTY, middle + DAY, TODAY)]
    apart = [*without("hainan"), first, watermark("hainan", Kind.PENALTY, middle + 2 * DAY, TODAY)]
    assert state(touching) == (DataState.CURRENT, ())
    assert state(apart) == (DataState.PARTIAL, ("gap",))
    assert len([item for item in line(watermarks=apart).intervals if item.unit == "hainan"]) == 3


def test_a_unit_that_attested_nothing():
    assert state(without("hainan")) == (DataState.PARTIAL, ("unit_not_attested",))
    assert state(without("fire_rescue", Kind.DISHONEST_LIST)) == (DataState.PARTIAL, ("unit_not_attested",))


def test_the_offices_of_a_district_speak_for_it():
    office = watermark("hainan.fire_rescue", Kind.PENALTY, START, TODAY)
    assert state([*without("hainan"), office]) == (DataState.CURRENT, ())
    other = watermark("hainan.education", Kind.PENALTY, START, TODAY)
    assert state([*without("hainan"), other]) == (DataState.PARTIAL, ("unit_not_attested",))


def test_every_office_of_the_district_that_serves_a_domain_must_have_spoken():
    second = UnitEntry(
        id="hainan.second",
        names=("海南区第二消防大队",),
        serves=(Serves(domain="fire_safety"),),
        district="hainan",
        expected=False,
    )
    one = [*without("hainan"), watermark("hainan.fire_rescue", Kind.PENALTY, START, TODAY)]
    assert state(one, extra_units=[second]) == (DataState.PARTIAL, ("unit_not_attested",))
    stale = watermark("hainan.second", Kind.PENALTY, START, TODAY - 60 * DAY)
    assert state([*one, stale], extra_units=[second]) == (DataState.LATE, ("unit_late",))


def test_a_watermark_for_named_domains_speaks_for_those_alone():
    marks = [
        replace(mark, domains=("education",)) if mark.unit == "hainan" else mark for mark in attest(WUHAI)
    ]
    assert state(marks) == (DataState.PARTIAL, ("unit_not_attested",))
    assert line("education", watermarks=marks).data_state is DataState.CURRENT


def test_what_nobody_collects_has_no_conclusion():
    found = line(watermarks=())
    assert (found.conclusion, found.data_state) == (None, DataState.NOT_COLLECTED)
    assert found.data_reasons == ("nothing_attested",)
    assert line("taxation", SHANXI).data_reasons == ("no_unit_known",)


def test_a_known_record_is_shown_though_nobody_attested():
    found = line(watermarks=(), records=[penalty()])
    assert (found.conclusion, found.data_state, found.records) == (Conclusion.FOUND, DataState.PARTIAL, 1)


def test_a_doubt_makes_its_domain_pending_and_only_that():
    result = composed(WUHAI, doubts=[doubt(("fire_safety",))])
    assert result.pending == result.not_current == ("fire_safety",)
    found = line(doubts=[doubt(("fire_safety",))])
    assert (found.data_state, found.data_reasons) == (DataState.PENDING, ("doubt",))
    assert result.content.totals.records == 0


def test_an_unmapped_doubt_makes_every_domain_pending():
    assert len(composed(WUHAI, doubts=[doubt()]).pending) == 31
    # Also where nobody collects: a doubt never makes a clean report, and there is still no conclusion.
    found = line("taxation", SHANXI, doubts=[doubt()])
    assert (found.data_state, found.conclusion) == (DataState.PENDING, None)
    assert found.data_reasons == ("no_unit_known", "doubt")


def test_a_cleared_doubt_is_gone():
    assert composed(WUHAI, doubts=[doubt(cleared_at=NOW)]).pending == ()
    assert composed(WUHAI, doubts=[doubt(recorded_at=NOW, cleared_at=None)]).pending != ()


def test_only_what_was_attested_by_then_counts():
    marks = [replace(mark, recorded_at=NOW + DAY) for mark in attest(WUHAI)]
    assert state(marks)[0] is DataState.NOT_COLLECTED
    gone = [replace(mark, superseded_at=NOW) for mark in attest(WUHAI)]
    assert state(gone)[0] is DataState.NOT_COLLECTED


def test_a_narrowed_window_needs_only_its_own_days():
    unit = UnitEntry(id="tax", names=("某税务局(演示)",), serves=(Serves(domain="taxation"),), invented=True)
    marks = [
        watermark("tax", Kind(kind), date(2023, 1, 1), date(2024, 1, 31)) for kind in SHANXI.domains[0].kinds
    ]
    asked = {"extra_units": [unit], "watermarks": marks, "domains": ("taxation",)}
    inside = line("taxation", SHANXI, window_from=date(2023, 1, 1), window_to=date(2024, 1, 31), **asked)
    assert inside.data_state is DataState.CURRENT
    before = line("taxation", SHANXI, window_to=date(2024, 1, 31), **asked)
    assert before.data_reasons == ("window_start_not_covered",)
    beyond = line("taxation", SHANXI, window_from=date(2023, 1, 1), **asked)
    assert beyond.data_reasons == ("unit_late",)


def test_a_short_window_does_not_hide_a_stale_unit():
    unit = UnitEntry(id="tax", names=("某税务局(演示)",), serves=(Serves(domain="taxation"),), invented=True)
    marks = [
        watermark("tax", Kind(kind), date(2023, 1, 1), TODAY - 60 * DAY) for kind in SHANXI.domains[0].kinds
    ]
    found = line("taxation", SHANXI, extra_units=[unit], watermarks=marks, window_from=TODAY - 3 * DAY)
    assert found.data_state is DataState.LATE


def test_a_unit_is_asked_only_for_the_days_it_lived():
    last = date(2023, 6, 30)
    old = UnitEntry(id="old", names=("旧税务局",), serves=(Serves(domain="taxation"),), to=last)
    new = UnitEntry(id="new", names=("新税务局",), serves=(Serves(domain="taxation"),), from_=last + DAY)
    kinds = [Kind(kind) for kind in SHANXI.domains[0].kinds]
    marks = [watermark("old", kind, date(2022, 8, 1), last) for kind in kinds]
    # Nobody answers for the days after the unit ended.
    alone = line("taxation", SHANXI, extra_units=[old], watermarks=marks)
    assert (alone.data_state, alone.data_reasons) == (DataState.PARTIAL, ("gap",))
    marks += [watermark("new", kind, last + DAY, TODAY) for kind in kinds]
    both = line("taxation", SHANXI, extra_units=[old, new], watermarks=marks)
    assert (both.data_state, both.conclusion) == (DataState.CURRENT, Conclusion.NONE)


def test_a_kind_that_no_unit_sends_is_no_clean_record():
    unit = UnitEntry(
        id="tax", names=("某税务局(演示)",), serves=(Serves(domain="taxation", kinds=("penalty",)),)
    )
    marks = [watermark("tax", Kind.PENALTY, date(2022, 8, 1), TODAY)]
    found = line("taxation", SHANXI, extra_units=[unit], watermarks=marks)
    assert (found.data_state, found.data_reasons) == (DataState.PARTIAL, ("no_unit_known",))


@pytest.mark.parametrize(
    ("region", "subject", "printed"),
    [(SHANXI, LOCAL, True), (WUHAI, COMPANY, False)],
    ids=["shanxi", "wuhai"],
)
def test_commitments_stand_where_nobody_collects(region, subject, printed):
    promise = Commitment(
        id=uid("promise"),
        subject=subject.id,
        domain="taxation",
        made_on=TODAY,
        text="本单位在该领域无违法违规记录。",
        recorded_at=LONG_AGO,
    )
    found = line("taxation", region, watermarks=(), commitments=[promise])
    assert found.commitment == (str(promise.id) if printed else None)
    assert line("education", region, watermarks=(), commitments=[promise]).commitment is None
    withdrawn = replace(promise, superseded_at=NOW)
    assert line("taxation", region, watermarks=(), commitments=[withdrawn]).commitment is None

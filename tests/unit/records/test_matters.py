"""The catalogue of matters: dated, referring to what exists, filling in what the region lets one choose (R28)."""

from __future__ import annotations

from datetime import date

import pytest

from domain.errors import MalformedInput, Refused
from records.compose import compose
from records.matters import fill
from records.regions import load_region, shipped_regions
from tests.unit.records.making import SHANXI, TODAY, WUHAI, given, request

ENTRY = """
[[matters]]
id = "loan"
from = 2026-01-01
to = 2026-12-31
status = "in_force"
department = "银行"
matter = "申请贷款"
scenario = "loan"
domains = ["court_enforcement"]
window = "P3Y"
not_proved = [{ what = "信贷记录", ask = "征信中心" }]
"""
FILES = {name.split("-")[0]: data for name, data in shipped_regions().items()}


@pytest.mark.parametrize("region", [WUHAI, SHANXI], ids=lambda region: region.code)
def test_each_region_ships_the_scenes_its_plan_names_as_drafts(region):
    entries = region.matters_at(TODAY)
    assert {"bidding", "procurement", "loan", "listing", "approval", "subsidy", "honours"} <= {
        entry.scenario for entry in entries
    }
    assert {entry.status for entry in entries} == {"draft"}
    assert all(entry.not_proved and entry.basis for entry in entries)


def test_a_matter_holds_between_its_days():
    region = load_region(FILES["140000"] + ENTRY.encode())
    assert region.matter_at("loan", date(2026, 12, 31)).scenario == "loan"
    for day in (date(2025, 12, 31), date(2027, 1, 1)):
        with pytest.raises(Refused, match="matter_not_in_force"):
            region.matter_at("loan", day)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('domains = ["court_enforcement"]', 'domains = ["customs"]', "region_unknown_reference"),
        ('id = "loan"', 'id = "bidding"', "region_duplicate"),
        ("to = 2026-12-31", "to = 2025-12-31", "region_order"),
        ('window = "P3Y"', 'window = "P9999Y"', "look_back_malformed"),
        ('scenario = "loan"', 'scenario = "party"', "region_shape"),
        ('not_proved = [{ what = "信贷记录", ask = "征信中心" }]', "not_proved = []", "region_shape"),
    ],
)
def test_a_broken_matter_is_refused(old: str, new: str, code: str):
    assert old in ENTRY
    with pytest.raises(MalformedInput) as caught:
        load_region(FILES["140000"] + ENTRY.replace(old, new).encode())
    assert caught.value.code == code


def test_picking_a_matter_fills_in_what_may_be_chosen():
    day = date(2026, 6, 15)
    bidding = SHANXI.matter_at("bidding", day)
    filled = fill(bidding, SHANXI.settings_at(day), day)
    assert filled.domains == bidding.domains
    assert filled.window_from == date(2023, 6, 15)
    # Where nobody may choose, the whole report is issued whatever the receiver would need.
    whole = fill(bidding, WUHAI.settings_at(day), day)
    assert (whole.domains, whole.window_from) == (None, None)


def test_a_period_beyond_the_data_begins_where_they_begin():
    day = date(2025, 1, 1)
    listing = next(entry for entry in SHANXI.matters if entry.id == "listing")
    assert fill(listing, SHANXI.settings_at(day), day).window_from is None


def test_the_report_says_what_it_cannot_prove_and_whom_to_ask():
    region = load_region(FILES["140000"] + ENTRY.encode())
    plain = compose(given(region)).content.notes
    picked = compose(given(region, request=request(matter="loan"))).content.notes
    assert picked[: len(plain)] == plain
    assert picked[len(plain) :] == ("办理“申请贷款”时，本报告不能证明信贷记录，请向征信中心了解。",)

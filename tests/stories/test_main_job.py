"""A bureau's file in, a signed report out, a verdict: what people do on an ordinary day."""

from __future__ import annotations

import pytest

from tests.world.world import World


def test_a_clean_enterprise_reads_as_genuine_with_nothing_found(world: World) -> None:
    verdict = world.verify(str(world.report("clean")))
    assert (verdict["status"], verdict["code"], verdict["authenticity"]) == ("VALID", "ok", "genuine")
    assert verdict["content"]["records"] == 0
    assert verdict["content"]["state"] == "no_record_in_scope"


def test_records_are_found_and_the_document_is_valid_all_the_same(world: World) -> None:
    verdict = world.verify(str(world.report("records")), codes=(0,))
    assert verdict["content"]["state"] == "records"
    totals = verdict["report"]["totals"]
    # 20,000 and 277,100 yuan and, in a region that looks back so far, 3,000 of 2021.
    assert totals["fine_fen"] == 300_100_00
    assert totals["by_kind"] == {"penalty": 3}
    assert totals["latest_date"] == "2025-11-18"


def test_a_broken_date_cell_never_gives_a_clean_and_current_domain(world: World) -> None:
    verdict = world.verify(str(world.report("pending")))
    (line,) = [d for d in verdict["report"]["domains"] if d["id"] == "fire_safety"]
    assert line["data_state"] == "pending"
    assert line["conclusion"] == "none"
    assert verdict["content"]["state"] == "incomplete"
    assert "fire_safety" in verdict["content"]["not_current"]


def test_a_repaired_record_is_no_longer_shown_where_the_rule_says_so(world: World) -> None:
    # The other way, shown and marked, is in test_two_regions.
    content = world.content(world.report("repaired"))
    assert content["scope"]["profile"]["repair_regime"] == "hide"
    assert [item["domains"] for item in content["records"]["items"]] == [["fire_safety"]]


def test_an_individual_trader_gets_a_report(world: World) -> None:
    content = world.content(world.report("trader"))
    assert content["subject"]["kind"] == "sole_trader" or content["subject"]["kind_name"] == "个体工商户"
    assert content["totals"]["records"] == 1


def test_the_same_file_sent_twice_changes_nothing(world: World) -> None:
    for delivery in world.house.deliveries[:3]:
        again = world.ingest(delivery)
        assert again["accepted"] == 0
        assert again["rows"] == again["unchanged"] + again["quarantined"] + again["skipped"]


def test_every_row_is_accounted_for(world: World) -> None:
    for delivery in world.house.deliveries[:6]:
        said = world.ingest(delivery)
        assert said["rows"] == sum(said[key] for key in ("accepted", "unchanged", "quarantined", "skipped"))
        assert len({row["row"] for row in said["quarantine"]}) == said["quarantined"]
        for row in said["quarantine"]:
            assert row["row"] > 0
            assert row["code"]
            assert row["message"]


def test_outside_the_house_status_is_unknown_and_authenticity_is_not(world: World) -> None:
    report, bundle = str(world.report("records")), str(world.bundle)
    outside = world.verify(report, "--trust", bundle, codes=(3,))
    assert (outside["status"], outside["code"]) == ("INDETERMINATE", "status_unavailable")
    assert outside["authenticity"] == "genuine"
    asked = world.verify(report, "--trust", bundle, "--policy", "authenticity", codes=(0,))
    assert asked["status"] == "VALID"


def test_the_verdict_repeats_the_signed_facts_unchanged(world: World) -> None:
    report = world.verify(str(world.report("records")))["report"]
    content = world.content(world.report("records"))
    assert report == {name: content[name] for name in report}


@pytest.mark.parametrize("role", ["clean", "records"])
def test_two_reports_have_different_numbers(world: World, role: str) -> None:
    assert world.content(world.issue(role))["number"] != world.content(world.report(role))["number"]

"""What the demo feeds its two houses with is what it says: every domain, every list, 15 % faulty rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import NamedTuple
from uuid import UUID

import pytest

from domain.identifiers import check_uscc
from records.intake import BatchInfo, Parsed, RecordDraft, parse, read_table
from records.model import Kind
from records.region_model import Region
from records.regions import load_region
from scripts.demo_data.__main__ import PLANS, region_file
from scripts.demo_data.house import make_house
from scripts.demo_data.invented_units import UNCOLLECTED
from scripts.demo_data.maker import Delivery, House

DAY = date(2026, 11, 22)
BATCH = BatchInfo(
    id=UUID(int=1), unit="demo", file_sha256="0" * 64, received_at=datetime(2026, 11, 22, tzinfo=UTC), confirmed_by="-"
)  # fmt: skip


class Fed(NamedTuple):
    """One house's data, and what the intake makes of each file before it looks anybody up."""

    region: Region
    house: House
    parsed: list[tuple[Delivery, Parsed]]

    def drafts(self) -> Iterator[RecordDraft]:
        for _, parsed in self.parsed:
            yield from (row.draft for row in parsed.rows if isinstance(row.draft, RecordDraft))


@pytest.fixture(scope="module", params=PLANS, ids=[plan.name for plan in PLANS])
def fed(request: pytest.FixtureRequest) -> Fed:
    plan = request.param
    region = load_region(region_file(plan.place.region)[1])
    house = make_house(region, plan.place, DAY, subjects=plan.subjects, penalties=plan.penalties)
    files = [
        (each, parse(read_table(each.content, each.name), Kind(each.kind), region, (), BATCH))
        for each in house.deliveries
    ]
    return Fed(region, house, files)


def test_two_hundred_subjects_and_two_thousand_rows_in_all() -> None:
    assert sum(plan.subjects for plan in PLANS) >= 200
    assert sum(plan.penalties for plan in PLANS) >= 2000


def test_every_domain_has_records(fed: Fed) -> None:
    seen = {domain for draft in fed.drafts() for domain in draft.domains}
    assert seen == {domain.id for domain in fed.region.domains} == set(fed.house.domains)
    assert len(seen) in (31, 40)


def test_every_named_list_has_an_entry(fed: Fed) -> None:
    seen = {draft.list_name for draft in fed.drafts() if draft.list_name}
    if any(draft.kind is Kind.ABNORMAL_LIST for draft in fed.drafts()):
        seen |= {name for name in fed.region.lists if "经营异常名录" in name}
    assert set(fed.region.lists) <= seen


def test_fifteen_rows_in_a_hundred_go_back(fed: Fed) -> None:
    back = sum(len(parsed.quarantined) for _, parsed in fed.parsed)
    rows = sum(len(p.rows) + len(p.repeated) + len(p.quarantined) for _, p in fed.parsed)
    assert rows == fed.house.rows
    assert back == fed.house.dirty
    assert back / rows == pytest.approx(0.15, abs=0.002)
    codes = Counter(held.code for _, parsed in fed.parsed for held in parsed.quarantined)
    assert {"date_unreadable", "required_missing", "uscc_check_digit", "amount_unit", "unit_unknown"} <= set(
        codes
    )
    assert codes["formula_cell"]


def test_files_come_as_bureaus_send_them(fed: Fed) -> None:
    endings = {each.name.rpartition(".")[2] for each in fed.house.deliveries}
    assert endings == {"csv", "xlsx", "xls"}
    for each in fed.house.deliveries:
        if each.name.endswith(".csv"):
            assert each.content.decode("gb18030").isprintable() is False
            with pytest.raises(UnicodeDecodeError):
                each.content.decode("utf-8")


def test_units_of_districts_double_sources_and_missing_codes(fed: Fed) -> None:
    drafts = list(fed.drafts())
    districts = {unit.id for unit in fed.region.units if unit.district}
    assert not districts or any(draft.unit in districts for draft in drafts)
    twice = Counter((draft.identity, draft.keys.uscc) for draft in drafts)
    assert sum(1 for count in twice.values() if count > 1) > 20
    codeless = [draft.keys for draft in drafts if not draft.keys.uscc]
    assert any(keys.organisation_code for keys in codeless)
    assert any(not keys.organisation_code for keys in codeless)


def test_subjects_conform_to_the_standard(fed: Fed) -> None:
    codes = [subject.uscc for subject in fed.house.subjects]
    assert len(set(codes)) == len(codes)
    assert all(check_uscc(code).problem is None for code in codes)


def test_uncollected_domains_have_rows_and_nobody_s_word(fed: Fed) -> None:
    silent = UNCOLLECTED if fed.region.code == "140000" else frozenset()
    units = {unit.name for unit in fed.region.units if {each.domain for each in unit.serves} <= silent}
    assert len(units) == len(silent)
    assert all(each.through is None for each in fed.house.deliveries if each.unit in units)
    assert not {unit for unit, _ in fed.house.nil} & units

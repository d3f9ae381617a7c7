"""docs/access.md is read strictly, and what it says is what ``require`` does."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import resources
from uuid import UUID

import pytest

from api.services.access import table
from api.services.access.principal import ANONYMOUS, Principal
from api.services.access.roles import STAFF, Role
from api.services.access.table import Rule, facts, inside, may, owns, parse, require
from domain.errors import InvariantBroken, NotFound, Refused
from records.model import Subject

NOW = datetime(2026, 6, 15, tzinfo=UTC)
MINE, OTHER, ANN = UUID(int=1), UUID(int=2), UUID(int=3)
USCC = "91150302MA0N2QXY11"


def subject(id_: UUID = MINE, **more: object) -> Subject:
    given = {"name": "甲公司", "kind": "company", "uscc": USCC, "residence": "山西省太原市小店区1号"}
    return Subject(id=id_, version=id_, recorded_at=NOW, **(given | more))  # type: ignore[arg-type]


def viewer(role: Role, **more: object) -> Principal:
    return Principal(person=UUID(int=9), sub="s", name="甲", role=role, **more)  # type: ignore[arg-type]


def text() -> str:
    return resources.files("templates").joinpath("access.md").read_text("utf-8")


def test_the_shipped_table_names_every_role_in_every_row() -> None:
    assert len(facts()) > 30
    assert all(set(fact.rules) == set(Role) for fact in facts().values())


def test_nobody_who_is_not_signed_in_may_what_needs_a_person() -> None:
    open_rules = {Rule.YES, Rule.NO, Rule.GRANT}
    assert {fact.rules[Role.HOLDER] for fact in facts().values()} <= open_rules


def test_staff_look_at_subjects_with_a_reason_only() -> None:
    owned = [
        fact for fact in facts().values() if fact.rules[Role.ENTERPRISE] in (Rule.OWN, Rule.OWN_OR_GRANT)
    ]
    assert owned
    for fact in owned:
        assert {fact.rules[role] for role in STAFF} <= {Rule.NO, Rule.REASON}, fact.id


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("| fact | what it is | holder |", "| fact | what it is | stranger |"),
        ("| yes | yes | same |", "| yes | maybe | same |"),
        ("| `sign_in` |", "| `public_page` |"),
        ("| `sign_in` |", "| sign_in |"),
        ("| yes | same |", "| yes | some |"),
        ("| yes | same |", "| same |"),
        ("|---|---|", "|-x-|---|"),
    ],
)
def test_a_table_with_one_mistake_is_refused_whole(old: str, new: str) -> None:
    assert old in text()
    with pytest.raises(InvariantBroken, match="access_table"):
        parse(text().replace(old, new, 1))


def test_no_table_at_all_is_refused() -> None:
    with pytest.raises(InvariantBroken):
        parse("# Who may see what\n")
    with pytest.raises(InvariantBroken):
        may(Role.HOLDER, "no_such_fact")


def code_of(principal: Principal, fact: str, **more: object) -> str:
    try:
        require(principal, fact, **more)  # type: ignore[arg-type]
    except (Refused, NotFound) as error:
        return error.code
    return "allowed"


def test_own_is_by_uscc_and_anothers_thing_does_not_exist() -> None:
    mine = viewer(Role.ENTERPRISE, organisation=USCC)
    assert code_of(mine, "report_list", subject=subject()) == "allowed"
    assert code_of(mine, "report_list", subject=subject(OTHER, uscc="91150302MA0N2QXY22")) == "not_found"
    assert code_of(viewer(Role.ENTERPRISE), "report_list", subject=subject(uscc=None)) == "not_found"
    with pytest.raises(InvariantBroken):
        require(mine, "report_list")


def test_who_is_not_signed_in_is_asked_to_sign_in() -> None:
    assert code_of(ANONYMOUS, "report_list", subject=subject()) == "sign_in_needed"
    assert code_of(viewer(Role.RECEIVER), "report_list", subject=subject()) == "not_allowed"


def test_a_grant_opens_what_the_table_says_and_nothing_else() -> None:
    bank = viewer(Role.RECEIVER, organisation="91150302MA0N2QXY33")
    assert code_of(bank, "record_details", subject=subject()) == "grant_needed"
    assert code_of(bank, "record_details", subject=subject(), granted=True) == "allowed"
    assert code_of(bank, "access_list", subject=subject(), granted=True) == "not_allowed"
    partner = viewer(Role.ENTERPRISE, organisation="91150302MA0N2QXY33")
    assert code_of(partner, "report_download", subject=subject(), granted=True) == "allowed"
    assert code_of(partner, "report_download", subject=subject()) == "not_found"


def test_a_natural_persons_report_goes_to_that_adult_alone() -> None:
    ann = subject(ANN, name="安", kind=table.NATURAL_PERSON, uscc=None)
    assert code_of(viewer(Role.ENTERPRISE, subject=ANN), "report_download", subject=ann) == "allowed"
    for other in (
        viewer(Role.ENTERPRISE, subject=OTHER),
        viewer(Role.AGENT, subject=ANN),
        viewer(Role.RECEIVER),
        viewer(Role.AUTHORITY, organisation_id=MINE),
        ANONYMOUS,
    ):
        assert code_of(other, "report_download", subject=ann, granted=True) == "not_found"
    assert (
        code_of(viewer(Role.OPERATOR), "report_download", subject=ann, reason="查") == "natural_person_only"
    )
    with_code = viewer(Role.ENTERPRISE, organisation=USCC)
    assert not owns(with_code, subject(ANN, kind=table.NATURAL_PERSON, uscc=USCC))


def test_staff_give_a_reason_and_stay_inside_their_territory() -> None:
    clerk = viewer(Role.OPERATOR, territory="太原市")
    assert code_of(clerk, "subject_search", subject=subject()) == "reason_needed"
    assert code_of(clerk, "subject_search", subject=subject(), reason="  ") == "reason_needed"
    assert code_of(clerk, "subject_search", subject=subject(), reason="来电核对") == "allowed"
    away = subject(residence="山西省大同市平城区太原市路1号")
    assert code_of(clerk, "subject_search", subject=away, reason="来电核对") == "not_found"


@pytest.mark.parametrize(
    ("territory", "authority", "residence", "expected"),
    [
        (None, None, None, True),
        ("太原市", "太原市市场监督管理局", None, True),
        ("太原市", None, "山西省太原市小店区1号", True),
        ("海勃湾区", "乌海市海勃湾区市场监督管理局", None, True),
        ("海勃湾区", None, "内蒙古自治区乌海市海勃湾区2号", True),
        ("兴县", None, "浙江省长兴县1号", False),
        ("兴县", None, "山西省吕梁市兴县1号", True),
        ("太原市", None, None, False),
        ("太原市", "大同市行政审批服务管理局", "大同市平城区太原市街", False),
    ],
)
def test_a_territory_is_where_a_place_begins(
    territory: str | None, authority: str | None, residence: str | None, expected: bool
) -> None:
    placed = subject(registration_authority=authority, residence=residence)
    assert inside(territory, placed) is expected


def test_an_authority_is_approved_and_states_its_basis() -> None:
    waiting, approved = viewer(Role.AUTHORITY), viewer(Role.AUTHORITY, organisation_id=MINE)
    assert code_of(waiting, "legal_request", reason="税收征管法第54条") == "organisation_not_approved"
    assert code_of(approved, "legal_request", reason=" ") == "legal_basis_needed"
    assert code_of(approved, "legal_request", reason="税收征管法第54条") == "allowed"
    assert code_of(viewer(Role.RECEIVER), "api_keys") == "organisation_not_approved"
    assert code_of(viewer(Role.RECEIVER, organisation_id=MINE), "api_keys") == "allowed"


def test_a_key_does_only_what_it_was_made_for() -> None:
    key = viewer(Role.RECEIVER, organisation_id=MINE, scopes=frozenset({"watching"}))
    assert code_of(key, "file_verdict") == "allowed"
    assert code_of(key, "watching", subject=subject(), granted=True) == "allowed"
    assert code_of(key, "report_download", subject=subject(), granted=True) == "scope_missing"

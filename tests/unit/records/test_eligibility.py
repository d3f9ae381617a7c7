"""Who may be given a report (rules R5 and R9): by kind, place and state as registered, never by digits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from domain.errors import Refused
from domain.wording import Wording
from records.eligibility import check
from tests.unit.records.making import COMPANY, LOCAL, SHANXI, THIRD, TODAY, WUHAI


def refusal(region, subject, day=TODAY) -> Refused:
    with pytest.raises(Refused) as caught:
        check(region, subject, day)
    for language in ("zh", "en"):
        wording = Wording.load(language)
        reason = f"{caught.value.code}.{caught.value.fields.get('reason')}"
        text = wording.text(reason if wording.has(reason) else caught.value.code, **caught.value.fields)
        assert "[" not in text
        assert text != caught.value.code
    return caught.value


@pytest.mark.parametrize("kind", ["institution", "social_organisation", "natural_person", "government_body"])
def test_wuhai_refuses_who_is_no_market_subject(kind: str):
    assert refusal(WUHAI, replace(COMPANY, kind=kind)).fields["reason"] == "subject_kind"


@pytest.mark.parametrize(
    "kind",
    [
        "company",
        "non_company_legal_person",
        "sole_proprietorship",
        "partnership",
        "cooperative",
        "sole_trader",
        "branch",
        "foreign_branch",
    ],
)
def test_both_take_every_market_subject(kind: str):
    check(WUHAI, replace(COMPANY, kind=kind), TODAY)
    check(SHANXI, replace(LOCAL, kind=kind), TODAY)


@pytest.mark.parametrize("kind", ["institution", "social_organisation", "natural_person"])
def test_shanxi_takes_others_by_analogy(kind: str):
    check(SHANXI, replace(LOCAL, kind=kind), TODAY)


def test_shanxi_refuses_a_subject_registered_elsewhere_whatever_its_code():
    elsewhere = replace(COMPANY, uscc="91140100748204660Q")
    assert refusal(SHANXI, elsewhere).fields["reason"] == "registered_elsewhere"
    # The same code is welcome where the register says so: digits decide nothing.
    check(SHANXI, replace(elsewhere, registration_authority="山西省市场监督管理局"), TODAY)


@pytest.mark.parametrize("place", ["平遥县行政审批服务管理局", "太原市小店区", "  山西省 大同市", "兴县"])
def test_places_of_the_territory(place: str):
    check(SHANXI, replace(LOCAL, registration_authority=None, residence=place), TODAY)


@pytest.mark.parametrize(
    "place", ["浙江省长兴县市场监督管理局", "长兴县", "永吉县", "北京市山西大厦", "宝应县"]
)
def test_a_name_inside_another_name_is_no_place_of_the_territory(place: str):
    subject = replace(LOCAL, registration_authority=place, residence=None)
    assert refusal(SHANXI, subject).fields["reason"] == "registered_elsewhere"


def test_without_any_place_nobody_can_tell():
    subject = replace(LOCAL, registration_authority=None, residence=None)
    assert refusal(SHANXI, subject).fields["reason"] == "registration_unknown"
    check(WUHAI, replace(COMPANY, registration_authority=None, residence=None), TODAY)


@pytest.mark.parametrize("state", ["注销", "已注销", "吊销，已注销", " 注销 "])
def test_deregistered_subjects_get_none(state: str):
    assert refusal(WUHAI, replace(COMPANY, registered_state=state)).code == "subject_deregistered"


@pytest.mark.parametrize("state", ["存续", "吊销", "吊销,未注销", "吊销未注销", "迁出"])
def test_revoked_licences_are_reported_on(state: str):
    check(WUHAI, replace(COMPANY, registered_state=state), TODAY)


def test_before_the_first_phase_nothing_is_issued():
    assert refusal(WUHAI, COMPANY, date(2024, 6, 30)).code == "phase_not_started"
    check(WUHAI, COMPANY, date(2024, 7, 1))
    assert refusal(SHANXI, LOCAL, date(2025, 8, 31)).code == "phase_not_started"
    assert refusal(THIRD, LOCAL, date(2025, 12, 31)).code == "phase_not_started"

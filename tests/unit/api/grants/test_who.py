"""Who may use a grant; everybody else is answered in an order that tells nothing."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from api.services.access.principal import ANONYMOUS
from api.services.grants import live
from api.services.grants.making import LegalRequest, make, make_by_law, narrow
from api.services.grants.redeeming import redeem
from api.services.grants.showing import details
from api.services.grants.wishes import Wish
from api.services.grants.withdrawing import grants_for, grants_of, looks_at_own, uses, withdraw
from domain.errors import NotFound, Refused
from tests.unit.api.grants.people import (
    AGENT,
    BANK,
    CLERK,
    OFFICER,
    OTHER_CLERK,
    OWNER,
    STRANGER,
    acts,
    granted,
    number_of,
    refused,
)
from tests.unit.api.house_kit import FIRM, OTHER_FIRM, HouseKit


def test_an_agent_needs_a_grant_and_its_own_enterprise(issued_kit: HouseKit) -> None:
    kit = issued_kit
    wish = Wish(purpose="投标")
    assert refused(lambda: make(kit.context, AGENT, number_of(kit), wish)) == "grant_needed"
    foreign = replace(AGENT, organisation=OTHER_FIRM)
    made = granted(kit)
    assert refused(lambda: narrow(kit.context, foreign, made.token, wish)) == "not_found"
    assert refused(lambda: narrow(kit.context, CLERK, made.token, wish)) == "not_allowed"


def test_five_wrong_factors_close_the_grant_and_tell_the_subject(issued_kit: HouseKit) -> None:
    kit = issued_kit
    made = granted(kit, factor="code", factor_code="482913")
    child = narrow(kit.context, AGENT, made.token, Wish(purpose=""), factor="482913")
    assert refused(lambda: redeem(kit.context, ANONYMOUS, made.token)) == "grant_factor_needed"
    use = redeem(kit.context, ANONYMOUS, child.token, factor="48 29 13")
    left = []
    for token in (made.token, child.token, child.token, made.token):
        with pytest.raises(Refused) as error:
            redeem(kit.context, ANONYMOUS, token, factor="111222")
        left.append(error.value.fields["left"])
    assert left == [4, 3, 2, 1]
    assert refused(lambda: redeem(kit.context, ANONYMOUS, child.token, factor="000111")) == "grant_closed"
    for token in (made.token, child.token):
        assert (
            refused(lambda token=token: redeem(kit.context, ANONYMOUS, token, factor="482913"))
            == "grant_closed"
        )  # type: ignore[misc]
    assert refused(lambda: details(kit.context, ANONYMOUS, use.token)) == "grant_closed"
    assert "closed" in acts(kit)


def test_before_the_factor_nothing_is_told(issued_kit: HouseKit) -> None:
    kit = issued_kit
    made = granted(kit, factor="code", factor_code="482913")
    withdraw(kit.context, OWNER, made.grant.id)
    assert refused(lambda: redeem(kit.context, ANONYMOUS, made.token)) == "grant_factor_needed"
    assert (
        refused(lambda: redeem(kit.context, ANONYMOUS, made.token, factor="111222")) == "grant_factor_wrong"
    )
    assert refused(lambda: redeem(kit.context, ANONYMOUS, made.token, factor="482913")) == "grant_withdrawn"


@pytest.mark.parametrize("digits", ["123456", "000000", "12345", "abcdef", FIRM[2:8], ""])
def test_digits_that_everybody_knows_are_no_factor(issued_kit: HouseKit, digits: str) -> None:
    code = refused(lambda: granted(issued_kit, factor="code", factor_code=digits))
    assert code in {"grant_factor_public", "grant_factor_code"}


def test_a_named_organisation_signs_in_and_another_learns_nothing(issued_kit: HouseKit) -> None:
    kit = issued_kit
    made = granted(kit, receiver=BANK, receiver_name="某银行")
    assert made.grant.factor == "sign_in"
    assert refused(lambda: redeem(kit.context, ANONYMOUS, made.token)) == "sign_in_needed"
    unknown = disclosure_of_unknown(kit)
    with pytest.raises(NotFound) as error:
        redeem(kit.context, OTHER_CLERK, made.token)
    assert str(error.value) == unknown
    waiting = replace(CLERK, organisation_id=None)
    assert refused(lambda: redeem(kit.context, waiting, made.token)) == "organisation_not_approved"
    use = redeem(kit.context, CLERK, made.token)
    assert len(details(kit.context, CLERK, use.token).records) == 1
    colleague = replace(CLERK, person=uuid4())
    assert refused(lambda: details(kit.context, colleague, use.token)) == "grant_opening_unknown"
    assert [item.state for item in grants_for(kit.context, CLERK)] == ["live"]
    assert grants_for(kit.context, OTHER_CLERK) == ()
    looks = uses(kit.context, OWNER, made.grant.id)
    assert [look.act for look in looks] == ["view", "redeem", "denied", "denied"]
    assert looks[0].viewer == CLERK.person


def disclosure_of_unknown(kit: HouseKit) -> str:
    """The very words of the answer to a secret that nobody gave out."""
    from domain.grant_token import TokenKind, encode

    with pytest.raises(NotFound) as error:
        redeem(kit.context, OTHER_CLERK, encode(TokenKind.GRANT, os.urandom(32)))
    return str(error.value)


def test_another_tenant_gets_nothing(issued_kit: HouseKit) -> None:
    kit = issued_kit
    made, number = granted(kit), number_of(kit)
    nobody = uuid4()
    for act in (
        lambda: make(kit.context, STRANGER, number, Wish(purpose="x")),
        lambda: make(kit.context, OWNER, "15030020260615AAAAAAAA", Wish(purpose="x")),
        lambda: withdraw(kit.context, STRANGER, made.grant.id),
        lambda: withdraw(kit.context, STRANGER, nobody),
        lambda: uses(kit.context, STRANGER, made.grant.id),
        lambda: uses(kit.context, STRANGER, nobody),
        lambda: live.make(kit.context, STRANGER, number, frozenset({"view"})),
    ):
        assert refused(act) == "not_found"
    assert grants_of(kit.context, STRANGER) == ()
    assert looks_at_own(kit.context, STRANGER) == ()


def test_by_law_the_basis_is_stated_and_the_subject_told(issued_kit: HouseKit) -> None:
    kit = issued_kit
    asked = LegalRequest(about=FIRM, basis="《中华人民共和国行政处罚法》第五十四条", purpose="案件调查")
    assert refused(lambda: make_by_law(kit.context, CLERK, asked)) == "not_allowed"
    assert refused(lambda: make_by_law(kit.context, OFFICER, replace(asked, basis=" "))) == "grant_basis"
    made = make_by_law(kit.context, OFFICER, asked)
    assert made.grant.expires_at - made.grant.made_at == timedelta(days=15)
    assert acts(kit) == ["legal_request"]
    assert "第五十四条" in looks_at_own(kit.context, OWNER)[0].purpose
    assert refused(lambda: redeem(kit.context, CLERK, made.token)) == "grant_unknown"
    use = redeem(kit.context, OFFICER, made.token)
    assert len(details(kit.context, OFFICER, use.token).records) == 1
    assert refused(lambda: withdraw(kit.context, OWNER, made.grant.id)) == "grant_by_law"
    with kit.context.store.reading() as work:
        assert "grant_by_law" in [event.act for event in work.house.events()]

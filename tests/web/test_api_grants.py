"""授权 for programs: made once, redeemed by another organisation, shown with proofs, withdrawn at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.client import Client, Opening, Problem
from domain import disclosure
from tests.web.api import ORIGIN, api_key, visitor, web_of
from tests.web.service import sign_in
from tests.world.world import World

WISH: dict[str, Any] = {"purpose": "贷款审批", "allows": ["view", "download"]}


@pytest.fixture
def number(house: World) -> str:
    found: str = house.content(house.report("records"))["number"]
    return found


@pytest.fixture
def enterprise(client: TestClient) -> Iterator[Client]:
    sign_in(client, "enterprise-records")
    client.headers.update(ORIGIN)
    yield visitor(client)
    client.headers.pop("Origin")


@pytest.fixture
def bank(client: TestClient, enterprise: Client) -> Client:
    """The bank's program, by its key: no cookie is asked where a key comes."""
    session = client.cookies["session"]
    key = api_key(client)
    client.cookies.set("session", session)
    return visitor(client, key)


def refused(act: Any, *words: Any, **more: Any) -> tuple[int, str]:
    with pytest.raises(Problem) as error:
        act(*words, **more)
    return error.value.status, error.value.code


def test_grant_redeem_details_file_withdraw(
    enterprise: Client, bank: Client, house: World, number: str
) -> None:
    made = enterprise.grant(number, **WISH)
    opening = bank.redeem(made["token"])
    assert opening.number == number and opening.allows == ("download", "view")
    content = house.content(house.report("records"))
    details = disclosure.decode_details(bank.details(opening))
    tree = content["records"]
    disclosure.verify_details(details, number=number, root=tree["root"], size=tree["size"])
    assert bank.download(number, opening) == house.report("records").read_bytes()
    assert enterprise.withdraw(made["grant"]["id"]) == 1
    assert refused(bank.download, number, opening) == (403, "grant_withdrawn")
    assert refused(bank.redeem, made["token"]) == (403, "grant_withdrawn")
    assert enterprise.withdraw(made["grant"]["id"]) == 0
    acts = [use["act"] for use in enterprise.uses(made["grant"]["id"], page=2)]
    assert acts == ["withdraw", "denied", "withdraw", "download", "view", "redeem"]


def test_a_lost_answer_is_given_again_and_counts_once(enterprise: Client, bank: Client, number: str) -> None:
    made = enterprise.grant(number, key="grant-1", uses=1, **WISH)
    assert enterprise.grant(number, key="grant-1", uses=1, **WISH) == made
    first = bank.redeem(made["token"], key="redeem-1")
    assert bank.redeem(made["token"], key="redeem-1") == first
    assert refused(bank.redeem, made["token"]) == (403, "grant_used_up")


def test_what_is_no_secret_says_so(enterprise: Client, bank: Client, number: str) -> None:
    made = enterprise.grant(number, **WISH)
    code = made["token"][:-1] + ("a" if made["token"][-1] != "a" else "b")
    assert refused(bank.redeem, code) == (400, "grant_token_typo")
    assert refused(bank.redeem, "1234 5678 9012") == (400, "grant_token_verification_code")
    other = Opening(token="dzo_" + "a" * 58, number=number, allows=(), until="")
    assert refused(bank.download, number, other)[0] in (400, 404)
    assert refused(bank.download, number) == (403, "grant_needed")


def test_an_opening_opens_its_own_report_alone(
    enterprise: Client, bank: Client, house: World, number: str
) -> None:
    opening = bank.redeem(enterprise.grant(number, **WISH)["token"])
    theirs = house.content(house.report("clean"))["number"]
    assert refused(bank.download, theirs, opening) == (404, "not_found")
    elsewhere = Opening(token=opening.token, number=theirs, allows=(), until="")
    assert refused(bank.details, elsewhere) == (404, "not_found")


def test_an_expired_grant_opens_nothing(
    enterprise: Client, bank: Client, client: TestClient, number: str
) -> None:
    made = enterprise.grant(number, **WISH)
    context = client.app.state.web.context  # type: ignore[attr-defined]
    later = replace(context, clock=lambda: context.clock() + timedelta(days=29))
    with web_of(client, context=later):
        status, code = refused(bank.redeem, made["token"])
    assert (status, code) == (403, "grant_expired")


def test_granting_needs_a_fresh_sign_in(enterprise: Client, client: TestClient, number: str) -> None:
    context = client.app.state.web.context  # type: ignore[attr-defined]
    later = replace(context, clock=lambda: context.clock() + timedelta(minutes=10))
    with web_of(client, context=later):
        assert refused(enterprise.grant, number, **WISH) == (403, "sign_in_again")


def test_fresh_report_once_a_use(enterprise: Client, bank: Client, number: str) -> None:
    made = enterprise.grant(number, purpose="贷款审批", allows=["view", "query"])
    opening = bank.redeem(made["token"])
    fresh = bank.fresh_report(opening)
    assert fresh["number"] and not fresh["waiting"]
    assert bank.verify_file(bank.download(fresh["number"], opening))["status"] == "VALID"
    assert refused(bank.fresh_report, opening) == (403, "grant_query_done")


def test_a_grant_of_somebody_else_is_as_none(enterprise: Client, client: TestClient, number: str) -> None:
    made = enterprise.grant(number, **WISH)
    sign_in(client, "enterprise-clean")
    for id_ in (made["grant"]["id"], "0193a000-0000-7000-8000-000000000000"):
        assert client.delete(f"/api/v1/grants/{id_}").json()["code"] == "not_found"
        assert client.get(f"/api/v1/grants/{id_}/uses").json()["code"] == "not_found"


def test_no_secret_stands_in_the_database(
    enterprise: Client, bank: Client, house: World, number: str
) -> None:
    made = enterprise.grant(number, key="canary-key", **WISH)
    opening = bank.redeem(made["token"], key="canary-key")
    data = house.kept()
    for secret in (made["token"], opening.token, "canary-key"):
        assert secret.encode() not in data and json.dumps(secret).encode() not in data

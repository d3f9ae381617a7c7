"""盯报告 for programs: by a grant that names the organisation or by an opened one, listed in pages, ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.client import Client, Problem
from scripts.demo_data.people import sample_people
from tests.web.api import ORIGIN, api_key, visitor, without_limits
from tests.web.service import sign_in
from tests.world.world import World


@pytest.fixture
def enterprise(client: TestClient) -> Iterator[Client]:
    sign_in(client, "enterprise-records")
    client.headers.update(ORIGIN)
    with without_limits(client):
        yield visitor(client)
    client.headers.pop("Origin")


@pytest.fixture
def bank(client: TestClient, enterprise: Client) -> Client:
    session = client.cookies["session"]
    key = api_key(client)
    client.cookies.set("session", session)
    return visitor(client, key)


@pytest.fixture
def bank_code(house: World) -> str:
    people = {person.id: person for person in sample_people(house.house, house.place)}
    return people["bank"].organisation or ""


def refused(act: Any, *words: Any, **more: Any) -> tuple[int, str]:
    with pytest.raises(Problem) as error:
        act(*words, **more)
    return error.value.status, error.value.code


def number_of(house: World) -> str:
    found: str = house.content(house.issue("records"))["number"]
    return found


def test_begin_list_end(enterprise: Client, bank: Client, house: World, bank_code: str) -> None:
    number = number_of(house)
    wish = {"purpose": "放款前", "allows": ["view", "watch"], "receiver": bank_code, "factor": "sign_in"}
    made = enterprise.grant(number, **wish)
    key = "watch-1"
    watch = bank.watch(grant=made["grant"]["id"], key=key)
    assert (watch["number"], watch["state"], watch["status"]) == (number, "live", "valid")
    assert watch["until"] == made["grant"]["expires_at"]
    assert bank.watch(grant=made["grant"]["id"], key=key) == watch
    assert refused(bank.watch, grant=made["grant"]["id"]) == (409, "watch_exists")
    assert watch in list(bank.watches(page=1))
    ended = bank.end_watch(watch["id"])
    assert (ended["state"], ended["status"]) == ("ended_by_receiver", None)
    assert bank.end_watch(watch["id"]) == ended


def test_under_an_opened_grant_and_in_pages(enterprise: Client, bank: Client, house: World) -> None:
    numbers = []
    for _ in range(3):
        numbers.append(number_of(house))
        made = enterprise.grant(numbers[-1], purpose="投标", allows=["view", "watch"])
        bank.watch(opening=bank.redeem(made["token"]), until="2199-01-01T00:00:00Z")
    listed = [watch["number"] for watch in bank.watches(page=2)]
    assert listed[:3] == numbers[::-1]


def test_what_is_refused(enterprise: Client, bank: Client, client: TestClient, house: World) -> None:
    number = number_of(house)
    made = enterprise.grant(number, purpose="投标", allows=["view"])
    opening = bank.redeem(made["token"])
    assert refused(bank.watch, opening=opening) == (403, "watch_not_allowed")
    assert refused(bank.watch) == (404, "grant_unknown")
    assert refused(bank.watch, grant=made["grant"]["id"]) == (404, "grant_unknown")
    assert refused(bank.end_watch, made["grant"]["id"]) == (404, "watch_unknown")
    assert refused(enterprise.watch, grant=made["grant"]["id"]) == (403, "organisation_not_approved")
    client.cookies.clear()
    assert refused(visitor(client).watch, grant=made["grant"]["id"])[0] == 401
    narrow = visitor(client, api_key(client, "grant_redeem"))
    assert refused(narrow.watch, grant=made["grant"]["id"]) == (403, "scope_missing")

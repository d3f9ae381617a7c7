"""Own reports for programs: listed in pages, issued once, downloaded; another's are not there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.client import Client, Problem
from tests.web.api import ORIGIN, api_key, visitor, without_limits
from tests.web.service import sign_in
from tests.world.world import World

ORDER = {"purpose": "银行贷款"}


@pytest.fixture
def enterprise(client: TestClient, house: World) -> Iterator[Client]:
    """The shipped client by the session of the enterprise with records."""
    house.report("records")
    sign_in(client, "enterprise-records")
    client.headers.update(ORIGIN)
    yield visitor(client)
    client.headers.pop("Origin")


def code_of(error: pytest.ExceptionInfo[Problem]) -> tuple[int, str]:
    return error.value.status, error.value.code


def test_issue_list_and_download(enterprise: Client, house: World) -> None:
    issued = enterprise.issue(**ORDER)
    assert issued["purpose"] == "银行贷款"
    listed = next(enterprise.reports())
    assert listed == issued == enterprise.report(issued["number"])
    pdf = enterprise.download(issued["number"])
    verdict = enterprise.verify_file(pdf)
    assert (verdict["status"], verdict["report"]["number"]) == ("VALID", issued["number"])


def test_the_same_key_issues_once_and_another_body_is_refused(enterprise: Client) -> None:
    first = enterprise.issue(key="once-0001", **ORDER)
    assert enterprise.issue(key="once-0001", **ORDER) == first
    with pytest.raises(Problem) as refused:
        enterprise.issue(key="once-0001", purpose="投标")
    assert code_of(refused) == (422, "idempotency_key_reused")
    assert [line["number"] for line in enterprise.reports()].count(first["number"]) == 1


def test_two_at_once_with_one_key_issue_once(enterprise: Client, client: TestClient) -> None:
    answers: list[tuple[int, str]] = []

    def ask() -> None:
        said = client.post("/api/v1/reports", json=ORDER, headers={"Idempotency-Key": "race-1"})
        answers.append((said.status_code, said.json().get("number") or said.json()["code"]))
        if said.status_code == 409:
            assert int(said.headers["retry-after"]) > 0

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = {word for status, word in answers if status == 201}
    assert len(made) == 1
    assert {word for status, word in answers if status == 409} <= {"idempotency_at_work"}
    assert enterprise.issue(key="race-1", **ORDER)["number"] in made


def test_a_refused_write_frees_its_key(enterprise: Client) -> None:
    with pytest.raises(Problem) as refused:
        enterprise.issue(key="again-1", matter="no-such-matter")
    assert code_of(refused)[0] in (403, 404)
    assert enterprise.issue(key="again-1", **ORDER)["number"]


def test_pages_hold_each_report_once(enterprise: Client) -> None:
    enterprise.issue(**ORDER)
    enterprise.issue(**ORDER)
    one_by_one = [line["number"] for line in enterprise.reports(page=1)]
    assert len(one_by_one) >= 3 and len(set(one_by_one)) == len(one_by_one)
    assert one_by_one == [line["number"] for line in enterprise.reports(page=200)]


def test_a_cursor_of_another_opens_nothing(enterprise: Client, client: TestClient, house: World) -> None:
    enterprise.issue(**ORDER)
    theirs = client.get("/api/v1/reports", params={"limit": "1"}).json()["next"]
    assert theirs
    sign_in(client, "enterprise-clean")
    for cursor in (theirs, theirs[:-2] + "AA", "x", "é", "\x00", "A" * 399):
        answer = client.get("/api/v1/reports", params={"cursor": cursor})
        assert (answer.status_code, answer.json()["code"]) == (400, "cursor_malformed"), cursor


def test_anothers_report_is_as_none(enterprise: Client, client: TestClient, house: World) -> None:
    theirs = house.content(house.report("clean"))["number"]
    none = theirs[:-8] + "0" * 8
    for path in ("", "/file", "/details"):
        answers = [client.get(f"/api/v1/reports/{number}{path}") for number in (theirs, none)]
        if path == "/details":
            assert {answer.json()["code"] for answer in answers} == {"grant_needed"}
            continue
        assert [answer.status_code for answer in answers] == [404, 404]
        assert len({answer.json()["detail"] for answer in answers}) == 1


@pytest.mark.parametrize("person", ["bank", "authority", "unit", "auditor", "security", "system"])
def test_others_have_no_own_reports(client: TestClient, person: str) -> None:
    sign_in(client, person)
    answer = client.get("/api/v1/reports")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_nobody_and_wrong_keys_get_the_challenge(client: TestClient) -> None:
    assert client.get("/api/v1/reports").status_code == 401
    for given in ("Bearer dzk_" + "a" * 58, "Bearer x.y.z", "Basic eDp5", "Bearer", "Bearer " + "a" * 3000):
        answer = client.get("/api/v1/reports", headers={"Authorization": given})
        assert answer.status_code == 401, given
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["code"] in ("api_key_unknown", "token_invalid")


def test_a_key_does_what_its_scopes_say(client: TestClient, house: World, tmp_path: Path) -> None:
    key = api_key(client, "grant_redeem")
    program = visitor(client, key)
    with pytest.raises(Problem) as refused:
        program.download(house.content(house.report("records"))["number"])
    assert code_of(refused) == (403, "scope_missing")
    with without_limits(client):
        assert program.verify_sha256("0" * 64)["authenticity"] != "genuine"

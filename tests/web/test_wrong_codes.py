"""10,000 wrong codes: locked after 100 for good, told to nobody, and the subject gets a new one (R29)."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from statistics import median
from time import process_time
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.http.app import create_app
from api.http.rate import RateLimiter
from api.http.serving import open_web
from api.services.issuing.codes import MAX_WRONG_TRIES, code_fits
from tests.web.api import typed_code
from tests.web.service import sign_in
from tests.web.test_desk import ORIGIN
from tests.world.world import World

ASK = "/api/v1/verifications"
WRONG, OVER_HTTP = 10_000, 2_000
"""Tries in all; the rest of them go to what every door asks, without HTTP between."""
ASKED = 60


@pytest.fixture(scope="module")
def attacked(house: World) -> Iterator[TestClient]:
    """The service without limits for one address: an attacker has many."""
    web = open_web(house.open(), loopback=True, demo=True)
    app = create_app(replace(web, limiter=RateLimiter(web.context.clock, enabled=False)))
    with TestClient(app, base_url="http://127.0.0.1:8000", follow_redirects=False) as client:
        yield client


@pytest.fixture
def paper(house: World) -> tuple[str, str]:
    """Number and 核验码 of a report of this test's own: what one locks the other must not find locked."""
    made = house.issue("clean")
    return house.content(made)["number"], typed_code(made).replace(" ", "")


def ask(client: TestClient, number: str, code: str) -> Any:
    answer = client.post(ASK, json={"number": number, "code": code})
    assert answer.status_code == 200, answer.text
    return answer


def plain(answer: Any, number: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Body and headers without what changes with the time, the request and the number asked for."""
    body = re.sub(r'"(verified_at|age_seconds)": ?("[^"]*"|[0-9]+)', "", answer.text)
    # The body's length follows the digits of an age; the body itself is compared.
    changing = ("x-request-id", "date", "content-length")
    kept = ((k, re.sub(r"'nonce-[^']+'", "NONCE", v)) for k, v in answer.headers.items() if k not in changing)
    headers = tuple(sorted(kept))
    return body.replace(number, "NUMBER"), headers


def wrong_codes(right: str, count: int) -> Iterator[str]:
    draw = random.Random(7)
    while count:
        code = f"{draw.randrange(10**12):012d}"
        if code != right:
            count -= 1
            yield code


@pytest.mark.slow
def test_ten_thousand_wrong_codes(attacked: TestClient, paper: tuple[str, str], house: World) -> None:
    number, right = paper
    unknown = number[:14] + "0000DEAD"
    other = house.content(house.issue("trader"))["number"]
    assert ask(attacked, number, right).json()["status"] == "STANDS"
    codes = wrong_codes(right, WRONG)
    told = {plain(ask(attacked, number, code), number) for code in islice(codes, OVER_HTTP)}
    context = attacked.app.state.web.context  # type: ignore[attr-defined]
    assert [code for code in codes if code_fits(context, number, code)] == []
    locked = ask(attacked, number, right)
    told.add(plain(locked, number))
    assert locked.json()["status"] == "REFUTED"
    assert len(told) == 1, "wrong, locked, and right but locked are told apart"
    answers = [plain(ask(attacked, n, "000000000000"), n) for n in (number, unknown, other)]
    assert set(answers) == told, "unknown, wrong and locked are told apart"

    # The same work: unknown, wrong and locked, asked in turn within one run.
    spent: dict[str, list[float]] = {unknown: [], other: [], number: []}
    for _ in range(ASKED):
        for each, times in spent.items():
            began = process_time()
            ask(attacked, each, "000000000001")
            times.append(process_time() - began)
    middles = [median(times) for times in spent.values()]
    assert max(middles) < 2 * min(middles), middles


def test_the_subject_gets_a_new_code_for_a_locked_report(
    attacked: TestClient, paper: tuple[str, str]
) -> None:
    number, right = paper
    for code in wrong_codes(right, MAX_WRONG_TRIES):
        ask(attacked, number, code)
    sign_in(attacked, "enterprise-records")
    assert attacked.post(f"/desk/reports/{number}/code", headers=ORIGIN).status_code == 404
    sign_in(attacked, "enterprise-clean")
    assert 'data-locked="1"' in attacked.get(f"/desk/reports/{number}").text
    made = attacked.post(f"/desk/reports/{number}/code", headers=ORIGIN)
    found = re.search(r'id="code">([0-9]{4} [0-9]{4} [0-9]{4})<', made.text)
    assert found is not None, made.text
    assert made.headers["cache-control"] == "no-store"
    assert 'data-locked="1"' not in attacked.get(f"/desk/reports/{number}").text
    assert 'data-act="code"' in attacked.get("/desk/access").text
    attacked.cookies.clear()
    assert ask(attacked, number, found[1]).json()["status"] == "STANDS"
    assert ask(attacked, number, right).json()["status"] == "REFUTED"
    sign_in(attacked, "enterprise-clean")
    again = attacked.post(f"/desk/reports/{number}/code", headers=ORIGIN)
    attacked.cookies.clear()
    assert (again.status_code, "code_not_locked" in again.text) == (409, True)

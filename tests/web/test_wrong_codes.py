"""10,000 wrong codes: locked after 100 for good, told to nobody, and the subject gets a new one (R29)."""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from statistics import median
from time import process_time
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from api.http.app import create_app
from api.http.rate import RateLimiter
from api.http.serving import open_web
from api.services.issuing.codes import MAX_WRONG_TRIES
from tests.web.api import typed_code
from tests.web.service import sign_in
from tests.web.test_desk import ORIGIN
from tests.world.world import World

ASK = "/api/v1/verifications"
WRONG = 10_000
"""Tries in all: so many at numbers that do not exist, so many with the right code after the lock."""
UNKNOWN, LOCKED = 4_000, 1_000
AT_ONCE = 2
"""Requests on their way at the same time."""
ASKED = 30


@pytest.fixture(scope="module")
def attacked(house: World) -> Iterator[TestClient]:
    """The service without limits for one address: an attacker has many."""
    web = open_web(house.open(), loopback=True, demo=True)
    app = create_app(replace(web, limiter=RateLimiter(web.context.clock, enabled=False)))
    with TestClient(app, base_url=ORIGIN["Origin"], follow_redirects=False) as client:
        yield client


@pytest.fixture
def paper(house: World) -> tuple[str, str]:
    """Number and 核验码 of a report of this test's own: what one locks the other must not find locked."""
    return number_and_code(house, "clean")


def number_and_code(house: World, subject: str) -> tuple[str, str]:
    made = house.issue(subject)
    return house.content(made)["number"], typed_code(made).replace(" ", "")


def ask(client: TestClient, number: str, code: str) -> Any:
    answer = client.post(ASK, json={"number": number, "code": code})
    assert answer.status_code == 200, answer.text
    return answer


def status(client: TestClient, number: str, code: str) -> str:
    said: str = ask(client, number, code).json()["status"]
    return said


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """A number with a code that does not open it, and why it does not."""

    why: str
    number: str
    code: str


def tries(victim: tuple[str, str], careful: tuple[str, str]) -> list[Try]:
    """Give wrong tries of every kind in one seeded order: they lock ``victim``, and ``careful`` just not.

    The right code of ``victim`` stands in the second half alone, when the lock is there.
    """
    draw = random.Random(7)
    number, right = victim
    unknown = (f"{number[:14]}{draw.randrange(16**8):08X}" for _ in range(UNKNOWN))
    made = [Try(why="unknown number", number=each, code=right) for each in unknown]
    few = wrong_codes(careful[1], MAX_WRONG_TRIES - 2)
    made += [Try(why="wrong code", number=careful[0], code=each) for each in few]
    made.append(Try(why="another report's code", number=careful[0], code=right))
    many = wrong_codes(right, WRONG - LOCKED - len(made))
    made += [Try(why="wrong code", number=number, code=each) for each in many]
    draw.shuffle(made)
    for _ in range(LOCKED):
        place = draw.randrange(WRONG // 2, len(made))
        made.insert(place, Try(why="right code, locked", number=number, code=right))
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back for one request."""

    status: int
    headers: dict[str, str]
    text: str


async def post(app: Any, said: bytes) -> Answer:
    """Send one request to the application as its server does; a client library costs half as much again."""
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST",
        "scheme": "http", "path": ASK, "raw_path": ASK.encode(), "query_string": b"", "root_path": "",
        "headers": [(b"host", b"127.0.0.1:8000"), (b"content-type", b"application/json"),
                    (b"content-length", b"%d" % len(said))],
        "client": ("127.0.0.1", 50000), "server": ("127.0.0.1", 8000),
    }  # fmt: skip
    came: list[Any] = []
    messages = [{"type": "http.request", "body": said}]

    async def receive() -> Any:
        if not messages:
            await asyncio.Event().wait()
        return messages.pop()

    async def send(message: Any) -> None:
        came.append(message)

    await app(scope, receive, send)
    headers = {name.decode(): value.decode() for name, value in came[0]["headers"]}
    text = b"".join(part["body"] for part in came[1:]).decode()
    return Answer(status=came[0]["status"], headers=headers, text=text)


async def answers(app: Any, asked: list[Try]) -> dict[Any, Counter[str]]:
    """Ask all of ``asked``, ``AT_ONCE`` at a time; give each different answer with who got it how often."""
    told: dict[Any, Counter[str]] = {}
    waiting = iter(asked)

    async def visitor() -> None:
        for each in waiting:
            answer = await post(app, json.dumps({"number": each.number, "code": each.code}).encode())
            same = told.setdefault((answer.status, plain(answer, each.number)), Counter())
            same[each.why] += 1

    await asyncio.gather(*(visitor() for _ in range(AT_ONCE)))
    return told


@pytest.mark.slow
def test_ten_thousand_wrong_codes(attacked: TestClient, paper: tuple[str, str], house: World) -> None:
    careful = number_and_code(house, "trader")
    assert [status(attacked, *each) for each in (paper, careful)] == ["STANDS"] * 2
    asked = tries(paper, careful)
    told = asyncio.run(answers(attacked.app, asked))
    assert list(told.values()) == [Counter(each.why for each in asked)], "kinds of wrong are told apart"
    [(code, (body, _))] = told
    assert (len(asked), code, '"code":"code_unknown"' in body.replace(" ", "")) == (WRONG, 200, True)

    # What was tried less often than the lock allows still opens; the hundredth wrong code locks that too.
    assert [status(attacked, *each) for each in (paper, careful)] == ["REFUTED", "STANDS"]
    assert status(attacked, careful[0], "".join(wrong_codes(careful[1], 1))) == "REFUTED"
    assert status(attacked, *careful) == "REFUTED"
    context = attacked.app.state.web.context  # type: ignore[attr-defined]
    with context.store.reading() as work:
        kept = [work.reports.codes(number) for number, _ in (paper, careful)]
    assert [each.wrong_tries for each in kept] == [MAX_WRONG_TRIES] * 2, "a lock counts no further"


def test_unknown_wrong_and_locked_cost_the_same(
    attacked: TestClient, paper: tuple[str, str], house: World
) -> None:
    number, right = number_and_code(house, "trader")
    for code in wrong_codes(right, MAX_WRONG_TRIES):
        ask(attacked, number, code)
    kinds = {
        "unknown number": (number[:14] + "0000DEAD", right),
        "wrong code": (paper[0], "".join(wrong_codes(paper[1], 1))),
        "wrong code, locked": (number, "".join(wrong_codes(right, 1))),
        "right code, locked": (number, right),
    }
    # The line that counts tries at nobody's number is made by the first of them.
    ask(attacked, *kinds["unknown number"])
    statements: dict[str, list[str]] = {}
    for why, given in kinds.items():
        with noted(attacked) as said:
            ask(attacked, *given)
        statements[why] = said
    assert statements["unknown number"], "no statement was seen"
    assert all(said == statements["unknown number"] for said in statements.values()), statements

    # Asked in turn within one run; so wide that no other program's noise fills it, and that a hash,
    # a page or a signature which only one of them costs would.
    spent: dict[str, list[float]] = {why: [] for why in kinds}
    for _ in range(ASKED):
        for why, given in kinds.items():
            began = process_time()
            ask(attacked, *given)
            spent[why].append(process_time() - began)
    middles = [median(times) for times in spent.values()]
    assert max(middles) < 3 * min(middles), middles


@contextmanager
def noted(client: TestClient) -> Iterator[list[str]]:
    """Every statement that the service's database gets meanwhile."""
    said: list[str] = []

    def note(_c: Any, _u: Any, statement: str, *_more: Any) -> None:
        said.append(statement)

    engine = client.app.state.web.context.store.engine  # type: ignore[attr-defined]
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)


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
    assert status(attacked, number, found[1]) == "STANDS"
    assert status(attacked, number, right) == "REFUTED"
    sign_in(attacked, "enterprise-clean")
    again = attacked.post(f"/desk/reports/{number}/code", headers=ORIGIN)
    attacked.cookies.clear()
    assert (again.status_code, "code_not_locked" in again.text) == (409, True)

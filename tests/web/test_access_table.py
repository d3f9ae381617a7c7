"""docs/access.md cell by cell: every route and every fact, for two organisations and every role (R21).

The table is read here by other means than the service's own, so that a slip there shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from api.http import assets
from api.http.app import MACHINES, PAGES, create_app
from api.http.identity import facts_of
from api.http.rate import RateLimiter
from api.http.serving import open_web
from api.services.access.principal import ANONYMOUS, Principal
from api.services.access.sessions import principal_at
from api.services.access.table import require
from domain.errors import NotFound, Refused
from records.model import Subject
from tests.world.world import World

DOCS = Path(__file__).resolve().parents[2] / "docs" / "access.md"
BASE = "http://127.0.0.1:8000"
MINE = ("enterprise-records", "agent")
"""Who acts for the first enterprise; its report is what everybody asks for."""
EVERYBODY = (
    None, *MINE, "enterprise-clean", "trader", "bank", "tender", "authority", "unit", "operator", "operator-local",
    "window", "auditor", "security", "system",
)  # fmt: skip
ROUTES = [route for router in (*PAGES, *MACHINES) for route in router.routes if isinstance(route, APIRoute)]
ENDS_SESSION = ("/sign-out", "/kiosk")
LEADS_TO_SIGN_IN = "/kiosk/begin"
"""What this way is for; anywhere else the same answer is a refusal."""


def table() -> dict[str, dict[str, str]]:
    """Fact, then column, then cell, as a reader of the page sees it."""
    lines = [
        line.strip("|").split("|") for line in DOCS.read_text("utf-8").splitlines() if line.startswith("|")
    ]
    head, _, *rows = [[cell.strip() for cell in line] for line in lines]
    return {row[0].strip("`"): dict(zip(head[2:], row[2:], strict=True)) for row in rows}


TABLE = table()


@pytest.fixture(scope="module")
def served(house: World) -> Iterator[TestClient]:
    web = open_web(house.open(), loopback=True, demo=True)
    app = create_app(replace(web, limiter=RateLimiter(web.context.clock, enabled=False)))
    with TestClient(app, base_url=BASE, follow_redirects=False, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def number(house: World) -> str:
    said: str = house.content(house.report("records"))["number"]
    return said


@pytest.fixture(scope="module")
def cookies(served: TestClient) -> dict[str, str]:
    web: Any = served.app.state.web  # type: ignore[attr-defined]
    return {person: web.access.as_demo_person(web.context, person) for person in EVERYBODY if person}


def elsewhere(route: APIRoute, role: str) -> bool:
    """Whether this way is the enterprise's own, and the viewer comes by a desk of theirs or by a grant."""
    own = ("/desk", "/api/v1/reports", "/api/v1/applications")
    return route.path.startswith(own) and role not in ("enterprise", "agent")


def role_of(served: TestClient, person: str | None) -> str:
    if person is None:
        return "holder"
    people = served.app.state.web.access.demo.people()  # type: ignore[attr-defined]
    role: str = next(one.role.value for one in people if one.id == person)
    return role


def ask(served: TestClient, route: APIRoute, cookie: str | None, number: str) -> tuple[int, str]:
    """Status and code of an empty request to that route about the first enterprise's report."""
    path = re.sub(r"\{number(:[a-z]+)?\}", number, route.path)
    path = re.sub(r"\{form\}", "csv", re.sub(r"\{topic\}", "verify", path))
    path = re.sub(r"\{[a-z_]+(:[a-z]+)?\}", str(uuid4()), path)
    served.cookies.clear()
    if cookie:
        served.cookies.set("session", cookie)
    method = sorted(route.methods)[0]
    answer = served.request(method, path, headers={"Origin": BASE, "X-Requested-With": "test"})
    sent_on = answer.status_code == 303 and route.path != LEADS_TO_SIGN_IN
    if sent_on and answer.headers["location"].startswith("/sign-in?"):
        return 401, "sign_in_again" if "again=1" in answer.headers["location"] else "sign_in_needed"
    if answer.headers.get("content-type", "").startswith("application/problem+json"):
        return answer.status_code, answer.json()["code"]
    found = re.search(r"错误代码[:：]\s*([a-z_]+)", answer.text) if answer.status_code >= 400 else None
    return answer.status_code, found[1] if found else ""


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{sorted(route.methods)[0]} {route.path}")
def test_every_route_answers_each_role_as_the_table_says(
    served: TestClient, cookies: dict[str, str], number: str, route: APIRoute
) -> None:
    facts = facts_of(route)
    assert facts, f"{route.path} names no fact of docs/access.md"
    wrong = []
    for person in EVERYBODY:
        role = role_of(served, person)
        cells = {TABLE[fact][role] for fact in facts}
        cookie = cookies.get(person or "")
        if route.path.startswith(ENDS_SESSION) and person:
            web: Any = served.app.state.web  # type: ignore[attr-defined]
            cookie = web.access.as_demo_person(web.context, person)
        status, code = ask(served, route, cookie, number)
        refused = code in ("not_allowed", "sign_in_needed")
        # The fact may be open to them another way; this way shows them nothing.
        right = status >= 300 if elsewhere(route, role) else refused is ("no" in cells)
        # No worker runs beside this house, and /workz says so.
        if not right or (status >= 500 and route.path != "/workz"):
            wrong.append((person, cells, status, code))
        if "{number}" in route.path and cells == {"own"} and person not in MINE and status < 400:
            wrong.append((person, "another's report", status, code))
    assert wrong == []


def test_files_that_are_the_same_for_everybody_are_the_only_routes_without_a_fact() -> None:
    assert [route.path for route in assets.router.routes] == ["/static/{tag}/{name:path}"]  # type: ignore[attr-defined]


def principal(served: TestClient, cookies: dict[str, str], person: str | None) -> Principal:
    if person is None:
        return ANONYMOUS
    web: Any = served.app.state.web  # type: ignore[attr-defined]
    found = principal_at(web.context, web.access.rules, cookies[person])
    assert found is not None
    return found


def outcome(viewer: Principal, fact: str, subject: Subject, *, reason: str | None, granted: bool) -> str:
    try:
        require(viewer, fact, subject=subject, organisation=None, reason=reason, granted=granted)
    except (Refused, NotFound) as error:
        return error.code
    return "allowed"


def expected(
    cell: str, viewer: Principal, *, mine: bool, near: bool, reason: str | None, granted: bool
) -> str:
    """What the page says, in the order in which a person would think it through."""
    if cell == "no":
        return "not_allowed" if viewer.signed_in else "sign_in_needed"
    if cell == "own":
        return "allowed" if mine else "not_found"
    if cell == "own or grant":
        return "allowed" if mine or granted else "not_found"
    if cell == "grant":
        return "allowed" if granted else "grant_needed"
    if cell == "reason":
        return ("allowed" if reason else "reason_needed") if near else "not_found"
    if cell == "basis":
        return "allowed" if reason else "legal_basis_needed"
    return "allowed"


@pytest.mark.parametrize("fact", sorted(TABLE))
def test_every_fact_of_every_viewer(
    served: TestClient, cookies: dict[str, str], house: World, fact: str
) -> None:
    subjects = {role: find(served, house.subject(role).uscc) for role in ("records", "clean", "trader")}
    owners = {
        "enterprise-records": "records",
        "agent": "records",
        "enterprise-clean": "clean",
        "trader": "trader",
    }
    wrong = []
    for person in EVERYBODY:
        viewer = principal(served, cookies, person)
        cell = TABLE[fact][viewer.role.value]
        for about, subject in subjects.items():
            near = person != "operator-local" or "海勃湾区" in (subject.registration_authority or "")
            for reason in (None, "核对来电"):
                for granted in (False, True):
                    told = outcome(viewer, fact, subject, reason=reason, granted=granted)
                    mine = owners.get(person or "") == about
                    wanted = expected(cell, viewer, mine=mine, near=near, reason=reason, granted=granted)
                    if told != wanted:
                        wrong.append((person, about, cell, told, wanted))
    assert wrong == []


ADULT_ONLY = sorted(fact for fact, cells in TABLE.items() if cells["person"] == "adult")


@pytest.mark.parametrize("fact", ADULT_ONLY)
def test_a_natural_persons_report_goes_to_that_adult_alone(
    served: TestClient, cookies: dict[str, str], house: World, fact: str
) -> None:
    company = find(served, house.subject("records").uscc)
    ann = replace(company, id=UUID(int=7), kind="natural_person", uscc=None)
    for person in EVERYBODY:
        viewer = principal(served, cookies, person)
        assert outcome(viewer, fact, ann, reason="查", granted=True) != "allowed", person
    herself = replace(
        principal(served, cookies, "trader"), organisation=None, organisation_name=None, subject=ann.id
    )
    if TABLE[fact]["enterprise"] != "no":
        assert outcome(herself, fact, ann, reason=None, granted=True) == "allowed"


def find(served: TestClient, uscc: str) -> Subject:
    web: Any = served.app.state.web  # type: ignore[attr-defined]
    with web.context.store.reading() as work:
        subject: Subject = work.subjects.by_uscc(uscc)
    return subject


def test_the_two_organisations_are_strangers_to_each_other(
    served: TestClient, cookies: dict[str, str], house: World
) -> None:
    one, two = (principal(served, cookies, person) for person in ("bank", "tender"))
    for fact in ("organisation_register",):
        for viewer, other in ((one, two), (two, one)):
            assert require(viewer, fact, organisation=viewer.organisation)
            with pytest.raises(NotFound):
                require(viewer, fact, organisation=other.organisation)

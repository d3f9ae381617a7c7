"""Signing in as a sample person, who one is, signing out; sessions end as they must."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.services.access.demo_sign_in import DemoSignIn, demo_sign_in
from api.services.access.sessions import principal_at
from api.services.access.staff import Admission, admit, leave
from domain.errors import Refused
from tests.web.service import in_process, sign_in
from tests.world.world import World

ORIGIN = {"Origin": "http://127.0.0.1:8000"}
EVERYBODY = (
    "enterprise-records enterprise-clean trader agent bank tender authority unit operator operator-local "
    "window auditor security system"
).split()


@pytest.mark.parametrize("person", EVERYBODY)
def test_every_sample_person_signs_in_and_sees_who_they_are(client: TestClient, person: str) -> None:
    shown = sign_in(client, person).get("/account")
    assert shown.status_code == 200
    names = {p.id: p.name for p in client.app.state.web.access.demo.people()}  # type: ignore[attr-defined]
    assert names[person] in shown.text


@pytest.mark.parametrize("person", EVERYBODY)
def test_no_link_of_the_own_page_leads_to_a_refusal(client: TestClient, person: str) -> None:
    shown = sign_in(client, person).get("/account").text
    links = {link for link in re.findall(r'href="(/[^"]*)"', shown) if not link.startswith("/static/")}
    assert len(links) >= 5
    refused = {link: client.get(link).status_code for link in links}
    assert {link: status for link, status in refused.items() if status not in (200, 303)} == {}
    to_sign_in = {link for link in links if "/sign-in" in client.get(link).headers.get("location", "")}
    assert to_sign_in == set()


def test_sign_in_page_lists_the_sample_people(client: TestClient) -> None:
    shown = client.get("/sign-in?next=/desk")
    assert shown.text.count('action="/sign-in/demo"') == len(EVERYBODY)
    assert 'value="/desk"' in shown.text


def test_who_is_not_signed_in_is_sent_to_sign_in_and_back(client: TestClient) -> None:
    answer = client.get("/account")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/account")


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/a\r\nSet-Cookie: x",
        "javascript:alert(1)",
        "",
    ],
)
def test_the_way_on_never_leads_elsewhere(client: TestClient, elsewhere: str) -> None:
    answer = client.post("/sign-in/demo", data={"person": "bank", "next": elsewhere}, headers=ORIGIN)
    assert answer.headers["location"] == "/account"


def test_signed_out_is_signed_out_also_with_the_old_cookie(client: TestClient) -> None:
    sign_in(client, "bank")
    cookie = client.cookies["session"]
    assert client.post("/sign-out", headers=ORIGIN).status_code == 200
    client.cookies.set("session", cookie)
    assert client.get("/account").status_code == 303


def test_cookie_is_unreadable_for_scripts_and_stored_only_as_a_hash(client: TestClient, house: World) -> None:
    answer = client.post("/sign-in/demo", data={"person": "bank"}, headers=ORIGIN)
    said = answer.headers["set-cookie"]
    assert "HttpOnly" in said and "SameSite=lax" in said
    value = answer.cookies["session"]
    assert len(value) == 43
    data = house.kept()
    assert value.encode() not in data


@pytest.mark.parametrize("cookie", ["", "x", "A" * 43, "é" * 10, "A" * 4000])
def test_a_cookie_that_was_never_given_is_nobody(client: TestClient, cookie: str) -> None:
    web: Any = client.app.state.web  # type: ignore[attr-defined]
    assert principal_at(web.context, web.access.rules, cookie) is None


def at(web: Any, later: timedelta) -> Any:
    moment = web.context.clock() + later
    return replace(web.context, clock=lambda: moment)


def test_a_session_ends_when_idle_and_after_twelve_hours_in_any_case(client: TestClient) -> None:
    web: Any = client.app.state.web  # type: ignore[attr-defined]
    cookie = web.access.as_demo_person(web.context, "bank")
    rules = web.access.rules
    assert principal_at(at(web, timedelta(minutes=29)), rules, cookie) is not None
    assert principal_at(at(web, timedelta(minutes=58)), rules, cookie) is not None
    assert principal_at(at(web, timedelta(minutes=89)), rules, cookie) is None
    other = web.access.as_demo_person(web.context, "bank")
    for minutes in range(0, 720, 20):
        assert principal_at(at(web, timedelta(minutes=minutes)), rules, other) is not None
    assert principal_at(at(web, timedelta(minutes=721)), rules, other) is None


def test_a_leaver_is_shut_out_at_the_next_request(client: TestClient) -> None:
    web: Any = client.app.state.web  # type: ignore[attr-defined]
    admission = Admission(name="临时工", role="operator", login="temp")
    admit(web.context, admission, by="测试")
    people = web.access.demo.people()
    temp = replace(next(p for p in people if p.id == "operator"), id="temp", name="临时工")
    cookie = _as(web, temp)
    assert principal_at(web.context, web.access.rules, cookie) is not None
    leave(web.context, "临时工", by="测试")
    assert principal_at(web.context, web.access.rules, cookie) is None
    with pytest.raises(Refused, match="staff_not_admitted"):
        _as(web, temp)


def _as(web: Any, person: Any) -> str:
    class One(DemoSignIn):
        __slots__ = ()

        def people(self) -> tuple[Any, ...]:
            return (person,)

    access = replace(web.access, demo=One(file=web.access.demo.file))
    cookie: str = access.as_demo_person(web.context, person.id)
    return cookie


def test_an_agent_acts_only_while_the_enterprise_lets_him(client: TestClient) -> None:
    web: Any = client.app.state.web  # type: ignore[attr-defined]
    cookie = web.access.as_demo_person(web.context, "agent")
    rules = replace(web.access.rules, idle=timedelta(days=400), longest=timedelta(days=400))
    long = replace(web.access, rules=rules).as_demo_person(web.context, "agent")
    assert principal_at(web.context, rules, cookie) is not None
    assert principal_at(at(web, timedelta(days=89)), rules, long) is not None
    assert principal_at(at(web, timedelta(days=92)), rules, long) is None


def test_the_demo_sign_in_refuses_any_other_place(house: World) -> None:
    context = house.open()
    with pytest.raises(Refused, match="demo_sign_in_refused"):
        demo_sign_in(context, loopback=False)
    real = replace(context, house=replace(context.house, environment="production"))
    with pytest.raises(Refused, match="demo_sign_in_refused"):
        demo_sign_in(real, loopback=True)


def test_without_the_demo_its_sessions_do_not_hold_and_its_form_is_not_there(
    client: TestClient, house: World
) -> None:
    cookie = sign_in(client, "bank").cookies["session"]
    with in_process(house, demo=False) as other:
        assert other.post("/sign-in/demo", data={"person": "bank"}, headers=ORIGIN).status_code == 404
        other.cookies.set("session", cookie)
        assert other.get("/account").status_code == 303

"""What every test of the sign-in does: come back from a provider, read an error page, let time pass."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient

from api import container
from api.settings import SignInSettings
from tests.web.hostile_provider import Hostile
from tests.web.identity_provider import Person
from tests.world.world import World

BASE = "http://127.0.0.1:8000"
BACK = f"{BASE}/sign-in/callback"
ORIGIN = {"Origin": BASE}
REAL = [pytest.mark.tool("node"), pytest.mark.tool("npm")]
"""What a test with the real provider needs."""


def person_number(body: str) -> str:
    """Seventeen digits with their check digit (GB 11643)."""
    return body + "10X98765432"[sum(int(d) * pow(2, 17 - i, 11) for i, d in enumerate(body)) % 11]


ADULT_NAME = "张三丰"
ADULT, MINOR, STRANGER = (
    person_number(body) for body in ("15030019800101001", "15030020150101002", "15030019700101003")
)


def people(house: World) -> dict[str, dict[str, str]]:
    owner = house.subject("records")
    boss = {
        "name": owner.representative,
        "role": "法定代表人",
        "uscc": owner.uscc,
        "organization_name": owner.name,
    }
    return {
        "boss": boss,
        "boss2": {**boss, "name": "另一人"},
        "agent": {"name": "经小办", "role": "经办", "uscc": owner.uscc, "organization_name": owner.name},
        "agent-of-none": {"name": "无授权", "role": "经办", "uscc": owner.uscc},
        "operator": {"name": "孟信之", "role": "operator"},
        "plain-operator": {"name": "新员工"},
        "pretender": {"name": "冒充者", "role": "auditor"},
        "no-name": {"role": "法定代表人", "uscc": owner.uscc},
        "no-role": {"name": "无角色", "uscc": owner.uscc},
        "no-organisation": {"name": "无单位", "role": "银行"},
        "bad-uscc": {"name": "错代码", "role": "银行", "uscc": owner.uscc[:-1] + "?"},
        "adult": {"name": ADULT_NAME, "role": "法定代表人", "person_number": ADULT},
        "minor": {"name": "李小四", "role": "法定代表人", "person_number": MINOR},
        "stranger": {"name": "王五", "role": "法定代表人", "person_number": STRANGER},
        "holder": {"name": "甲", "role": "holder", "uscc": owner.uscc},
    }


@contextmanager
def served_by(plain: TestClient, given: dict[str, Any]) -> Iterator[TestClient]:
    """The same application with that provider in its settings, and nobody signed in."""
    app: Any = plain.app
    web = app.state.web
    service = web.settings.service.model_copy(update={"public_url": BASE})
    settings = web.settings.model_copy(update={"sign_in": SignInSettings(**given), "service": service})
    access = container.access(web.context, settings, loopback=True, demo=False)
    app.state.web = replace(web, settings=settings, access=access)
    plain.cookies.clear()
    yield plain
    app.state.web = web


def nobody(client: TestClient, cookie: str) -> bool:
    """Whether that session is over."""
    client.cookies.clear()
    client.cookies.set("session", cookie)
    return client.get("/account").status_code == 303


def finish(client: TestClient, person: Person, query: str = "") -> Any:
    """The house's answer when that person comes back from the provider."""
    away = client.get(f"/sign-in/go{query}")
    assert away.status_code == 303, away.text
    back = person.walk(away.headers["location"], BACK)
    return client.get(back)


def said(answer: Any) -> tuple[int, str]:
    """Status and code of an error page, which shows no trace of ours."""
    assert "Traceback" not in answer.text
    found = re.search(r"错误代码[:：]\s*([a-z_]+)", answer.text)
    return answer.status_code, found[1] if found else answer.text[:300]


@contextmanager
def later(client: TestClient, by: timedelta) -> Iterator[None]:
    """The house's clock goes ahead inside the block."""
    app: Any = client.app
    web = app.state.web
    moment = web.context.clock() + by
    app.state.web = replace(web, context=replace(web.context, clock=lambda: moment))
    try:
        yield
    finally:
        app.state.web = web


def answered(client: TestClient, hostile: Hostile, query: str = "") -> Any:
    away = client.get(f"/sign-in/go{query}")
    if away.status_code != 303:
        return away
    asked = parse_qs(urlsplit(away.headers["location"]).query)
    hostile.nonce = asked["nonce"][0]
    return client.get(BACK, params={"code": "c", "state": asked["state"][0]})

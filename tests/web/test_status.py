"""Statuses in the browser's words, and lists as the standard's readers fetch them."""

from __future__ import annotations

import base64
import gzip
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from domain.status_list import MEDIA_TYPE
from tests.web.service import sign_in
from tests.web.test_desk import ORIGIN
from tests.world.world import World

TAKES = {"Accept": MEDIA_TYPE, "Accept-Encoding": "identity"}


@pytest.fixture(scope="module")
def number(house: World) -> str:
    """A report of this file's own."""
    return str(house.content(house.issue("records"))["number"])


def claims(token: bytes) -> dict[str, Any]:
    body = token.split(b".")[1]
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + b"=" * (-len(body) % 4)))
    return decoded


def test_a_list_is_served_as_the_standard_says(client: TestClient, number: str) -> None:
    assert number
    answer = client.get("/status/1", headers=TAKES)
    assert (answer.status_code, answer.headers["content-type"]) == (200, MEDIA_TYPE)
    told = claims(answer.content)
    assert told["sub"] == "https://dz.example/status/1"
    assert (told["status_list"]["bits"], told["ttl"], told["exp"] - told["iat"]) == (4, 20, 86_400)
    assert answer.headers["cache-control"] == "public, max-age=20"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert (
        client.get("/status/1", headers=TAKES | {"If-None-Match": answer.headers["etag"]}).status_code == 304
    )
    with client.stream("GET", "/status/1", headers=TAKES | {"Accept-Encoding": "gzip"}) as squeezed:
        assert squeezed.headers["content-encoding"] == "gzip"
        raw = b"".join(squeezed.iter_raw())
    assert claims(gzip.decompress(raw))["sub"] == told["sub"]
    then = client.get(f"/status/1?time={told['iat']}", headers=TAKES)
    assert claims(then.content)["iat"] <= told["iat"]


@pytest.mark.parametrize(
    ("path", "accept", "status"),
    [
        ("/status/1", "*/*", 200),
        ("/status/1", "text/html,*/*;q=0.8", 200),
        ("/status/1", "application/statuslist+cwt", 406),
        ("/status/1", "application/statuslist+jwt;q=0", 406),
        ("/status/9", "*/*", 404),
        ("/status/0", "*/*", 404),
        ("/status/abc", "*/*", 404),
        ("/status/1?time=1", "*/*", 404),
        ("/status/1?time=99999999999", "*/*", 400),
        ("/status/1?time=8000000000", "*/*", 404),
        ("/status/1?time=soon", "*/*", 400),
    ],
)
def test_other_questions(client: TestClient, path: str, accept: str, status: int) -> None:
    assert client.get(path, headers={"Accept": accept}).status_code == status


def test_nobody_but_an_operator_comes_in(client: TestClient, number: str) -> None:
    for person in ("enterprise-records", "bank", "window", "security"):
        sign_in(client, person)
        assert client.get("/status").status_code == 403
        assert client.get(f"/status/reports/{number}").status_code == 403
    client.cookies.clear()
    assert client.get("/status").status_code == 303


def test_one_report_is_suspended_and_revoked_with_its_reason(
    client: TestClient, house: World, number: str
) -> None:
    sign_in(client, "operator")
    found = client.post("/status/find", data={"number": number}, headers=ORIGIN)
    page = found.headers["location"]
    assert 'data-status="valid"' in client.get(page).text
    nothing = client.post(page, data={"word": "revoked", "reason": " "}, headers=ORIGIN)
    assert "reason_needed" in nothing.text
    for word in ("suspended", "revoked"):
        assert client.post(page, data={"word": word, "reason": "数据有误"}, headers=ORIGIN).status_code == 303
    shown = client.get(page).text
    assert 'data-status="revoked"' in shown and "孟信之" in shown and "不能再改" in shown
    back = client.post(page, data={"word": "valid", "reason": "恢复"}, headers=ORIGIN)
    assert "status_final" in back.text

    data = next(
        path for path in house.home.parent.glob("records-*.pdf") if house.content(path)["number"] == number
    )
    answer = client.post("/verify", files={"files": (data.name, data.read_bytes())}, headers=ORIGIN)
    assert answer.status_code == 200
    assert "真实，已撤销" in answer.text
    assert re.search(r"已于 \d{4}-\d\d-\d\d 撤销，原因：数据有误", answer.text)


def test_two_people_for_a_key(client: TestClient, house: World, number: str) -> None:
    sign_in(client, "operator")
    service = next(item for item in house.trust["services"] if item["role"] == "report")
    key = _key_id(base64.b64decode(service["cert"]))
    asked = {"target": "key", "target_id": key, "word": "suspended", "reason": "演练"}
    assert client.post("/status/many", data=asked, headers=ORIGIN).status_code == 303
    desk = client.get("/status").text
    proposal = re.search(r'data-proposal="([0-9a-f-]+)"', desk)
    assert proposal is not None and "须由另一名操作员确认" in desk
    own = client.post(f"/status/proposals/{proposal[1]}/confirm", headers=ORIGIN)
    assert "second_person_needed" in own.text
    sign_in(client, "operator-local")
    local = client.post(f"/status/proposals/{proposal[1]}/confirm", headers=ORIGIN)
    assert local.status_code == 403, "somebody limited to one place decides nothing about all"
    sign_in(client, "operator")
    assert client.post(f"/status/proposals/{proposal[1]}/refuse", headers=ORIGIN).status_code == 303
    assert f'data-proposal="{proposal[1]}"' not in client.get("/status").text


def test_the_form_asks_for_a_fresh_sign_in(client: TestClient, house: World, number: str) -> None:
    sign_in(client, "operator")
    web = client.app.state.web  # type: ignore[attr-defined]
    client.app.state.web = _later(web)  # type: ignore[attr-defined]
    try:
        answer = client.get(f"/status/reports/{number}")
    finally:
        client.app.state.web = web  # type: ignore[attr-defined]
    assert answer.status_code in (303, 401, 403)
    assert "sign" in answer.headers.get("location", "") + answer.text


def _later(web: Any) -> Any:
    from dataclasses import replace

    clock = web.context.clock
    return replace(web, context=replace(web.context, clock=lambda: clock() + timedelta(minutes=10)))


def _key_id(der: bytes) -> str:
    from domain.identifiers import key_id
    from keys.trust import spki_of

    return key_id(spki_of(der)).hex()

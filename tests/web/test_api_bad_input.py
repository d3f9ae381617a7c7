"""What must not be: each a problem with a stable code, nothing half-done, nothing repeated in the log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.web.api import ORIGIN, own_limits, visitor, without_limits
from tests.web.service import Served, sign_in
from tests.world.world import World

VERIFY = "/api/v1/verifications"
REDEEM = "/api/v1/grants/redeem"
JSON = {"Content-Type": "application/json"}
MIB = 2**20


def problem(answer: Any) -> tuple[int, str]:
    """Status and code, after looking that it is a problem whole and right."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    said = answer.json()
    assert said["type"] == f"urn:daizheng:problem:{said['code']}" and said["status"] == answer.status_code
    assert said["detail"] and said["title"] and said["request_id"]
    return answer.status_code, said["code"]


def pieces(size: int) -> Iterator[bytes]:
    """A body without a length."""
    for _ in range(size // 65536):
        yield b"x" * 65536


@pytest.fixture
def enterprise(client: TestClient) -> Iterator[TestClient]:
    sign_in(client, "enterprise-records")
    client.headers.update(ORIGIN)
    yield client
    client.headers.pop("Origin")


@pytest.mark.parametrize(("path", "size"), [(VERIFY, 22 * MIB), (REDEEM, 128 * 1024)])
def test_too_large_by_its_length(client: TestClient, path: str, size: int) -> None:
    assert problem(client.post(path, content=b"x" * size, headers=JSON)) == (413, "body_too_large")


@pytest.mark.parametrize(("path", "size"), [(VERIFY, 22 * MIB), (REDEEM, 128 * 1024)])
def test_too_large_in_pieces(client: TestClient, path: str, size: int) -> None:
    assert problem(client.post(path, content=pieces(size), headers=JSON)) == (413, "body_too_large")


def test_too_large_a_form_in_pieces(client: TestClient) -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'

    def form() -> Iterator[bytes]:
        yield head
        yield from pieces(22 * MIB)

    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    assert problem(client.post(VERIFY, content=form(), headers=kind)) == (413, "body_too_large")


def test_too_large_a_form_of_a_page_in_pieces(client: TestClient) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"} | ORIGIN
    answer = client.post("/sign-in/demo", content=pieces(256 * 1024), headers=kind)
    assert answer.status_code == 413 and "body_too_large" in answer.text


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "", "application/jsonx", "image/png"])
def test_another_media_type(client: TestClient, kind: str) -> None:
    for path in (VERIFY, REDEEM):
        answer = client.post(path, content=b"{}", headers={"Content-Type": kind} if kind else {})
        assert problem(answer) == (415, "media_type_unsupported")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "json_form"),
        (b"{", "json_form"),
        (b"\xff\xfe", "json_form"),
        (b"[" * 60_000, "json_form"),
        (b"[" * 400 + b"]" * 400, "json_depth"),
        (b'{"a":' * 9_000 + b"1" + b"}" * 9_000, None),
        (b'{"token":"a","token":"b"}', "json_key_twice"),
        (b'{"token":"\\ud800"}', "json_surrogate"),
        (b'{"token":"\\u0000"}', "text_not_storable"),
        (b'{"token":1e400}', "json_number"),
        (b'{"token":' + b"9" * 5000 + b"}", None),
        (b'{"token":NaN}', "json_number"),
        (b"[]", "field_malformed"),
        (b"null", "field_malformed"),
        (b'{"token":7}', "field_malformed"),
        (b'{"token":"a","more":1}', "field_malformed"),
        (b'{"token":"' + b"a" * 3000 + b'"}', "field_malformed"),
    ],
)
def test_broken_json(client: TestClient, body: bytes, code: str | None) -> None:
    with without_limits(client):
        for path in (REDEEM, VERIFY):
            status, found = problem(client.post(path, content=body, headers=JSON))
            assert status in (400, 422)
            assert found == code or code is None or path == VERIFY


@pytest.mark.parametrize(
    "kind",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=" + "b" * 500,
        "multipart/form-data; boundary=b; charset=no-such",
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b--\r\n",
        b"--b\r\n\r\n--b--\r\n",
        b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\ntext\r\n--b--\r\n',
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="\xff\xfe"\r\n\r\nx\r\n--b',
        b'--b\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\nx\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="b"\r\n\r\nx\r\n--b--\r\n',
        b"\x00" * 300,
    ],
)
def test_broken_forms(client: TestClient, kind: str, body: bytes) -> None:
    with without_limits(client):
        status, _ = problem(client.post(VERIFY, content=body, headers={"Content-Type": kind}))
    assert status in (400, 422)


def test_file_names_come_back_harmless(client: TestClient) -> None:
    name = "a\u202egpj.exe<script>\u200b.pdf"
    verdict = visitor(client).verify_file(b"no report", name)
    assert verdict["file"] == "agpj.exe<script>.pdf"


def test_cross_site_posts_do_nothing(enterprise: TestClient) -> None:
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
    ):
        before = len(enterprise.get("/api/v1/reports", params={"limit": "200"}).json()["items"])
        answer = enterprise.post("/api/v1/reports", json={"purpose": "x"}, headers=headers)
        assert problem(answer) == (403, "cross_site")
        assert len(enterprise.get("/api/v1/reports", params={"limit": "200"}).json()["items"]) == before


@pytest.mark.parametrize(
    "order",
    [
        {"domains": []},
        {"domains": ["no-such-domain"]},
        {"domains": ["<script>alert(1)</script>"]},
        {"window_from": "2026-02-30"},
        {"window_from": "9999-12-31"},
        {"window_from": "0001-01-01"},
        {"window_from": "2100-01-01"},
        {"matter": "../../etc/passwd"},
        {"variant": "all"},
        {"purpose": "长" * 61},
        {"subject": "91150302MA0N2QXY22"},
    ],
)
def test_orders_that_cannot_be(enterprise: TestClient, order: dict[str, Any]) -> None:
    status, code = problem(enterprise.post("/api/v1/reports", json=order))
    assert status in (400, 403, 404, 422), code
    assert "script" not in code


def test_markup_in_a_purpose_is_text(enterprise: TestClient) -> None:
    purpose = "<img src=x onerror=alert(1)>{{7*7}}"
    made = enterprise.post("/api/v1/reports", json={"purpose": purpose})
    assert made.status_code == 201
    assert made.headers["content-type"] == "application/json" and made.json()["purpose"] == purpose
    assert made.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "wish",
    [
        {"purpose": ""},
        {"purpose": "x", "allows": []},
        {"purpose": "x", "allows": ["all"]},
        {"purpose": "x", "uses": 0},
        {"purpose": "x", "uses": 10**18},
        {"purpose": "x", "not_before": "2026-01-01T00:00:00"},
        {"purpose": "x", "expires_at": "0001-01-01T00:00:00+14:00"},
        {"purpose": "x", "expires_at": "2199-01-01T00:00:00Z"},
        {"purpose": "x", "expires_at": "2001-01-01T00:00:00Z"},
        {"purpose": "x", "receiver": "no code"},
        {"purpose": "x", "factor": "code", "factor_code": "12"},
        {"purpose": "x", "scope": {"domains": ["nowhere"]}},
        {"purpose": "x", "scope": {"years": ["26"]}},
        {"purpose": "x", "scope": {"rows": ["all"]}},
    ],
)
def test_grants_that_cannot_be(enterprise: TestClient, house: World, wish: dict[str, Any]) -> None:
    number = house.content(house.report("records"))["number"]
    with without_limits(enterprise):
        status, _ = problem(enterprise.post(f"/api/v1/reports/{number}/grants", json=wish))
    assert status in (400, 403, 422)


@pytest.mark.parametrize("key", ["", "é", "a b", "k" * 65, "\x7f"])
def test_keys_of_writes_that_cannot_be(enterprise: TestClient, key: str) -> None:
    answer = enterprise.post("/api/v1/reports", json={}, headers={"Idempotency-Key": key.encode("latin-1")})
    assert problem(answer)[0] in (400, 422)


@pytest.mark.parametrize("number", ["%00", "%FF%FE", "..%2f..%2f", "1" * 500, "%F0%9F%98%80", "150300"])
def test_numbers_that_are_none(enterprise: TestClient, number: str) -> None:
    assert problem(enterprise.get(f"/api/v1/reports/{number}"))[0] in (404, 422)


def test_other_methods_and_paths(client: TestClient) -> None:
    answer = client.put(VERIFY)
    assert problem(answer) == (405, "method_not_allowed") and answer.headers["allow"] == "POST"
    assert problem(client.get("/api/v1/nothing")) == (404, "page_unknown")
    assert problem(client.delete("/api/v1/grants/not-an-id"))[0] == 404


def test_of_many_wrong_codes_ten_a_minute_reach_the_register(client: TestClient, house: World) -> None:
    number = house.content(house.issue("clean"))["number"]
    with own_limits(client):
        answers = [client.post(VERIFY, json={"number": number, "code": f"{n:012d}"}) for n in range(300)]
    reached = sum(answer.status_code == 200 for answer in answers)
    assert {answer.status_code for answer in answers} <= {200, 429} and reached <= 20
    context = client.app.state.web.context  # type: ignore[attr-defined]
    with context.store.reading() as work:
        kept = work.reports.codes(number)
    assert kept is not None and kept.wrong_tries <= reached


def test_no_line_of_the_log_repeats_what_was_sent(service: Served, house: World) -> None:
    number = house.content(house.report("records"))["number"]
    with service.client() as program:
        program.post(VERIFY, json={"number": number, "code": "canary-code"})
        program.post(VERIFY, files={"file": ("canary-name.pdf", b"canary-body")})
        program.post(REDEEM, json={"token": "dzg_canary"}, headers={"Idempotency-Key": "canary-key"})
        program.post(REDEEM, content=b'{"canary":', headers=JSON)
        program.get("/api/v1/reports", headers={"Authorization": "Bearer dzk_canary"})
        program.get("/api/v1/reports?cursor=canary", headers={"X-Daizheng-Grant": "dzo_canary"})
        program.get(f"/api/v1/reports/{number}/file", headers={"X-Daizheng-Grant": "dzo_canary"})
    written = service.log.read_text()
    assert "/api/v1/reports/{number}/file" in written
    assert "canary" not in written and number not in written
    assert all(json.loads(line) for line in written.splitlines())

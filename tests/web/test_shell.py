"""What holds for every page: headers, errors, sizes, posts from elsewhere, no word of the visitor in the log."""

from __future__ import annotations

import json
import re

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from api.http import assets
from api.http.app import MACHINES, PAGES
from tests.web.api import ORIGIN
from tests.web.service import Served, sign_in


def test_unknown_page_is_a_page_with_code_and_headers(client: TestClient) -> None:
    answer = client.get("/nothing-here")
    assert answer.status_code == 404
    assert "page_unknown" in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe-inline" not in policy and "http" not in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"


def test_each_answer_has_its_own_nonce(client: TestClient) -> None:
    nonces = {
        re.findall(r"'nonce-([^']+)'", client.get("/x").headers["content-security-policy"])[0]
        for _ in range(5)
    }
    assert len(nonces) == 5


def test_unknown_api_address_is_a_problem(client: TestClient) -> None:
    answer = client.get("/api/v1/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:daizheng:problem:page_unknown"


def test_head_is_nobodys_way_in(client: TestClient) -> None:
    """A look counts and a code is spent by GET alone; HEAD would answer for what it must not do."""
    sign_in(client, "operator")
    routes = [route for router in (assets.router, *PAGES, *MACHINES) for route in router.routes]
    paths = {route.path for route in routes if isinstance(route, APIRoute) and "GET" in route.methods}
    assert len(paths) > 80
    for path in sorted(paths):
        place = re.sub(r"\{[a-z_]+:uuid\}", "0193a000-0000-7000-8000-000000000000", path)
        answer = client.head(re.sub(r"\{[^}]+\}", "1", place))
        assert (answer.status_code, "GET" in answer.headers["allow"].split(", ")) == (405, True), path
    assert client.put("/api/v1/reports", headers=ORIGIN).headers["allow"] == "GET, POST"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Cookie": "a=b"},
    ],
)
def test_posts_from_elsewhere_do_nothing(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.post("/sign-out", headers=headers)
    assert answer.status_code == 403
    assert "cross_site" in answer.text


def test_body_over_the_limit_is_refused_by_its_length(client: TestClient) -> None:
    answer = client.post("/sign-out", content=b"x" * 70_000, headers={"Origin": "http://127.0.0.1:8000"})
    assert answer.status_code == 413
    assert "body_too_large" in answer.text


def test_malformed_host_is_refused(client: TestClient) -> None:
    assert client.get("/", headers={"Host": "a b/c"}).status_code == 400


def test_language_switch_holds(client: TestClient) -> None:
    assert "Check a report" in client.get("/x?lang=en").text
    assert "Check a report" in client.get("/x").text
    assert "核验报告" in client.get("/x?lang=zh").text


def test_static_files_are_packed_and_kept(client: TestClient) -> None:
    address = re.findall(r'href="(/static/[^"]+bootstrap[^"]+)"', client.get("/x").text)[0]
    answer = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]
    assert client.get("/static/x/../../settings.py").status_code == 404


def test_log_lines_hold_no_query_and_no_path_of_the_visitor(service: Served) -> None:
    with service.client() as visitor:
        visitor.get("/canary-in-path?canary=in-query", headers={"X-Canary": "canary-in-header"})
        assert visitor.get("/healthz").text == "ok\n"
        assert "daizheng_requests_total" in visitor.get("/metrics").text
    written = service.log.read_text()
    lines = [json.loads(line) for line in written.splitlines()]
    assert any(line.get("route") == "/healthz" for line in lines)
    assert "canary" not in written

"""Sign-in against a provider that answers wrongly in every way, and against none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.http.rate import RateLimiter
from domain.errors import MalformedInput
from tests.web.hostile_provider import Hostile
from tests.web.sign_in.ways import answered, later, said, served_by


def test_the_hostile_provider_behaves_when_told_nothing(met: tuple[TestClient, Hostile]) -> None:
    client, hostile = met
    assert answered(client, hostile).status_code == 303


def epoch(seconds: float) -> int:
    import time

    return int(time.time() + seconds)


@pytest.mark.parametrize(
    ("claims", "sentence"),
    [
        ({"nonce": "another"}, "不属于这次登录"),
        ({"aud": "somebody-else"}, "不是发给本机构"),
        ({"aud": ["somebody-else"]}, "不是发给本机构"),
        ({"aud": ["daizheng", "somebody-else"]}, "不是发给本机构"),
        ({"aud": ["daizheng", "somebody-else"], "azp": "somebody-else"}, "不是发给本机构"),
        ({"iss": "https://evil.example"}, "不是本机构设置的"),
        ({"exp": epoch(-600)}, "已过期"),
        ({"iat": epoch(86400)}, "已过期"),
        ({"exp": "soon"}, "已过期"),
        ({"sub": ""}, "不完整"),
        ({"name": "x" * 101}, "name"),
        ({"name": ["x"]}, "name"),
        ({"role": ["enterprise", "receiver"]}, "role"),
        ({"uscc": 7}, "统一社会信用代码"),
    ],
)
def test_wrong_claims(met: tuple[TestClient, Hostile], claims: dict[str, Any], sentence: str) -> None:
    client, hostile = met
    hostile.claims |= claims
    answer = answered(client, hostile)
    status, code = said(answer)
    assert status == 403 and code.startswith("sign_in_")
    assert sentence in answer.text
    assert "session" not in client.cookies


@pytest.mark.parametrize("name", ["nonce", "aud", "iss", "exp", "sub", "auth_time", "name", "role"])
def test_missing_claims(met: tuple[TestClient, Hostile], name: str) -> None:
    client, hostile = met
    hostile.without = (name,)
    status, code = said(answered(client, hostile))
    assert status == 403 and code.startswith("sign_in_")


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ("none", (403, "sign_in_token")),
        ("hs256", (403, "sign_in_token")),
        ("other key", (403, "sign_in_token")),
        ("other key, same name", (403, "sign_in_token")),
        ("one bit", (403, "sign_in_token")),
        ("no token", (403, "sign_in_token")),
        ("token is a number", (403, "sign_in_token")),
        ("declined", (403, "sign_in_code")),
        ("hang up", (503, "sign_in_provider_down")),
        ("huge", (503, "sign_in_provider_down")),
        ("bomb", (503, "sign_in_provider_down")),
        ("slow", (503, "sign_in_provider_down")),
        ("error 500", (503, "sign_in_provider_down")),
        ("a list", (503, "sign_in_provider_down")),
        ("no json", (503, "sign_in_provider_down")),
        ("elsewhere", (503, "sign_in_provider_down")),
        ("keys are a list", (503, "sign_in_provider_down")),
        ("keys are broken", (503, "sign_in_provider_down")),
        ("no metadata", (503, "sign_in_provider_down")),
        ("other issuer", (503, "sign_in_provider_differs")),
        ("token elsewhere", (503, "sign_in_provider_differs")),
        ("keys elsewhere", (503, "sign_in_provider_differs")),
    ],
)
def test_broken_answers(met: tuple[TestClient, Hostile], way: str, expected: tuple[int, str]) -> None:
    client, hostile = met
    hostile.way = way
    assert said(answered(client, hostile)) == expected
    assert "session" not in client.cookies


def test_an_old_proof_is_no_new_one(met: tuple[TestClient, Hostile]) -> None:
    client, hostile = met
    answered(client, hostile)
    hostile.claims["auth_time"] = epoch(-3600)
    answer = answered(client, hostile, "?again=1")
    assert said(answer) == (403, "sign_in_token") and "重新验证" in answer.text


def test_changed_keys_are_read_anew_and_not_at_each_forged_token(met: tuple[TestClient, Hostile]) -> None:
    client, hostile = met
    answered(client, hostile)
    hostile.requests.clear()
    hostile.way = "other key"
    for _ in range(5):
        assert said(answered(client, hostile))[0] == 403
    assert hostile.requests.count("/keys") == 0, "just read: not again within half a minute"
    with later(client, timedelta(seconds=40)):
        hostile.claims["exp"] = epoch(600)
        answered(client, hostile)
    assert hostile.requests.count("/keys") == 1


def test_a_provider_that_is_away(plain: TestClient) -> None:
    given = {"issuer": "http://127.0.0.1:9", "client_id": "daizheng", "timeout_seconds": 1.0}
    with served_by(plain, given) as client:
        assert said(client.get("/sign-in/go")) == (503, "sign_in_provider_down")
        assert client.get("/sign-in").status_code == 200


def test_without_a_provider_the_page_says_so(plain: TestClient) -> None:
    assert "尚未接通" in plain.get("/sign-in").text
    assert said(plain.get("/sign-in/go")) == (404, "sign_in_not_set_up")


def test_nobody_fills_the_store_with_sign_ins(plain: TestClient) -> None:
    app: Any = plain.app
    web = app.state.web
    app.state.web = replace(web, limiter=RateLimiter(web.context.clock))
    try:
        answers = [plain.get("/sign-in/go") for _ in range(31)]
    finally:
        app.state.web = web
    assert said(answers[-1]) == (429, "too_many_requests")
    assert int(answers[-1].headers["retry-after"]) <= 60


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "http://id.example"},
        {"issuer": "not an address"},
        {"issuer": "https://u:p@id.example"},
        {"issuer": "https://id.example", "origins": ("http://keys.example",)},
        {"issuer": "https://id.example", "scopes": ("profile",)},
        {"issuer": "https://id.example", "api_audience": "daizheng"},
        {"issuer": "https://id.example", "roles": {"经办": "boss"}},
    ],
)
def test_settings_that_are_not_safe_start_nothing(plain: TestClient, wrong: dict[str, Any]) -> None:
    with (
        pytest.raises(MalformedInput, match="house_file"),
        served_by(plain, {"client_id": "daizheng", **wrong}),
    ):
        pass

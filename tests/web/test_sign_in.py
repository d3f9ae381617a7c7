"""Sign-in against a real OpenID provider, and against one that answers wrongly in every way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient

from api import container
from api.client import Client, Problem
from api.http.app import create_app
from api.http.rate import RateLimiter
from api.http.serving import open_web
from api.services.access.principal import Principal
from api.services.access.roles import Role
from api.services.access.sessions import principal_at
from api.services.access.staff import Admission, admit, leave
from api.settings import SignInSettings
from domain.errors import MalformedInput, Refused
from tests.web.hostile_provider import Hostile, hostile_provider
from tests.web.identity_provider import Person, RealProvider, real_provider
from tests.world.world import World

BASE = "http://127.0.0.1:8000"
BACK = f"{BASE}/sign-in/callback"
ORIGIN = {"Origin": BASE}


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


@pytest.fixture(scope="module")
def plain(house: World) -> Iterator[TestClient]:
    """The application of ``house`` without any provider; nobody counts how often it is asked."""
    web = open_web(house.open(), loopback=True, demo=False)
    app = create_app(replace(web, limiter=RateLimiter(web.context.clock, enabled=False)))
    with TestClient(app, base_url=BASE, follow_redirects=False) as client:
        yield client


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


@pytest.fixture(scope="module")
def provider(house: World) -> Iterator[RealProvider]:
    with real_provider(people(house), BACK) as running:
        (house.home / "sign-in.secret").write_text(running.secret + "\n")
        yield running


@pytest.fixture
def client(plain: TestClient, provider: RealProvider) -> Iterator[TestClient]:
    with served_by(plain, provider.settings()) as client:
        yield client


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


real = [pytest.mark.tool("node"), pytest.mark.tool("npm")]


class TestRealProvider:
    pytestmark = real

    def test_a_person_signs_in_and_is_who_the_claims_say(self, client: TestClient, house: World) -> None:
        answer = finish(client, Person("boss"), "?next=/account")
        assert (answer.status_code, answer.headers["location"]) == (303, "/account")
        shown = client.get("/account").text
        assert house.subject("records").name in shown and house.subject("records").uscc in shown

    def test_the_way_to_the_provider_says_all_that_it_must(
        self, client: TestClient, provider: RealProvider
    ) -> None:
        away = client.get("/sign-in/go").headers["location"]
        asked = {name: values[0] for name, values in parse_qs(urlsplit(away).query).items()}
        assert away.startswith(provider.issuer + "/auth?")
        assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
        assert asked["redirect_uri"] == BACK
        assert len(asked["state"]) == len(asked["nonce"]) == len(asked["code_challenge"]) == 43

    def test_signed_out_here_and_shown_the_way_out_there(
        self, client: TestClient, provider: RealProvider
    ) -> None:
        finish(client, Person("boss"))
        cookie = client.cookies["session"]
        shown = client.post("/sign-out", headers=ORIGIN)
        assert provider.issuer + "/session/end" in shown.text
        assert nobody(client, cookie)

    def test_proving_it_anew_asks_for_the_password_although_the_provider_knows_the_person(
        self, client: TestClient
    ) -> None:
        person = Person("boss")
        finish(client, person)
        first, asked = client.cookies["session"], person.asked
        assert finish(client, person).status_code == 303
        assert person.asked == asked, "a second ordinary sign-in needs no password"
        assert finish(client, person, "?again=1&next=/account").status_code == 303
        assert person.asked == asked + 1
        assert client.cookies["session"] != first
        assert nobody(client, first), "the session before it is over"

    def test_somebody_else_cannot_prove_it_for_me(self, client: TestClient) -> None:
        finish(client, Person("boss"))
        assert said(finish(client, Person("boss2"), "?again=1")) == (403, "sign_in_other_person")

    def test_an_answer_is_spent_once(self, client: TestClient) -> None:
        away = client.get("/sign-in/go").headers["location"]
        back = Person("boss").walk(away, BACK)
        waiting = client.cookies["sign-in"]
        assert client.get(back).status_code == 303
        client.cookies.set("sign-in", waiting)
        assert said(client.get(back)) == (403, "sign_in_state")

    def test_an_answer_opens_nothing_in_another_browser(self, client: TestClient) -> None:
        away = client.get("/sign-in/go").headers["location"]
        back = Person("boss").walk(away, BACK)
        client.cookies.clear()
        assert said(client.get(back)) == (403, "sign_in_state")
        client.get("/sign-in/go")
        assert said(client.get(back)) == (403, "sign_in_state")

    @pytest.mark.parametrize(
        "query", ["", "?state=x&code=y", "?code=y", "?error=access_denied", "?state=%00&code=%ff"]
    )
    def test_an_answer_nobody_asked_for(self, client: TestClient, query: str) -> None:
        assert said(client.get("/sign-in/callback" + query)) == (403, "sign_in_state")

    def test_an_answer_that_comes_too_late(self, client: TestClient) -> None:
        away = client.get("/sign-in/go").headers["location"]
        back = Person("boss").walk(away, BACK)
        with later(client, timedelta(minutes=16)):
            assert said(client.get(back)) == (403, "sign_in_state")

    def test_a_wrong_code_and_a_wrong_issuer(self, client: TestClient, provider: RealProvider) -> None:
        for change, code in (
            ({"code": "made-up"}, "sign_in_code"),
            ({"iss": "https://evil.example"}, "sign_in_token"),
            ({"iss": None}, "sign_in_token"),
        ):
            away = client.get("/sign-in/go").headers["location"]
            back = Person("boss").walk(away, BACK)
            query = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()} | change
            answer = client.get(BACK, params={k: v for k, v in query.items() if v is not None})
            assert said(answer) == (403, code)

    def test_the_person_cancels(self, client: TestClient, provider: RealProvider) -> None:
        away = client.get("/sign-in/go").headers["location"]
        state = parse_qs(urlsplit(away).query)["state"][0]
        answer = client.get(f"{BACK}?error=access_denied&state={state}&iss={provider.issuer}")
        assert said(answer) == (403, "sign_in_declined")

    def test_staff_are_staff_by_the_houses_list_alone(self, client: TestClient) -> None:
        assert finish(client, Person("operator")).status_code == 303
        assert "操作员" in client.get("/account").text
        assert said(finish(client, Person("pretender"))) == (403, "staff_not_admitted")
        web: Any = client.app.state.web  # type: ignore[attr-defined]
        admit(web.context, Admission(name="新员工", role="window", login="plain-operator"), by="测试")
        assert finish(client, Person("plain-operator")).status_code == 303
        assert "政务服务窗口" in client.get("/account").text
        leave(web.context, "新员工", by="测试")
        assert client.get("/account").status_code == 303, "shut out at the next request"
        assert said(finish(client, Person("plain-operator")))[0] == 403

    @pytest.mark.parametrize(
        ("sub", "code"),
        [
            ("agent-of-none", "agent_not_authorised"),
            ("no-name", "sign_in_claim"),
            ("no-role", "sign_in_claim"),
            ("no-organisation", "sign_in_claim"),
            ("bad-uscc", "sign_in_uscc"),
            ("holder", "sign_in_claim"),
        ],
    )
    def test_claims_that_make_nobody(self, client: TestClient, sub: str, code: str) -> None:
        assert said(finish(client, Person(sub))) == (403, code)
        assert "session" not in client.cookies

    def test_an_adult_signs_in_by_the_number_the_register_knows(
        self, client: TestClient, house: World
    ) -> None:
        head = ["主体名称", "主体类型", "证件类型", "证件号码"]
        file = house.home.parent / "people.csv"
        rows = [head, [ADULT_NAME, "自然人", "身份证", ADULT], ["李小四", "自然人", "身份证", MINOR]]
        file.write_text("\n".join(",".join(row) for row in rows))
        house.commands.call("subjects", "import", str(file))
        assert finish(client, Person("adult"), "?next=/account").status_code == 303
        shown = client.get("/account").text
        assert ADULT_NAME in shown and ADULT not in shown
        web: Any = client.app.state.web  # type: ignore[attr-defined]
        viewer = principal_at(web.context, web.access.rules, client.cookies["session"])
        assert viewer is not None and viewer.organisation is None
        with web.context.store.reading() as work:
            (known,) = work.subjects.keys("person", [web.context.vault.fingerprint(ADULT)])
        assert viewer.subject == known["id"]
        assert client.get("/desk").status_code == 200
        assert said(finish(client, Person("minor"))) == (403, "sign_in_minor")
        # A number that the register does not know makes nobody, whatever else is claimed.
        assert said(finish(client, Person("stranger"))) == (403, "sign_in_claim")
        kept = house.kept()
        assert ADULT.encode() not in kept

    def test_an_agent_signs_in_while_the_enterprise_lets_him(self, client: TestClient) -> None:
        assert finish(client, Person("agent")).status_code == 303
        assert "经办人" in client.get("/account").text


def said(answer: Any) -> tuple[int, str]:
    """Status and code of an error page, which shows no trace of ours."""
    import re

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


@pytest.fixture(scope="module")
def hostile() -> Iterator[Hostile]:
    with hostile_provider() as running:
        yield running


@pytest.fixture
def met(plain: TestClient, house: World, hostile: Hostile) -> Iterator[tuple[TestClient, Hostile]]:
    hostile.claims, hostile.without, hostile.way = {"uscc": house.subject("records").uscc}, (), ""
    given = {"issuer": hostile.issuer, "client_id": "daizheng", "timeout_seconds": 1.0}
    with served_by(plain, given) as client:
        yield client, hostile


def answered(client: TestClient, hostile: Hostile, query: str = "") -> Any:
    away = client.get(f"/sign-in/go{query}")
    if away.status_code != 303:
        return away
    asked = parse_qs(urlsplit(away.headers["location"]).query)
    hostile.nonce = asked["nonce"][0]
    return client.get(BACK, params={"code": "c", "state": asked["state"][0]})


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


class TestAccessTokens:
    """Programs of a person come with the provider's access tokens; ``/api`` alone takes them."""

    pytestmark = real

    def who(self, client: TestClient, token: str) -> Principal:
        web: Any = client.app.state.web  # type: ignore[attr-defined]
        found: Principal = web.access.bearer(web.context, token)
        return found

    def test_a_token_speaks_for_its_person(
        self, client: TestClient, provider: RealProvider, house: World
    ) -> None:
        found = self.who(client, provider.access_token("boss"))
        assert (found.role, found.organisation) == (Role.ENTERPRISE, house.subject("records").uscc)
        assert found.scopes is None and found.authenticated_at is not None

    def test_a_token_does_no_more_than_its_scopes(self, client: TestClient, provider: RealProvider) -> None:
        found = self.who(client, provider.access_token("boss", "openid report_list"))
        assert found.scopes == {"report_list"}
        assert self.who(client, provider.access_token("boss", "openid")).scopes == set()

    @pytest.mark.parametrize("sub", ["pretender", "no-name", "agent-of-none", "bad-uscc"])
    def test_a_token_of_nobody_here(self, client: TestClient, provider: RealProvider, sub: str) -> None:
        with pytest.raises(Refused, match="token_invalid"):
            self.who(client, provider.access_token(sub))

    def test_an_id_token_a_late_one_and_a_changed_one_are_none(
        self, client: TestClient, provider: RealProvider
    ) -> None:
        token = provider.access_token("boss")
        for wrong in (token[:-5], token + "A", "x.y.z", "", "é", "." * 5000):
            with pytest.raises(Refused, match="token_invalid"):
                self.who(client, wrong)
        with later(client, timedelta(hours=1)), pytest.raises(Refused, match="token_invalid"):
            self.who(client, token)

    def test_a_program_issues_lists_downloads_and_grants_by_its_token(
        self, client: TestClient, provider: RealProvider, house: World
    ) -> None:
        with Client(BASE, key=provider.access_token("boss"), language="en", http=client) as program:
            issued = program.issue(purpose="银行贷款")
            assert next(program.reports()) == issued
            assert program.verify_file(program.download(issued["number"]))["status"] == "VALID"
            made = program.grant(issued["number"], purpose="贷款审批", allows=["view"])
            assert made["token"].startswith("dzg_")
            program.withdraw(made["grant"]["id"])
            another = house.content(house.report("clean"))["number"]
            with pytest.raises(Problem) as refused:
                program.download(another)
        assert (refused.value.status, refused.value.code) == (404, "not_found")

    def test_the_interface_keeps_a_token_to_its_scopes_and_its_time(
        self, client: TestClient, provider: RealProvider
    ) -> None:
        narrow = provider.access_token("boss", "openid account")
        for token, status, code in ((narrow, 403, "scope_missing"), (narrow + "A", 401, "token_invalid")):
            answer = client.get("/api/v1/reports", headers={"Authorization": f"Bearer {token}"})
            assert (answer.status_code, answer.json()["code"]) == (status, code)
        with later(client, timedelta(hours=1)):
            answer = client.get("/api/v1/reports", headers={"Authorization": f"Bearer {narrow}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")

    def test_pages_do_not_take_it(self, client: TestClient, provider: RealProvider) -> None:
        headers = {"Authorization": f"Bearer {provider.access_token('boss')}"}
        assert client.get("/account", headers=headers).status_code == 303


def test_a_token_of_another_audience_is_none(met: tuple[TestClient, Hostile], plain: TestClient) -> None:
    client, hostile = met
    web: Any = client.app.state.web  # type: ignore[attr-defined]
    with pytest.raises(Refused, match="token_invalid"):
        web.access.bearer(web.context, hostile.id_token())
    given = {"issuer": hostile.issuer, "client_id": "daizheng", "api_audience": "urn:daizheng:api"}
    with served_by(plain, given):
        access = plain.app.state.web.access  # type: ignore[attr-defined]
        with pytest.raises(Refused, match="token_invalid"):
            access.bearer(web.context, hostile.id_token())
        hostile.claims["aud"] = "urn:daizheng:api"
        assert access.bearer(web.context, hostile.id_token()).role is Role.ENTERPRISE


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

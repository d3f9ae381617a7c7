"""Sign-in against a real OpenID provider."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient

from api.services.access.sessions import principal_at
from api.services.access.staff import Admission, admit, leave
from tests.web.identity_provider import Person, RealProvider
from tests.web.sign_in.ways import (
    ADULT,
    ADULT_NAME,
    BACK,
    BASE,
    MINOR,
    ORIGIN,
    REAL,
    finish,
    later,
    nobody,
    said,
)
from tests.world.world import World


class TestRealProvider:
    pytestmark = REAL

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

    def test_a_screen_in_a_hall_never_signs_in_who_stood_there_before(self, client: TestClient) -> None:
        hall = Person("boss")
        assert finish(client, hall, "?next=/kiosk/reports").headers["location"] == "/kiosk/reports"
        client.post("/kiosk/end", headers={"Origin": BASE})
        # The provider remembers the first; the next person at the same browser is asked who they are.
        hall.sub, asked = "boss2", hall.asked
        assert finish(client, hall, "?next=/kiosk/reports").status_code == 303
        assert hall.asked > asked
        shown = client.get("/account").text
        assert "另一人" in shown
        # At one's own desk the provider's memory serves.
        client.cookies.clear()
        asked = hall.asked
        assert finish(client, hall).status_code == 303
        assert hall.asked == asked

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

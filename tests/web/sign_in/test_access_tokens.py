"""Programs of a person come with the access tokens of the provider."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.client import Client, Problem
from api.services.access.principal import Principal
from api.services.access.roles import Role
from domain.errors import Refused
from tests.web.hostile_provider import Hostile
from tests.web.identity_provider import RealProvider
from tests.web.sign_in.ways import BASE, REAL, later, served_by
from tests.world.world import World


class TestAccessTokens:
    """Programs of a person come with the provider's access tokens; ``/api`` alone takes them."""

    pytestmark = REAL

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

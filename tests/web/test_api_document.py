"""docs/openapi.json is what the routes say; the well-known document names this house and its bundle."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from api.http.identity import facts_of
from api.http.v1 import grants, house, reports, verifications
from api.settings import ServiceSettings
from domain.wording import Wording
from keys.trust import open_bundle
from scripts.api_document import FILE, document
from tests.web.api import visitor, web_of
from tests.web.service import sign_in
from tests.world.world import World


def test_committed_document_is_what_the_routes_say() -> None:
    assert FILE.read_text("utf-8") == document(), "run scripts/openapi"


def test_every_operation_says_each_status_with_an_example() -> None:
    said: dict[str, Any] = json.loads(document())
    assert said["openapi"].startswith("3.1")
    for path, operations in said["paths"].items():
        for method, operation in operations.items():
            assert {"400", "413", "422", "429", "500"} <= set(operation["responses"]), (method, path)
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    body = answer["content"]["application/problem+json"]
                    assert body["example"]["status"] == int(status)
                    for language in ("zh", "en"):
                        assert Wording.load(language).has(body["example"]["code"])
            assert operation["summary"] and operation["description"] and "security" in operation


def test_every_route_names_its_fact() -> None:
    for router in (house.router, verifications.router, reports.router, grants.router):
        for route in router.routes:
            assert facts_of(route), route


def test_well_known_names_the_house_and_its_bundle(client: TestClient, house: World) -> None:
    said = visitor(client).house()
    bundle = visitor(client).trust_bundle()
    assert (said["region"], said["environment"], said["host"]) == ("150300", "demo", "dz.example")
    assert said["trust_bundle"]["sha256"] == hashlib.sha256(bundle).hexdigest()
    opened = open_bundle(bundle, pinned_anchor_sha256=said["anchor_sha256"])
    assert opened.bundle.sequence == said["trust_bundle"]["sequence"]
    assert {"report"} <= {key["role"] for key in said["keys"]}
    for address in said["endpoints"].values():
        assert address.startswith("http://127.0.0.1:8000/")


def test_a_house_points_to_its_sandbox_where_it_has_one(client: TestClient) -> None:
    assert visitor(client).house()["sandbox"] is None
    other = "https://sandbox.dz.example.cn"
    web = client.app.state.web  # type: ignore[attr-defined]
    service = web.settings.service.model_copy(update={"sandbox": other})
    with web_of(client, settings=web.settings.model_copy(update={"service": service})):
        assert visitor(client).house()["sandbox"] == other
        sign_in(client, "bank")
        assert f'href="{other}"' in client.get("/organisation/keys").text
    assert other not in client.get("/organisation/keys").text


@pytest.mark.parametrize("wrong", ["javascript:alert(1)", "sandbox.cn", "https://x.cn/a", "https://u:p@x.cn"])
def test_a_sandbox_that_is_no_address_starts_nothing(wrong: str) -> None:
    with pytest.raises(ValidationError):
        ServiceSettings(sandbox=wrong)


def test_the_service_serves_its_own_document(client: TestClient) -> None:
    assert client.get("/api/v1/openapi.json").json()["paths"] == json.loads(document())["paths"]

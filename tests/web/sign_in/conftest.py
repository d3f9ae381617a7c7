"""The application without a provider, the real one, and one that answers wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from api.http.app import create_app
from api.http.rate import RateLimiter
from api.http.serving import open_web
from tests.web.hostile_provider import Hostile, hostile_provider
from tests.web.identity_provider import RealProvider, real_provider
from tests.web.sign_in.ways import BACK, BASE, people, served_by
from tests.world.world import World


@pytest.fixture(scope="package")
def plain(house: World) -> Iterator[TestClient]:
    """The application of ``house`` without any provider; nobody counts how often it is asked."""
    web = open_web(house.open(), loopback=True, demo=False)
    app = create_app(replace(web, limiter=RateLimiter(web.context.clock, enabled=False)))
    with TestClient(app, base_url=BASE, follow_redirects=False) as client:
        yield client


@pytest.fixture(scope="package")
def provider(house: World) -> Iterator[RealProvider]:
    with real_provider(people(house), BACK) as running:
        (house.home / "sign-in.secret").write_text(running.secret + "\n")
        yield running


@pytest.fixture
def client(plain: TestClient, provider: RealProvider) -> Iterator[TestClient]:
    with served_by(plain, provider.settings()) as client:
        yield client


@pytest.fixture(scope="package")
def hostile() -> Iterator[Hostile]:
    with hostile_provider() as running:
        yield running


@pytest.fixture
def met(plain: TestClient, house: World, hostile: Hostile) -> Iterator[tuple[TestClient, Hostile]]:
    hostile.claims, hostile.without, hostile.way = {"uscc": house.subject("records").uscc}, (), ""
    given = {"issuer": hostile.issuer, "client_id": "daizheng"}
    with served_by(plain, given) as client:
        yield client, hostile

"""One house and one running service for all tests of the service in a test process."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from scripts.demo_data.subjects import SHANXI
from tests import databases
from tests.web.cups import QUEUE, Paper, printing
from tests.web.service import Served, in_process, served
from tests.world.world import World, region_file

CHROMIUM = "/usr/bin/chromium"
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A house with invented data and sample people, as the demo's."""
    world = World.build(tmp_path_factory.mktemp("web"))
    world.settle_people()
    return world


@pytest.fixture(autouse=True)
def _time_of_the_log_is_now(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test with its clock ahead wrote into the log does not keep the others from issuing."""
    yield
    for name in {"house", "careful"} & set(request.fixturenames):
        world = request.getfixturevalue(name)
        now = int(time.time() * 1000)
        statement = f"UPDATE log_state SET last_time_ms = {now} WHERE last_time_ms > {now}"
        databases.run(world.home, world.commands.environment, statement)


@pytest.fixture(scope="session")
def client_of_house(house: World) -> Iterator[TestClient]:
    """The application of ``house``, opened once."""
    with in_process(house) as client:
        yield client


@pytest.fixture
def client(client_of_house: TestClient) -> TestClient:
    """A visitor without cookies, in the process."""
    client_of_house.cookies.clear()
    return client_of_house


@pytest.fixture(scope="session")
def service(house: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The real command on a free port."""
    with served(house, tmp_path_factory.mktemp("serve") / "log", "--demo-sign-in") as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium, headless; ended with its file, because Playwright's loop runs on until then."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def paper() -> Iterator[Paper]:
    """A printing system of the tests' own."""
    with printing() as running:
        yield running


@pytest.fixture(scope="session")
def careful(tmp_path_factory: pytest.TempPathFactory, paper: Paper) -> World:
    """A house whose region lets the subject choose and has doubts reviewed by a person; it can print."""
    world = World.build(tmp_path_factory.mktemp("careful"), place=SHANXI, host="sx.example")
    data = region_file(SHANXI.region).replace(b'review = "automatic"', b'review = "person"')
    file = world.home.parent / "person.toml"
    file.write_bytes(re.sub(rb'(?m)^version = "([^"]+)"', rb'version = "\1-person"', data))
    world.commands.call("region", "add", str(file))
    world.settle_people()
    with (world.home / "house.toml").open("a") as settings:
        settings.write(f'\n[printing]\nqueue = "{QUEUE}"\nserver = "{paper.server}"\n')
        settings.write("\n[watching]\nprivate_addresses = true\n")
    return world


@pytest.fixture(scope="session")
def careful_client(careful: World) -> Iterator[TestClient]:
    """The application of ``careful``, opened once."""
    with in_process(careful) as client:
        yield client

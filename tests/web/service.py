"""A served house for tests: inside the process for most, as the real command for journeys in a browser."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from fastapi.testclient import TestClient

from api.http.app import create_app
from api.http.serving import open_web
from tests.world.world import World

STARTING_SECONDS = 90


@dataclass
class Served:
    """A running ``daizheng serve``."""

    address: str
    world: World
    log: Path

    def client(self, **more: Any) -> httpx2.Client:
        """A client without cookies that goes to the service alone."""
        return httpx2.Client(base_url=self.address, timeout=60, trust_env=False, **more)

    def cookies(self, person: str) -> dict[str, str]:
        """The cookies of a browser in which that sample person has signed in."""
        with self.client() as visitor:
            answer = visitor.post("/sign-in/demo", data={"person": person})
            assert answer.status_code == 303, answer.text
            return dict(visitor.cookies)


@contextmanager
def in_process(world: World, *, demo: bool = True) -> Iterator[TestClient]:
    """A client of the application itself, without a socket."""
    app = create_app(open_web(world.open(), loopback=True, demo=demo))
    with TestClient(app, base_url="http://127.0.0.1:8000", follow_redirects=False) as client:
        yield client


def sign_in(client: TestClient, person: str) -> TestClient:
    """The same client, signed in as that sample person (``scripts/demo_data/people.py``)."""
    client.cookies.clear()
    headers = {"Origin": "http://127.0.0.1:8000"}
    answer = client.post("/sign-in/demo", data={"person": person}, headers=headers)
    assert answer.status_code == 303, answer.text
    return client


@contextmanager
def served(world: World, log: Path, *words: str) -> Iterator[Served]:
    """The command as an operator starts it, on a free port; ended with the block."""
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "api.cli.main", "serve", "--port", "0", "--json", *words],
            env=os.environ | world.commands.variables,
            stdout=subprocess.PIPE,
            stderr=sink,
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, log.read_text()
            address = json.loads(line)["address"]
            _wait(address)
            yield Served(address, world, log)
        finally:
            process.terminate()
            process.wait(20)


def _wait(address: str) -> None:
    host, _, port = address.rpartition("/")[2].rpartition(":")
    until = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < until:
        try:
            socket.create_connection((host, int(port)), 1).close()
            if httpx2.get(f"{address}/readyz", timeout=60, trust_env=False).status_code == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the service did not start")

"""The house's own authority, and an outside one on a free port."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from keys.custody import KeyStore
from keys.roles import Role
from keys.stamping import LocalTimeStamper
from tests.unit.keys.stamping.outer import Outer


@pytest.fixture(scope="module")
def stamper(house: KeyStore) -> LocalTimeStamper:
    return LocalTimeStamper(house.private(Role.TIMESTAMP), house.chain(Role.TIMESTAMP))


@pytest.fixture
def server() -> Iterator[Outer]:
    running = Outer()
    yield running
    running.http.shutdown()
    running.http.server_close()

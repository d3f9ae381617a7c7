"""One house, one register and warm workers for every test of the verifier."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from domain.verdict import Verdict
from keys.trust import OpenedBundle
from tests.unit.verifier.house import NOW, Book, House
from verifier.limits import VerifierLimits
from verifier.policies import policy as policies
from verifier.service import Verifier
from verifier.worker.pool import WorkerPool

Judge = Callable[..., Verdict]
TEST_LIMITS = VerifierLimits(wall_seconds=60.0)


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return House.found(tmp_path_factory.mktemp("house"))


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Another house with the same names, region and host, and keys of its own."""
    return House.found(tmp_path_factory.mktemp("stranger"))


@pytest.fixture(scope="session")
def genuine(house: House) -> bytes:
    return house.issue()


@pytest.fixture(scope="session")
def opened(house: House) -> OpenedBundle:
    return house.opened()


@pytest.fixture(scope="session")
def workers(opened: OpenedBundle) -> Iterator[WorkerPool]:
    with WorkerPool(opened.bundle.anchors, TEST_LIMITS) as pool:
        yield pool


@pytest.fixture(scope="session")
def judge(opened: OpenedBundle, workers: WorkerPool) -> Judge:
    """Verify bytes under the house's bundle, offline and as to genuineness unless told otherwise."""

    def run(
        data: bytes,
        *,
        policy: str = "authenticity",
        now: datetime = NOW,
        at: datetime | None = None,
        trust: OpenedBundle | None = None,
        register: Book | None = None,
        details: bytes | None = None,
    ) -> Verdict:
        one = Verifier(trust or opened, register, TEST_LIMITS, workers)
        try:
            return one.verify(
                data, "file.pdf", policy=policies.builtin(policy), now=now, at=at, details=details
            )
        finally:
            one.close()

    return run


@pytest.fixture
def own_house(house: House, tmp_path: Path) -> House:
    """A fresh house that a test may change (revoke, renew)."""
    return House.found(tmp_path / "own")

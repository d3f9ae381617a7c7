"""What every forgery starts from: a genuine report, and a stranger's verifier with a bundle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.verdict import Verdict
from keys.trust import open_bundle
from tests.forgeries.insider import Insider
from tests.forgeries.original import Original
from tests.world.world import World
from verifier.policies.policy import builtin
from verifier.service import Verifier

Judge = Callable[[bytes], Verdict]


@pytest.fixture(scope="session")
def original(world: World) -> Original:
    return Original(world.report().read_bytes())


@pytest.fixture(scope="session")
def verifier(world: World) -> Iterator[Verifier]:
    ours = Verifier(open_bundle(world.bundle.read_bytes(), pinned_anchor_sha256=None))
    yield ours
    ours.close()


@pytest.fixture(scope="session")
def judge(verifier: Verifier) -> Judge:
    """A stranger's verdict on any bytes, asking only whether the authority issued exactly this."""
    policy = builtin("authenticity")

    def verdict(data: bytes, **more: Any) -> Verdict:
        return verifier.verify(data, "forged.pdf", policy=policy, now=datetime.now(UTC), **more)

    return verdict


@pytest.fixture(scope="session")
def insider(world: World) -> Insider:
    return Insider(world)

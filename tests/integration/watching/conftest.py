"""A house with a report, and a receiver that listens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.api.house_kit import HouseKit
from tests.world.receiver import Receiver, receiving


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    with receiving(tmp_path) as running:
        yield running


@pytest.fixture
def kit(issued_kit: HouseKit) -> HouseKit:
    return issued_kit

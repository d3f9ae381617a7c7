"""One founded house per session, copied for each test that changes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import databases
from tests.unit.api.house_kit import HouseKit, end_workers, found_template


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A founded house that no test changes."""
    yield found_template(tmp_path_factory.mktemp("template"))
    end_workers()


@pytest.fixture
def open_kit(template: Path, tmp_path: Path) -> Iterator[Callable[..., HouseKit]]:
    """Opens copies of the template; all are closed afterwards."""
    kits: list[HouseKit] = []

    def opener(name: str = "house") -> HouseKit:
        kits.append(HouseKit.copy(template, tmp_path / name))
        return kits[-1]

    yield opener
    for kit in kits:
        kit.close()
        databases.drop(kit.context.home)


@pytest.fixture
def kit(open_kit: Callable[..., HouseKit]) -> HouseKit:
    """A house of one's own."""
    return open_kit()


@pytest.fixture(scope="session")
def issued_template(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A house with one batch, one held row and one released report, that no test changes."""
    from api.services.issuing.issue import Issued
    from api.services.issuing.orders import Order
    from tests.unit.api.house_kit import FIRM, fine

    home = tmp_path_factory.mktemp("issued") / "house"
    kit = HouseKit.copy(template, home)
    kit.send(fine("乌市监罚〔2024〕1号"), fine("乌市监罚〔2024〕2号", 处罚决定日期="2024/02/30"))
    assert isinstance(kit.desk.issue(Order(subject=FIRM)), Issued)
    kit.close()
    return home


@pytest.fixture
def issued_kit(issued_template: Path, tmp_path: Path) -> Iterator[HouseKit]:
    """A copy of a house that has released one report."""
    kit = HouseKit.copy(issued_template, tmp_path / "issued")
    yield kit
    kit.close()
    databases.drop(kit.context.home)

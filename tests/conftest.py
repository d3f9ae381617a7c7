"""Rules for every test: only loopback sockets, fast ones first, nothing left out in silence."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from scripts.postgresql import program
from tests import databases, warm
from tests.world import kept

_left_out = pytest.StashKey[dict[str, int]]()
_LONGEST = (
    "test_signed_in_pages.py", "test_photographs.py", "test_walks.py", "test_wrong_codes.py", "test_paper.py",
    "test_window.py", "test_deaths.py", "test_demo_data.py", "test_desk_browser.py",
)  # fmt: skip
"""Files that take minutes: begun before the other slow ones, so that all processes end at about one time."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--database postgresql`` lets every house of the run keep its data there."""
    parser.addoption("--database", choices=databases.CHOICES, default=databases.CHOICES[0])


def pytest_configure(config: pytest.Config) -> None:
    """A database named in the caller's environment is never touched by tests."""
    os.environ.pop("DAIZHENG_DATABASE_URL", None)
    databases.choose(config.getoption("--database"))
    if folder := getattr(config, "workerinput", {}).get("server"):
        databases.borrow(folder)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Each process of a run on several is told of the one server."""
    node.workerinput["server"] = databases.lent()


def pytest_unconfigure() -> None:
    """The server, if a test started one, is gone."""
    databases.end()


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for another machine fails at the call."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = str(address[0])
            if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
                raise AssertionError(f"a test opened a connection to {host}")
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)


def _order(item: pytest.Item) -> tuple[bool, bool, int]:
    slow, name = item.get_closest_marker("slow") is not None, item.path.name
    rank = _LONGEST.index(name) if name in _LONGEST else len(_LONGEST)
    return slow, "/unit/" not in str(item.path), rank


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Fast tests run first, then the longest files; a test whose program is missing is left out, and counted for the last lines."""
    missing: dict[str, int] = {}
    kept: list[pytest.Item] = []
    for item in items:
        tools = [mark.args[0] for mark in item.iter_markers("tool")]
        absent = [tool for tool in tools if program(tool) is None]
        for tool in absent:
            missing[tool] = missing.get(tool, 0) + 1
        if not absent:
            kept.append(item)
    config.stash[_left_out] = missing
    items[:] = sorted(kept, key=_order)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With CI=true a skipped or left-out test fails the run."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["left_out"] = session.config.stash.get(_left_out, {})
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = len(reporter.stats.get("skipped", ())) if reporter else 0
    if os.environ.get("CI") == "true" and (skipped or session.config.stash.get(_left_out, {})):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """What a process of a run on several has left out is known to the one that ends the run."""
    node.config.stash[_left_out] = getattr(node, "workeroutput", {}).get("left_out", {})


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Says which tests were left out and why."""
    for tool, count in sorted(config.stash.get(_left_out, {}).items()):
        terminalreporter.write_line(
            f"left out: {count} tests need the program {tool}, which is not installed"
        )


@pytest.fixture(scope="session", autouse=True)
def _houses_are_kept(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Houses made once are found by every process of the run."""
    base = tmp_path_factory.getbasetemp()
    kept.keep_in((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "houses")


@pytest.fixture(scope="session", autouse=True)
def _readers_stay_warm() -> Iterator[None]:
    """What each command of a person starts anew is started once in a test process."""
    with pytest.MonkeyPatch.context() as patch:
        warm.lend(patch)
        yield
    warm.end()


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One house for all stories of a test process."""
    from tests.world.world import World

    return World.build(tmp_path_factory.mktemp("world"))

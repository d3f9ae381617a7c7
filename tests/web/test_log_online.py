"""`daizheng verify --online` between real programs: a served house, its witness, and hosts that lie."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from scripts.commands import Commands
from tests import databases
from tests.web.hostile_host import hostile
from tests.web.service import served
from tests.world.world import World

pytestmark = pytest.mark.slow
LIMIT = 60.0
"""Seconds for one run of the command, whoever answers: two hosts' ten seconds, and a busy machine."""


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@dataclass
class Town:
    """A house, its witness, a branch of its past under the same keys, and a stranger with file and bundle."""

    folder: Path
    port: int
    house: World
    branch: World
    pdf: Path
    bundle: Path

    def outside(self, *words: str) -> tuple[int, dict[str, Any], float]:
        """Exit code, verdict and seconds of the command a bank installs, with network."""
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "verifier.cli", "verify", str(self.pdf), "--trust", str(self.bundle),
             "--online", "--json", *words],
            env=os.environ | {"XDG_STATE_HOME": str(self.folder / "state")},
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr
        (line,) = done.stdout.splitlines()
        return done.returncode, json.loads(line), time.monotonic() - began


def witnessed(verdict: dict[str, Any]) -> tuple[str, str | None]:
    """Outcome and cause of the check."""
    (check,) = [each for each in verdict["checks"] if each["check"] == "witnessed"]
    return check["outcome"], check["evidence"].get("cause")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    folder = tmp_path_factory.mktemp("town")
    port, witness_port = _free_port(), _free_port()
    for name in ("here", "next"):
        (folder / name).mkdir()
    house = World.build(folder / "here", host=f"127.0.0.1:{port}", penalties=0, subjects=8)
    witness = World.build(folder / "next", host=f"127.0.0.1:{witness_port}", penalties=0, subjects=8)
    _introduce(house, witness, witness_port)
    branch = _copy(house, folder / "branch")
    pdf, bundle = house.issue("clean"), house.export()
    branch.issue("clean")
    with served(witness, folder / "witness.log", "--port", str(witness_port)):
        before = house.commands.call("log", "cosign").only["witnesses"]
        assert [each["outcome"] for each in before] == ["cosigned"]
    return Town(folder, port, house, branch, pdf, bundle)


@pytest.fixture(autouse=True)
def _remembers_nothing(town: Town) -> None:
    """The stranger of each test is a new one: what another history's lists said is not remembered."""
    shutil.rmtree(town.folder / "state", ignore_errors=True)


def _introduce(house: World, witness: World, port: int) -> None:
    """Both houses' settings name the other, as `docs/log.md` says."""
    ours = house.commands.call("log", "show").only
    theirs = witness.commands.call("log", "show").only["witness_vkey"]
    with (house.home / "house.toml").open("a") as settings:
        settings.write(
            f'\n[log]\nquorum = 1\n[[log.witnesses]]\nname = "邻市"\nvkey = "{theirs}"\n'
            f'url = "http://127.0.0.1:{port}/witness"\n'
        )
    with (witness.home / "house.toml").open("a") as settings:
        settings.write(
            f'\n[[witness.logs]]\norigin = "{ours["origin"]}"\nvkeys = {json.dumps(ours["vkeys"])}\n'
        )


def _copy(house: World, folder: Path) -> World:
    shutil.copytree(house.home, folder / "house")
    given = house.commands.environment
    return replace(house, commands=Commands(folder / "house", databases.variables_of_copy(given)), issued={})


def test_a_file_is_proven_under_what_a_real_witness_signed(town: Town) -> None:
    with served(town.house, town.folder / "log", "--port", str(town.port)):
        code, verdict, _ = town.outside()
        assert (code, verdict["code"], witnessed(verdict)) == (0, "ok", ("PASSED", None))
        assert verdict["sources"]["status_list"]["age_seconds"] >= 0
        assert verdict["sources"]["checkpoint"]["witnessed_size"] >= 2
        # A newer head that no witness has signed yet proves nothing about witnesses, and costs nothing.
        town.house.issue("clean")
        code, verdict, _ = town.outside()
        assert (code, verdict["code"]) == (0, "ok")
        assert witnessed(verdict) in {("UNKNOWN", "no_quorum"), ("PASSED", None)}


def test_another_history_under_the_same_keys_is_refused(town: Town) -> None:
    with served(town.branch, town.folder / "branch.log", "--port", str(town.port)):
        code, verdict, _ = town.outside()
    assert (code, verdict["status"], verdict["code"]) == (1, "INVALID", "not_logged")
    assert (verdict["reason"], witnessed(verdict)) == ("log_split", ("FAILED", "split"))


@pytest.mark.parametrize(
    ("way", "cause"),
    [("slow head", "unreachable"), ("sent elsewhere", "unreachable"), ("a page", "head_untrusted")],
)  # fmt: skip
def test_a_host_that_lies_costs_time_but_no_verdict(town: Town, way: str, cause: str) -> None:
    with hostile(way, town.port) as host:
        code, verdict, seconds = town.outside()
    assert (code, verdict["code"], verdict["reason"]) == (3, "status_unavailable", "status_list_unreachable")
    assert (verdict["authenticity"], witnessed(verdict)) == ("genuine", ("UNKNOWN", cause))
    assert seconds < LIMIT
    assert host.strayed == []
    assert {line.split()[1].split("/")[1] for line in host.asked} == {"log", "status"}


def test_nobody_there_is_said(town: Town) -> None:
    code, verdict, seconds = town.outside()
    assert (code, verdict["code"], verdict["reason"]) == (3, "status_unavailable", "status_list_unreachable")
    assert (witnessed(verdict), seconds < LIMIT) == (("UNKNOWN", "unreachable"), True)

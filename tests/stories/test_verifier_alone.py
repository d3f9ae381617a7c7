"""The verifier in an environment that holds its extra and nothing else, without any network."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.world.world import World

pytestmark = pytest.mark.slow


def environment() -> dict[str, str]:
    """The variables of somebody who has no house."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DAIZHENG", "PYTHON"))}
    return kept | {"LANG": "C.UTF-8"}


def _verify(
    alone: Path, world: World, *before: str, module: str = "verifier.cli"
) -> subprocess.CompletedProcess[str]:
    words = [*before, str(alone / "bin" / "python"), "-m", module, "verify", str(world.report()), "--trust",
             str(world.bundle), "--policy", "authenticity", "--json"]  # fmt: skip
    return subprocess.run(words, capture_output=True, text=True, timeout=120, check=False, cwd="/",
                          env=environment())  # fmt: skip


@pytest.mark.parametrize("module", ["verifier.cli", "api.cli.main"])
def test_a_bundle_is_all_it_needs(alone: Path, world: World, module: str) -> None:
    done = _verify(alone, world, module=module)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["status"] == "VALID"


def test_it_loads_neither_database_nor_signer(alone: Path, world: World) -> None:
    program = (
        "import sys, verifier.cli.verify; bad = {'sqlmodel', 'sqlalchemy', 'typst', 'signer', 'records', 'api', "
        "'keys.custody', 'keys.authority', 'keys.stamping'} & set(sys.modules); sys.exit(str(bad) if bad else 0)"
    )
    done = subprocess.run([alone / "bin" / "python", "-c", program], capture_output=True, text=True, timeout=60,
                          check=False, cwd="/", env=environment())  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.tool("strace")
def test_it_opens_no_connection(alone: Path, world: World, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    done = _verify(alone, world, "strace", "-f", "-qq", "-e", "trace=connect,sendto,bind", "-o", str(trace))
    assert done.returncode == 0, done.stdout + done.stderr
    calls = [line for line in trace.read_text().splitlines() if re.search(r"AF_INET6?\b", line)]
    assert calls == []


@pytest.mark.tool("unshare")
def test_it_works_where_no_network_exists(alone: Path, world: World) -> None:
    probe = subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False)
    if probe.returncode:  # some containers allow no namespaces; strace above counts the calls there
        return
    done = _verify(alone, world, "unshare", "-rn")
    assert done.returncode == 0, done.stdout + done.stderr

"""The verifier in an environment that holds its extra and nothing else, without any network."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import venv
from pathlib import Path

import pytest

from tests.world.world import World

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
OURS = ("domain", "keys", "templates", "verifier")
NOT_OURS = ("api", "records", "signer")


def _locked() -> set[str]:
    text = (ROOT / "requirements" / "verifier.txt").read_text()
    return {re.sub(r"[-_.]+", "-", name).lower() for name in re.findall(r"^([A-Za-z0-9._-]+)==", text, re.M)}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with exactly the locked distributions of the extra, and our wheel's content."""
    folder = tmp_path_factory.mktemp("alone")
    venv.EnvBuilder(symlinks=True, with_pip=False).create(folder)
    (site,) = folder.glob("lib/python3*/site-packages")
    for found in importlib.metadata.distributions():
        if re.sub(r"[-_.]+", "-", found.metadata["Name"]).lower() not in _locked():
            continue
        tops = {file.parts[0] for file in found.files or () if file.parts[0] not in ("..", "__pycache__")}
        for top in tops:
            source = Path(str(found.locate_file(top)))
            if source.exists() and not (site / top).exists():
                (site / top).symlink_to(source)
    for package in (*OURS, *NOT_OURS):
        shutil.copytree(ROOT / package, site / package, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def _environment(world: World) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DAIZHENG", "PYTHON"))}
    return kept | {"LANG": "C.UTF-8"}


def _verify(
    alone: Path, world: World, *before: str, module: str = "verifier.cli"
) -> subprocess.CompletedProcess[str]:
    words = [*before, str(alone / "bin" / "python"), "-m", module, "verify", str(world.report()), "--trust",
             str(world.bundle), "--policy", "authenticity", "--json"]  # fmt: skip
    return subprocess.run(words, capture_output=True, text=True, timeout=120, check=False, cwd="/",
                          env=_environment(world))  # fmt: skip


@pytest.mark.parametrize("module", ["verifier.cli", "api.cli.main"])
def test_a_bundle_is_all_it_needs(alone: Path, world: World, module: str) -> None:
    done = _verify(alone, world, module=module)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["status"] == "VALID"


def test_it_loads_neither_database_nor_signer(alone: Path, world: World) -> None:
    program = (
        "import sys, verifier.cli; bad = {'sqlmodel', 'sqlalchemy', 'typst', 'signer', 'records', 'api', "
        "'keys.custody', 'keys.authority', 'keys.stamping'} & set(sys.modules); sys.exit(str(bad) if bad else 0)"
    )
    done = subprocess.run([alone / "bin" / "python", "-c", program], capture_output=True, text=True, timeout=60,
                          check=False, cwd="/", env=_environment(world))  # fmt: skip
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

"""A program that knows nothing of ours, with joserfc and the standard's own words, reads a published list."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.world.world import World

pytestmark = pytest.mark.judge
PROGRAM = Path(__file__).with_name("check_status_list.py")
BY = "系统操作员"


def ask(world: World, token: Path, index: int, folder: Path, *, now: int | None = None) -> tuple[int, Any]:
    """Exit code and answer of the program."""
    (service,) = [item for item in world.trust["services"] if item["role"] == "status"]
    (folder / "status.der").write_bytes(base64.b64decode(service["cert"]))
    moment = int(datetime.now(UTC).timestamp()) if now is None else now
    done = subprocess.run(
        [sys.executable, "-I", PROGRAM, token, folder / "status.der", str(index), str(moment)],
        capture_output=True, text=True, timeout=60, check=False, cwd=folder,
    )  # fmt: skip
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


def published(world: World, folder: Path) -> Path:
    world.commands.call("status", "publish", "--out", str(folder))
    return folder / "status-1.jwt"


def test_the_program_reads_what_a_report_is_worth(world: World, tmp_path: Path) -> None:
    content = world.content(world.issue("clean"))
    place = content["status"]["idx"]
    code, told = ask(world, published(world, tmp_path), place, tmp_path)
    assert (code, told["value"], told["sub"], told["places"]) == (0, 0, content["status"]["uri"], 2**20)
    person = operator(world)
    world.commands.call("status", "set", content["number"], "revoked", "--reason", "测试", "--by", person)
    (tmp_path / "later").mkdir()
    later = until_built(world, tmp_path / "later", told)
    assert ask(world, later, place, tmp_path)[1]["value"] == 1


def until_built(world: World, folder: Path, _before: Any) -> Path:
    """The list after the change: not built more often than every five seconds."""
    import time

    time.sleep(5.1)
    return published(world, folder)


def operator(world: World) -> str:
    listed = world.commands.call("staff", "list").only["staff"]
    return next(
        str(one["name"])
        for one in listed
        if one["role"] in ("operator", "system_administrator") and not one["left_at"]
    )


def test_the_program_refuses_a_changed_token_and_one_out_of_date(world: World, tmp_path: Path) -> None:
    token = published(world, tmp_path)
    assert ask(world, token, 0, tmp_path, now=int(datetime.now(UTC).timestamp()) + 86_401)[0] == 1
    data = bytearray(token.read_bytes())
    data[len(data) // 2] ^= 1
    token.write_bytes(bytes(data))
    assert ask(world, token, 0, tmp_path)[0] == 1


def test_the_program_is_short_and_imports_nothing_of_ours() -> None:
    lines = PROGRAM.read_text("utf-8").splitlines()
    imports = [line for line in lines if line.startswith(("import ", "from "))]
    ours = ("api", "domain", "keys", "records", "signer", "verifier", "scripts", "tests")
    assert imports and not [line for line in imports if line.split()[1].split(".")[0] in ours]
    body = lines[lines.index('"""', 1) + 1 :]
    work = [line for line in body if line.strip() and line not in imports]
    assert len(work) <= 20

"""The end of the demo: every house served on loopback, with sample people of each role to sign in as."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from scripts.commands import Commands

PORT: Final = 8000
_PAGES: Final = (
    ("/", "核验报告（任何人）"),
    ("/batch", "批量核验（银行、招标代理）"),
    ("/offline/", "断网核验：打开一次之后不用网络"),
    ("/log", "签名日志（任何人）"),
    ("/sign-in", "登录：选一位虚构人员，各种角色都有"),
    ("/desk", "企业办事"),
    ("/guide", "办事指南"),
)


@contextmanager
def serving(commands: Commands, port: int) -> Iterator[str]:
    """The address at which ``daizheng serve`` answers for the house; a taken port gives the next free one."""
    process = _start(commands, port)
    address = _address(process)
    if address is None:
        process.wait()
        process = _start(commands, 0)
        address = _address(process)
    if address is None:
        raise SystemExit(process.wait() or 1)
    try:
        yield address
    finally:
        process.terminate()
        process.wait()


@contextmanager
def working(commands: Commands) -> Iterator[None]:
    """``daizheng worker`` runs for the house: timed tasks, messages."""
    process = subprocess.Popen(
        [sys.executable, "-m", "api.cli.main", "worker"],
        env=os.environ | commands.variables,
        stdout=subprocess.DEVNULL,
        stderr=(commands.home.parent / "worker.log").open("w"),
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def show(name: str, address: str, say: object) -> None:
    """The links of one served house, one a line."""
    assert callable(say)
    say(f"   {name}")
    for path, what in _PAGES:
        say(f"     {address}{path}  {what}")


def _start(commands: Commands, port: int) -> subprocess.Popen[str]:
    words: Sequence[str] = ("serve", "--demo-sign-in", "--port", str(port), "--json")
    return subprocess.Popen(
        [sys.executable, "-m", "api.cli.main", *words],
        env=os.environ | commands.variables,
        stdout=subprocess.PIPE,
        stderr=(commands.home.parent / "serve.log").open("w"),
        text=True,
    )


def _address(process: subprocess.Popen[str]) -> str | None:
    """The address it prints, None when it refused to start."""
    assert process.stdout is not None
    line = process.stdout.readline()
    found = json.loads(line).get("address") if line.startswith("{") else None
    return str(found) if found else None

"""A real ``daizheng worker`` on a house of the tests, started and ended as an operator does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATIENCE = 90.0
"""Seconds a test waits for something that takes a moment on an idle machine."""


@dataclass
class Working:
    """A running worker."""

    process: subprocess.Popen[bytes]
    log: Path

    def lines(self) -> list[dict[str, Any]]:
        """What it has logged."""
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]

    def said(self, event: str, **fields: Any) -> bool:
        """Whether it has logged that event with those fields."""
        return any(line["event"] == event and fields.items() <= line.items() for line in self.lines())

    def kill(self) -> None:
        """End it as a power cut does."""
        self.process.kill()
        self.process.wait(20)

    def stop(self) -> int:
        """End it as an operator does; gives its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


@contextmanager
def working(home: Path, variables: Mapping[str, str], name: str = "worker") -> Iterator[Working]:
    """A worker of the house in ``home``; killed with the block if it still runs."""
    log = home.parent / f"{name}.log"
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "api.cli.main", "worker", "--home", str(home)],
            env=os.environ | dict(variables),
            stdout=subprocess.DEVNULL,
            stderr=sink,
        )
    running = Working(process, log)
    try:
        until(lambda: running.said("worker_began") or process.poll() is not None, running)
        assert process.poll() is None, log.read_text()
        yield running
    finally:
        if process.poll() is None:
            running.kill()


def until(holds: Callable[[], object], running: Working | None = None) -> None:
    """Return as soon as ``holds`` gives something true; fail after PATIENCE."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen in time\n" + (running.log.read_text() if running else ""))

"""One process that is going to die: issues a report, or answers what an earlier one left open.

    issue HOME USCC OUT STEP
    recover HOME STEP

STEP is the step at which it kills itself, or `none`.  The file at OUT is written whole or not at all.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

from api import container
from api.services.issuing.issue import Issued
from api.services.issuing.orders import Order
from api.services.issuing.recovery import recover
from domain.errors import DependencyUnavailable
from scripts.commands import Commands, environment

TOO_BUSY = 4
"""Ends so when the machine was too busy to start the verifier's worker: nobody was killed."""


def main(words: list[str]) -> int:
    """Do what ``words`` say; ends with 0 when nothing killed it on the way."""
    task, home, *rest = words
    fatal = rest[-1]

    def step(name: str) -> None:
        if name == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    commands = Commands(Path(home))
    with environment(commands.variables):
        context = container.open_house(Path(home), step=step)
        desk = container.issuing_desk(context)
    if task == "recover":
        recover(desk, reissue=False)
        return 0
    uscc, out = rest[0], Path(rest[1])
    try:
        issued = desk.issue(Order(subject=uscc, purpose="证明"))
    except DependencyUnavailable as outage:
        if outage.code != "sandbox_unavailable":
            raise
        return TOO_BUSY
    if not isinstance(issued, Issued):
        return 3
    part = out.with_suffix(".part")
    part.write_bytes(issued.pdf)
    part.rename(out)
    step("written")
    return 0

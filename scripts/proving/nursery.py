"""Processes that are going to die, forked from one that has everything imported.

A process started anew spends most of a round reading the program; a forked one is the same
program, is killed by the same signal, and shares nothing with us but the files and the database.
The server that forks is the standard library's; it has no thread and has opened no house.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["scripts.proving.child", "api.cli.main", "api.http.serving"])

Task = Callable[[list[str]], int]


def start(
    task: Task, words: Sequence[str], said: Path, *, answers: Path | None = None, variables: dict[str, str]
) -> BaseProcess:
    """A process at work on ``task(words)``: its errors go to ``said``, what it prints to ``answers``."""
    process = _FORKS.Process(target=_run, args=(task, list(words), said, answers, variables))
    process.start()
    return process


def ended(process: BaseProcess, seconds: float) -> int:
    """Exit status of the process, killed if it still runs after so long; negative for a signal."""
    process.join(seconds)
    if process.exitcode is None:
        process.kill()
        process.join()
    assert process.exitcode is not None
    return process.exitcode


def _run(task: Task, words: list[str], said: Path, answers: Path | None, variables: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(variables)
    with said.open("ab") as errors, (answers or Path(os.devnull)).open("ab") as printed:
        os.dup2(errors.fileno(), 2)
        os.dup2(printed.fileno(), 1)
    code = task(words)
    sys.stdout.flush()
    sys.stderr.flush()
    # Nothing is tidied: threads and workers end with us, as they do where a signal ends us.
    os._exit(code)

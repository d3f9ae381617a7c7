"""A progress bar on standard error for long work; nothing where nobody looks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from api.cli.output import Printer

Progress = Callable[[str, int, int], None]


@contextmanager
def shown(out: Printer) -> Iterator[Progress]:
    """Give a function that shows stage, rows done and rows in all."""
    if out.as_json or not sys.stderr.isatty():
        yield lambda _stage, _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    parts = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*parts, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def update(stage: str, done: int, total: int) -> None:
            bar.update(task, description=out.say(f"stage_{stage}"), completed=done, total=total or None)

        yield update

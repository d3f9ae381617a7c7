"""What every proof is told on the command line, where it keeps its run, and where its table stands."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.commands import environment
from scripts.proving.database import forget, variables
from scripts.proving.prover import ROOT

FOLDER = ROOT / "var"


def options(described: str | None) -> argparse.ArgumentParser:
    """Give what each proof takes: ``--seconds``, ``--database``, ``--fresh``, ``--write``."""
    words = argparse.ArgumentParser(
        description=described, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    words.add_argument("--seconds", type=float, default=540)
    words.add_argument("--database")
    words.add_argument("--fresh", action="store_true")
    words.add_argument("--write", action="store_true")
    return words


def name_of(given: argparse.Namespace, name: str) -> str:
    """Give the name of the run: SQLite and PostgreSQL have one each."""
    return name + ("-postgresql" if (given.database or "").startswith("postgres") else "")


@contextmanager
def run_of(given: argparse.Namespace, name: str) -> Iterator[Path]:
    """Give the folder of the run, begun anew where that was asked for, its database in the environment."""
    folder = FOLDER / name
    if given.fresh:
        forget(folder)
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    with variables(given.database, folder) as said, environment(said):
        yield folder


def write_table(table: str, name: str) -> None:
    """The table stands in docs/proofs.md below the run's mark."""
    path, mark = ROOT / "docs" / "proofs.md", f"<!-- scripts/{name} -->\n"
    head, _, rest = path.read_text().partition(mark)
    _, begins, after = rest.partition("\n<!-- ")
    path.write_text(f"{head.rstrip()}\n\n{mark}\n{table}\n{begins}{after}")

"""`scripts/prove`: kill -9 at every step of issuing, many rounds, in slices that can be resumed.

    scripts/prove [--rounds N] [--seconds S] [--seed N] [--database URL|postgresql] [--served]
                  [--fresh] [--write]

--rounds   rounds in all (200); --seconds  stop after so long and go on next time (540)
--database where the house keeps its data: an empty database, or `postgresql` for a server of our
           own; without it in SQLite.  SQLite and PostgreSQL have a run each
--served   kill `daizheng serve` while reports are asked for over HTTP, at drawn instants; a run of its own
--fresh    begin anew; --write  put the table of a finished run into docs/proofs.md

Each round starts a process that issues a report and dies at a step, or is killed from outside at
a drawn instant; at times a second one dies while it answers what the first left; then everything
is answered, and the whole log is audited.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from time import monotonic

from scripts.proving.prover import Prover
from scripts.proving.served import ServedProver
from scripts.proving.slices import name_of, options, run_of, write_table


def main() -> int:
    """0 when the rounds asked for are done without a breach, 3 when there are rounds left."""
    words = options(__doc__)
    words.add_argument("--rounds", type=int, default=200)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--served", action="store_true")
    given = words.parse_args()
    name = name_of(given, "prove-served" if given.served else "prove")
    with run_of(given, name) as folder:
        return _slice(folder, given, name)


def _slice(folder: Path, given: argparse.Namespace, name: str) -> int:
    kind = ServedProver if given.served else Prover
    prover, until = kind(folder, given.seed), monotonic() + given.seconds
    while prover.state.rounds < given.rounds and monotonic() < until:
        prover.round()
        done = f"round {prover.state.rounds} of {given.rounds}, breaches {len(prover.state.breaches)}"
        print(f"\r{done}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    table = prover.table()
    prover.close()
    print(table)
    if prover.state.rounds < given.rounds:
        return 3
    if given.write:
        write_table(table, name)
    return 1 if prover.state.breaches else 0


if __name__ == "__main__":
    sys.exit(main())

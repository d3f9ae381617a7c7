"""`scripts/prove workers`: many workers issue from one house at the same time, in slices that go on.

    scripts/prove workers [--workers N] [--issues N] [--seconds S] [--database URL|postgresql]
                          [--fresh] [--write]

--workers  at the same time, eight a process (64); --issues  of each (1000), each a report of one domain
--seconds  stop after so long and go on next time (540); the rest as in scripts/prove

After each slice everything is answered and the whole house is audited: no number twice, no
unanswered intent or commitment, every number that a worker was told in the register.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from time import monotonic

from api import container
from api.services.issuing.recovery import recover
from scripts.commands import Commands, environment
from scripts.demo_data.subjects import SHANXI
from scripts.proving.audit import Tally, audit
from scripts.proving.house import found
from scripts.proving.prover import ROOT, commit_here, database_of, now_text
from scripts.proving.slices import name_of, options, run_of, write_table

THREADS = 8
"""Workers in one process: opening a house costs more memory than a worker does."""
DOMAIN = "urban_management"
"""The one domain of each report: numbers and entries are counted here, and few pages are laid out sooner."""


@dataclass
class State:
    """What was done so far; kept between slices."""

    workers: int
    issues: int
    seconds: float = 0
    slices: int = 0
    breaches: list[str] = field(default_factory=list)


class Crowd:
    """One house, and the workers that issue from it."""

    def __init__(self, folder: Path, workers: int, issues: int) -> None:
        self.folder, kept = folder, folder / "state.json"
        self.state = State(**json.loads(kept.read_text())) if kept.exists() else State(workers, issues)
        self.home, self.uscc = found(folder, place=SHANXI)
        (folder / "numbers").mkdir(exist_ok=True)

    @property
    def numbers(self) -> list[str]:
        """Every number that a worker was told, in no order."""
        return [
            line for file in sorted((self.folder / "numbers").iterdir()) for line in file.read_text().split()
        ]

    @property
    def left(self) -> int:
        """Issues that are still to be done."""
        return self.state.workers * self.state.issues - len(self.numbers)

    def slice(self, seconds: float) -> None:
        """All workers issue for so long; then everything is answered and audited."""
        processes = -(-self.state.workers // THREADS)
        threads = min(THREADS, self.state.workers)
        each = -(-self.left // (processes * threads))
        began = monotonic()
        with (self.folder / "child.log").open("ab") as log:
            started = [
                subprocess.Popen(
                    [sys.executable, "-m", "scripts.proving.issuer", str(self.home), self.uscc, DOMAIN,
                     str(each), str(threads), str(seconds),
                     str(self.folder / "numbers" / f"{self.state.slices:04d}-{place:02d}")],
                    cwd=ROOT, stderr=log,
                )
                for place in range(processes)
            ]  # fmt: skip
            endings = [child.wait() for child in started]
        self.state.seconds += monotonic() - began
        self.state.slices += 1
        if any(endings):
            self.state.breaches.append(f"slice {self.state.slices}: processes ended with {endings}")
        self.state.breaches += [f"slice {self.state.slices}: {words}" for words in self.audit().breaches]
        (self.folder / "state.json").write_text(json.dumps(asdict(self.state), ensure_ascii=False, indent=1))

    def audit(self) -> Tally:
        """The house as it stands, everything answered, and the workers' numbers held against it."""
        with environment(Commands(self.home).variables):
            context = container.open_house(self.home)
        desk = container.issuing_desk(context)
        recover(desk, reissue=False)
        tally = audit(context, (), settled=True)
        numbers = Counter(self.numbers)
        with context.store.reading() as work:
            registered = Counter(line.number for line in work.audit.reports())
            self.place = database_of(context.store)
        desk.verifier.close()
        context.store.close()
        wrong = [f"{number} was told {count} times" for number, count in numbers.items() if count > 1]
        wrong += [f"{number} was told and is not registered" for number in numbers.keys() - registered.keys()]
        wrong += [f"{number} stands twice" for number, count in registered.items() if count > 1]
        return replace(tally, breaches=(*tally.breaches, *wrong))

    def table(self) -> str:
        """The result as Markdown."""
        tally, state = self.audit(), self.state
        lines = [
            f"{now_text()[:10]}, commit {commit_here()}, {os.cpu_count()} cores, on {self.place}:",
            f"{len(self.numbers)} of {state.workers} x {state.issues} issues in {state.seconds:,.0f} s.",
            "",
            "| counted | |",
            "|---|---:|",
        ]
        names = ("leaves", "commitments", "files", "void_intents", "void_commitments", "key_uses")
        lines += [f"| {name.replace('_', ' ')} | {getattr(tally, name)} |" for name in names]
        lines += [f"| breaches | {len(state.breaches) + len(tally.breaches)} |"]
        return "\n".join(lines + [f"- {words}" for words in state.breaches])


def main() -> int:
    """0 when all is issued without a breach, 3 when some are left, 1 for a breach."""
    words = options(__doc__)
    words.add_argument("--workers", type=int, default=64)
    words.add_argument("--issues", type=int, default=1000)
    given = words.parse_args()
    name = name_of(given, "prove-workers")
    with run_of(given, name) as folder:
        crowd = Crowd(folder, given.workers, given.issues)
        if crowd.left > 0:
            crowd.slice(given.seconds)
        table = crowd.table()
    print(table)
    if given.write:
        write_table(table, name)
    if crowd.state.breaches:
        return 1
    return 3 if crowd.left > 0 else 0


if __name__ == "__main__":
    sys.exit(main())

"""One house that is killed round after round, what a run has done so far, and its table."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from time import monotonic, sleep

from api import container
from api.services.issuing.issue import STEPS
from api.services.issuing.recovery import recover
from api.store.unit_of_work import Store
from domain.errors import CreditDocError, DependencyUnavailable
from scripts.commands import Commands, environment
from scripts.proving import child, nursery
from scripts.proving.audit import Tally, audit
from scripts.proving.house import found

ROOT = Path(__file__).resolve().parents[2]
OUTSIDE = "outside"
"""Killed by the parent at a drawn instant, not by itself at a step."""


@dataclass
class State:
    """What a run has done so far; kept between slices."""

    seed: int
    rounds: int = 0
    deaths: dict[str, int] = field(default_factory=dict)
    second_deaths: int = 0
    breaches: list[str] = field(default_factory=list)
    started: str = ""

    def save(self, folder: Path) -> None:
        """Written whole, so that a killed slice can go on."""
        part = folder / "state.part"
        part.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1))
        part.rename(folder / "state.json")


def run_child(words: list[str], said: Path, *, kill_after: float | None = None) -> int:
    """Exit status of one process; negative when a signal ended it; its errors go to ``said``."""
    process = nursery.start(child.main, words, said, variables=dict(os.environ))
    return nursery.ended(process, kill_after if kill_after is not None else 120)


class Prover:
    """One house and one state."""

    environment = "test"

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.said = folder, folder / "child.log"
        kept = folder / "state.json"
        self.state = (
            State(**json.loads(kept.read_text())) if kept.exists() else State(seed, started=now_text())
        )
        self.home, self.uscc = found(folder, self.environment)
        (folder / "out").mkdir(exist_ok=True)
        with environment(Commands(self.home).variables):
            self.context = container.open_house(self.home)
        self.desk = container.issuing_desk(self.context)

    def round(self) -> None:
        """One death, its answers, one audit."""
        number = self.state.rounds
        draw = Random(f"{self.state.seed}/{number}")
        step = (*STEPS, OUTSIDE)[number % (len(STEPS) + 1)]
        out = self.folder / "out" / f"{number:05d}.pdf"
        words = ["issue", str(self.home), self.uscc, str(out), step]
        status = run_child(words, self.said, kill_after=draw.uniform(0.05, 2.5) if step == OUTSIDE else None)
        if status not in (0, -9, child.TOO_BUSY) or (status == 0 and step != OUTSIDE):
            self.state.breaches.append(
                f"round {number}: a process ended with {status} instead of dying at {step}"
            )
        if status == child.TOO_BUSY:
            # What it left is answered and audited too, but nobody died: the round is played again.
            self.settle(number, counted=False)
            return
        self.state.deaths[step] = self.state.deaths.get(step, 0) + 1
        if draw.random() < 0.3:
            second = draw.choice(("committed", "intent_stored", "signed", "verified", "registered"))
            self.state.second_deaths += run_child(["recover", str(self.home), second], self.said) == -9
        self.settle(number)

    def settle(self, number: int, *, counted: bool = True) -> None:
        """What round ``number`` left is answered and audited, and the state kept."""
        try:
            self._answer_all()
        except CreditDocError as error:
            self.state.breaches.append(f"round {number}: recovery failed: {error}")
        self.state.breaches += [f"round {number}: {words}" for words in self.audit().breaches]
        self.state.rounds += counted
        self.state.save(self.folder)

    def _answer_all(self) -> None:
        """Nobody is left alive; a server may need a moment to learn that a process was killed."""
        until = monotonic() + 10
        while any(item.outcome == "busy" for item in recover(self.desk, reissue=False)):
            if monotonic() > until:
                raise DependencyUnavailable("database_busy")
            sleep(0.02)

    def audit(self) -> Tally:
        """The house as it stands, everything answered."""
        return audit(self.context, sorted((self.folder / "out").glob("*.pdf")), settled=True)

    def beside(self) -> dict[str, int]:
        """What else was counted of the rounds."""
        return {"a step of the recovery as well": self.state.second_deaths}

    def close(self) -> None:
        """The verifier's workers and the database connections are gone."""
        self.desk.verifier.close()
        self.context.store.close()

    def table(self) -> str:
        """The result as Markdown."""
        tally, state = self.audit(), self.state
        commit = commit_here()
        where = f"{platform.machine()}, {os.cpu_count()} cores, CPython {platform.python_version()}"
        lines = [f"{now_text()[:10]}, commit {commit}, {where}, seed {state.seed}: {state.rounds} rounds"]
        lines += [f"on {database_of(self.context.store)}.", ""]
        lines += ["| killed at | rounds |", "|---|---:|"]
        lines += [f"| {step} | {count} |" for step, count in Counter(state.deaths).items()]
        lines += [f"| {words} | {count} |" for words, count in self.beside().items()]
        lines += ["", "| counted | |", "|---|---:|"]
        names = ("leaves", "commitments", "files", "void_intents", "void_commitments", "key_uses")
        lines += [f"| {name.replace('_', ' ')} | {getattr(tally, name)} |" for name in names]
        lines += [f"| files that left the house | {len(list((self.folder / 'out').glob('*.pdf')))} |"]
        lines += [f"| breaches | {len(state.breaches) + len(tally.breaches)} |"]
        return "\n".join(lines + [f"- {words}" for words in state.breaches])


def database_of(store: Store) -> str:
    """Name and version of the database."""
    with store.engine.connect() as connection:
        version = connection.dialect.server_version_info or ()
    name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[store.engine.dialect.name]
    return f"{name} {'.'.join(str(part) for part in version)}"


def commit_here() -> str:
    """The commit that is proven."""
    words = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=False).stdout.strip()


def now_text() -> str:
    """The instant, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")

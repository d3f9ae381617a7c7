"""Seeded samples of `scripts/prove`: deaths at every step of issuing, and of the service; what is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.proving.prover import Prover
from scripts.proving.served import ServedProver
from tests import databases

pytestmark = pytest.mark.slow
ROUNDS = 20
SERVED_ROUNDS = 6


def test_no_death_leaves_a_file_without_its_leaf_or_anything_unanswered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in databases.variables(tmp_path).items():
        monkeypatch.setenv(name, value)
    prover = Prover(tmp_path, seed=20)
    for _ in range(ROUNDS):
        prover.round()
    assert prover.state.breaches == []
    assert sum(prover.state.deaths.values()) == ROUNDS
    tally = prover.audit()
    prover.close()
    # Rounds that die before transaction A leave nothing to answer; every later one leaves a commitment.
    assert tally.commitments >= ROUNDS // 2
    assert tally.files + tally.void_commitments == tally.commitments


def test_a_service_killed_while_it_issues_loses_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in databases.variables(tmp_path).items():
        monkeypatch.setenv(name, value)
    prover = ServedProver(tmp_path, seed=21)
    for _ in range(SERVED_ROUNDS):
        prover.round()
    assert prover.state.breaches == []
    tally = prover.audit()
    prover.close()
    # Some forms were answered before the kill, and some were not: else nothing was proven.
    assert 0 < len(prover.answers) < SERVED_ROUNDS * 3
    assert tally.files >= len(set(prover.answers.values())) == len(prover.answers)

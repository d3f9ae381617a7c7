"""A seeded sample of `scripts/prove`: twenty deaths at every step of issuing, and what is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.proving.__main__ import Prover
from tests import databases

pytestmark = pytest.mark.slow
ROUNDS = 20


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

"""A sample of `scripts/prove workers`: several processes and threads issue from one house at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.proving import workers
from tests import databases

pytestmark = pytest.mark.slow
WORKERS, ISSUES = 6, 2


def test_workers_at_once_share_no_number_and_leave_nothing_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in databases.variables(tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(workers, "THREADS", 3)
    crowd = workers.Crowd(tmp_path, WORKERS, ISSUES)
    crowd.slice(300)
    assert crowd.state.breaches == [], (tmp_path / "child.log").read_text()
    assert crowd.left == 0
    assert len(set(crowd.numbers)) == WORKERS * ISSUES
    tally = crowd.audit()
    assert (tally.files, tally.commitments, tally.key_uses) == (WORKERS * ISSUES,) * 3

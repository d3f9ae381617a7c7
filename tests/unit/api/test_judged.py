"""A verdict is remembered as long as nothing it depends on has changed."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from api.services.checking.judged import LIFE, MOST, Judged

NOW = datetime(2026, 6, 15, tzinfo=UTC)


class Bench:
    """Counts judgements; what is judged does not matter here."""

    def __init__(self) -> None:
        self.judged, self.count = Judged(), 0

    def ask(self, line: Any, *, trust: str = "t", policy: str = "p", now: datetime = NOW) -> Any:
        def judge() -> Any:
            self.count += 1
            return SimpleNamespace(verified_at=now)

        return self.judged.verdict(line, trust, policy, now, judge)


def line(**changed: Any) -> Any:
    kept = {
        "file_sha256": "a" * 64, "status": "valid", "status_at": NOW, "status_reason": None,
        "fresh_until": NOW + timedelta(seconds=30),
    }  # fmt: skip
    return SimpleNamespace(**kept | changed)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_the_same_is_judged_once(bench: Bench) -> None:
    assert bench.ask(line()) is bench.ask(line(), now=NOW + timedelta(seconds=29))
    assert bench.count == 1


@pytest.mark.parametrize(
    "other",
    [
        {"line": line(status="revoked")},
        {"line": line(status_at=NOW + timedelta(seconds=1))},
        {"line": line(file_sha256="b" * 64)},
        {"line": line(), "trust": "u"},
        {"line": line(), "policy": "q"},
        {"line": line(), "now": NOW + timedelta(seconds=31)},
        {"line": line(), "now": NOW + LIFE},
    ],
)
def test_what_a_verdict_depends_on_is_judged_anew(bench: Bench, other: dict[str, Any]) -> None:
    bench.ask(line())
    bench.ask(**other)
    assert bench.count == 2


def test_many_at_once_wait_for_one_judgement(bench: Bench) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def judge() -> Any:
        bench.count += 1
        begun.set()
        assert go_on.wait(10)
        return SimpleNamespace(verified_at=NOW)

    def ask() -> None:
        bench.judged.verdict(line(), "t", "p", NOW, judge)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert begun.wait(10)
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert bench.count == 1


def test_a_judgement_that_failed_is_tried_again(bench: Bench) -> None:
    def fail() -> Any:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        bench.judged.verdict(line(), "t", "p", NOW, fail)
    assert bench.ask(line()).verified_at == NOW


def test_only_so_many_are_kept(bench: Bench) -> None:
    for number in range(MOST + 1):
        bench.ask(line(file_sha256=str(number)))
    bench.ask(line(file_sha256="1"))
    assert bench.count == MOST + 1
    bench.ask(line(file_sha256="0"))
    assert bench.count == MOST + 2

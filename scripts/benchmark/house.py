"""A house to measure in: founded by the real commands, opened once, kept warm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

from api import container
from api.services.context import Context
from records.regions import load_region, shipped_regions
from scripts.commands import PASSPHRASE, Commands, environment
from scripts.demo_data.files import as_csv
from scripts.demo_data.house import BY, make_house
from scripts.demo_data.maker import House
from scripts.demo_data.penalties import COLUMNS, EXTRA, Wish, penalty
from scripts.demo_data.subjects import WUHAI

TODAY = date(2026, 6, 15)
RECORDS = 12


@dataclass
class Watch:
    """Notes when each step of issuing was reached."""

    reached: dict[str, list[float]] = field(default_factory=dict)

    def __call__(self, step: str) -> None:
        """Called by the use-case at each step."""
        self.reached.setdefault(step, []).append(perf_counter())

    def between(self, first: str, last: str) -> tuple[float, ...]:
        """Seconds from one step to another, for each report."""
        return tuple(b - a for a, b in zip(self.reached[first], self.reached[last], strict=True))


@dataclass(frozen=True)
class Bench:
    """The opened house with everything a measurement needs."""

    commands: Commands
    context: Context
    desk: Any
    house: House
    watch: Watch
    uscc: str
    """A subject with a dozen records: the shortest report that has every page."""


def many_rows(count: int) -> tuple[bytes, str]:
    """A CSV file of right penalty rows of one unit, and the unit's name."""
    from random import Random

    from scripts.demo_data.bureaus import bureaus_of

    data = next(data for name, data in shipped_regions().items() if name.startswith(WUHAI.region))
    draw = Random(count)
    region = load_region(data)
    house = make_house(region, WUHAI, TODAY, subjects=150, penalties=1)
    bureau = next(b for b in bureaus_of(draw, region) if b.domain == "ecology_environment")
    keys = [*(code for code, _, _ in COLUMNS), *EXTRA]
    rows = []
    for serial in range(count):
        row = penalty(draw, bureau, draw.choice(house.subjects[6:]), serial + 10_000, Wish(), TODAY)
        rows.append([row[key] for key in keys])
    return as_csv(keys, rows), bureau.name


def build(folder: Path) -> Bench:
    """A founded house with its files taken in, one subject with a dozen records, and a warm issuing desk."""
    commands = Commands(folder / "house")
    data = next(data for name, data in shipped_regions().items() if name.startswith(WUHAI.region))
    commands.found("--region", WUHAI.region, "--host", "bench.example", "--environment", "test")
    house = make_house(load_region(data), WUHAI, TODAY, subjects=150, penalties=300)
    files = folder / "in"
    files.mkdir()
    (files / "subjects.csv").write_bytes(house.subjects_file)
    commands.call("subjects", "import", str(files / "subjects.csv"))
    for delivery in house.deliveries:
        (files / delivery.name).write_bytes(delivery.content)
        words = ["ingest", str(files / delivery.name), "--kind", delivery.kind, "--unit", delivery.unit]
        commands.call(*words, "--by", BY)
    uscc = _full_subject(commands, files, house)
    watch = Watch()
    with environment(commands.variables):
        context = replace(container.open_house(commands.home), step=watch)
    return Bench(commands, context, container.issuing_desk(context), house, watch, uscc)


def _full_subject(commands: Commands, files: Path, house: House) -> str:
    from random import Random

    from scripts.demo_data.bureaus import bureaus_of

    data = next(data for name, data in shipped_regions().items() if name.startswith(WUHAI.region))
    draw = Random(60)
    bureau = next(b for b in bureaus_of(draw, load_region(data)) if b.domain == "market_regulation")
    subject = next(s for s in house.subjects if s.role == "clean")
    wish = Wish(procedure="普通程序", category="罚款")
    days = [date(2024, 1 + n % 12, 1 + n % 28) for n in range(RECORDS)]
    rows = [
        penalty(draw, bureau, subject, 5000 + n, replace(wish, decided_on=day), TODAY)
        for n, day in enumerate(days)
    ]
    keys = [*(code for code, _, _ in COLUMNS), *EXTRA]
    path = files / "full.csv"
    path.write_bytes(as_csv(keys, [[row[key] for key in keys] for row in rows]))
    commands.call("ingest", str(path), "--kind", "penalty", "--unit", bureau.name, "--by", BY)
    return subject.uscc


def compile_watch() -> tuple[list[float], Callable[[], None]]:
    """Durations of each page compilation from now on, and how to stop noting them."""
    from signer import layout

    engine = layout._Engine
    real, seconds = engine.compile, []

    def compile_(self: Any, *words: Any, **named: Any) -> bytes:
        started = perf_counter()
        made = real(self, *words, **named)
        seconds.append(perf_counter() - started)
        return made

    engine.compile = compile_  # type: ignore[method-assign]

    def stop() -> None:
        engine.compile = real  # type: ignore[method-assign]

    return seconds, stop


__all__ = ["PASSPHRASE", "Bench", "build", "compile_watch", "many_rows"]

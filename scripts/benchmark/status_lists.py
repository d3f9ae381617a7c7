"""`scripts/bench --lists`: status lists of ten million reports rebuilt, and what they weigh on the wire."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from time import perf_counter

from api import container
from api.services.context import Context
from api.services.house.trust import LIST_ROOM
from api.services.status import publishing
from api.store.entries_status import Publication
from domain.status_list import PLACES, Value, inflated
from keys.trust.status_token import open_status_token
from scripts.commands import Commands, environment

REPORTS = 10_000_000
REVOKED = 100
"""One in so many."""
MOST_SECONDS, MOST_BYTES = 10.0, 170 * 1024


def main() -> int:
    """The table on standard output; 0 when both limits hold."""
    with tempfile.TemporaryDirectory() as folder:
        commands = Commands(Path(folder) / "house")
        commands.found("--region", "150300", "--host", "bench.example", "--environment", "test")
        with environment(commands.variables):
            context = container.open_house(commands.home)
        _fill(context)
        publishing.publish_due(context, context.clock())
        later = context.clock() + publishing.REBUILD + timedelta(seconds=1)
        began = perf_counter()
        count = publishing.publish_due(_at(context, later), later)
        seconds = perf_counter() - began
        made = _made(context)
        _check(context, made)
        context.store.close()
    size = sum(len(each.token_gzip) for each in made)
    print(f"load before: {os.getloadavg()[0]:.1f}; {count} lists, one of them empty\n")
    print("| what | measured | at most |\n|---|---:|---:|")
    print(f"| status lists of {REPORTS:,} reports, 1 % revoked, rebuilt (s) | {seconds:.2f} | 10 |")
    print(f"| the same together under Content-Encoding gzip (KB) | {size / 1024:.1f} | 170 |")
    return 0 if seconds < MOST_SECONDS and size <= MOST_BYTES else 1


def _at(context: Context, moment: datetime) -> Context:
    return replace(context, clock=lambda: moment)


def _fill(context: Context) -> None:
    """Ten full lists; what is valid has no row of its own, so a hundred thousand stand for ten million."""
    draw = Random(20261122)
    for status_list in range(1, REPORTS // LIST_ROOM + 1):
        places = draw.sample(range(PLACES), LIST_ROOM)
        with context.store.writing() as work:
            work.status.fill_list(status_list, LIST_ROOM)
            for place in draw.sample(places, LIST_ROOM // REVOKED):
                work.status.set_value(status_list, place, Value.REVOKED)
            work.commit()


def _made(context: Context) -> list[Publication]:
    with context.store.reading() as work:
        found = [work.status.published(number) for number in publishing.lists(work)]
    return [each for each in found if each is not None]


def _check(context: Context, made: list[Publication]) -> None:
    """Each list opens under the house's bundle and holds as many revoked reports as were put in."""
    from api.services.house.trust import export

    bundle = export(context, context.clock()).opened.bundle
    revoked = 0
    for each in made:
        token = publishing.Served(publication=each, newest=True).token
        array = inflated(open_status_token(token, bundle, each.made_at).listed.compressed)
        revoked += sum(bin(byte).count("1") for byte in array)
    assert revoked == REPORTS // REVOKED, revoked

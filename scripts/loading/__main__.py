"""`scripts/load`: answers of the served house under a bounded load, as Markdown.

    scripts/load [--seconds N] [--reports N] [--batch N]

--seconds  how long each steady load lasts (20); --reports  different reports in use (4);
--batch    files of the batch (200)

The service runs in a process of its own, with its two workers, on loopback; the generator is this one.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx2

from scripts.benchmark.house import Bench, build
from scripts.loading.loads import Reports, Row, measure


def main() -> int:
    """The table on standard output; 0 when every time is within what was set."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--seconds", type=float, default=20)
    words.add_argument("--reports", type=int, default=4)
    words.add_argument("--batch", type=int, default=200)
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = build(Path(folder))
        reports = _issued(bench, given.reports)
        before = os.getloadavg()[0]
        with _serving(bench, Path(folder)) as address:
            rows = asyncio.run(measure(address, reports, given.seconds, given.batch))
    _print(rows, reports, before)
    return 0 if all(row.good for row in rows) else 1


def _issued(bench: Bench, count: int) -> Reports:
    from api.services.issuing.orders import Order

    order = Order(subject=bench.uscc, purpose="测量")
    return Reports(tuple(bench.desk.issue(order).pdf for _ in range(count)))


@contextmanager
def _serving(bench: Bench, folder: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "scripts.loading.served", str(bench.commands.home)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, env=os.environ | bench.commands.variables, stdout=subprocess.PIPE, stderr=log
        )
        try:
            assert process.stdout is not None
            address = f"http://127.0.0.1:{int(process.stdout.readline())}"
            assert httpx2.get(f"{address}/readyz", timeout=60, trust_env=False).is_success
            yield address
        finally:
            process.terminate()
            process.wait(20)


def _print(rows: list[Row], reports: Reports, load: float) -> None:
    size = max(map(len, reports.pdfs)) // 1000
    machine = f"{platform.machine()}, {os.cpu_count()} cores, CPython {platform.python_version()}"
    print(f"{datetime.now(UTC):%Y-%m-%d}, {machine}; reports of {size} KB; load before: {load:.1f}\n")
    print("| what is asked | asked | p50 | p95 | p99 | at most | faults |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for row in rows:
        print(row.line)


if __name__ == "__main__":
    sys.exit(main())

"""`scripts/bench`: the table of speeds and ratios, as Markdown.

    scripts/bench [--reports N] [--rows N] [--memory N]
    scripts/bench --lists
    scripts/bench --log [--entries N]

--reports  reports to issue and to verify (60); --rows  rows to take in (20000);
--memory   also issue so many reports in one process and print its memory on the way (0)
--lists    rebuild the status lists of ten million reports, and nothing else
--log      the signature log alone, on SQLite and PostgreSQL, with --entries entries (1000000)
"""

from __future__ import annotations

import argparse
import io
import logging
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time

import pikepdf

from scripts.benchmark import bare, status_lists
from scripts.benchmark.clock import Series, timed
from scripts.benchmark.house import RECORDS, Bench, build, compile_watch, many_rows


def main() -> int:
    """The table on standard output; 0 when every ratio is within what was set."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--reports", type=_two_or_more, default=60)
    words.add_argument("--rows", type=int, default=20_000)
    words.add_argument("--memory", type=int, default=0)
    words.add_argument("--lists", action="store_true")
    words.add_argument("--log", action="store_true")
    words.add_argument("--entries", type=int, default=1_000_000)
    given = words.parse_args()
    if given.lists:
        return status_lists.main()
    if given.log:
        return _log(given.entries)
    logging.disable(logging.WARNING)  # pyHanko, used as documented, warns that fetching is off
    with tempfile.TemporaryDirectory() as folder:
        bench = build(Path(folder))
        rows = [*_issuing(bench, given.reports), *_verifying(bench, given.reports, Path(folder))]
        rows += _intake(bench, given.rows, Path(folder))
        _print(rows)
        if given.memory:
            _memory(bench, given.memory)
    return 0 if all(row.good for row in rows) else 1


def _log(entries: int) -> int:
    from scripts.benchmark.log import measure

    lines = measure(entries, seconds=30)
    _place()
    print(f"; load {os.getloadavg()[0]:.1f}\n\n| work | figure | set |\n|---|---|---|")
    for work, figure, limit, _ in lines:
        print(f"| {work} | {figure} | {limit} |")
    return 0 if all(good for *_, good in lines) else 1


def _two_or_more(text: str) -> int:
    """A number of reports of which a 95th percentile can be given."""
    if (number := int(text)) < 2:
        raise argparse.ArgumentTypeError("at least 2")
    return number


class Row:
    """One line of the table."""

    def __init__(self, work: str, ours: Series, bare: Series | None, limit: float | None = None) -> None:
        self.work, self.ours, self.bare, self.limit = work, ours, bare, limit

    @property
    def ratio(self) -> float | None:
        """Our median over the bare library's."""
        return self.ours.median_ms / self.bare.median_ms if self.bare else None

    @property
    def good(self) -> bool:
        """Whether the ratio is within what was set, where something was."""
        return self.limit is None or self.ratio is None or self.ratio <= self.limit


def _issuing(bench: Bench, count: int) -> list[Row]:
    from api.services.issuing.orders import Order
    from domain.report import Variant

    order = Order(subject=bench.uscc, purpose="测量", variant=Variant.SUMMARY)
    sizes: list[int] = []

    def issue(_: int) -> None:
        sizes.append(len(bench.desk.issue(order).pdf))

    for _ in range(3):
        issue(0)
    bench.watch.reached.clear()
    compiled, stop = compile_watch()
    whole = timed("issue", count, issue, warm=0)
    stop()
    watch = bench.watch
    typst = Series("typst", tuple(compiled))
    signed = Series("sign", watch.between("committed", "signed"))
    composed = Series("compose", watch.between("reserved", "composed"))
    laid = Series("layout", watch.between("composed", "laid_out"))
    judged = Series("self-verify", watch.between("signed", "verified"))
    sign_bare = _bare_signing(bench, order)
    pdf = bench.desk.issue(order).pdf
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        print(f"report: {len(opened.pages)} pages, {RECORDS} records, {max(sizes) / 1024:.0f} KB\n")
    return [
        Row("compose (store read, counting, JSON)", composed, None),
        Row("layout | Typst compile of the same pages", laid, typst),
        Row("sign | pyHanko as documented", signed, sign_bare),
        Row("self-verify", judged, None),
        Row("whole issue | Typst compile of the same pages", whole, typst, limit=2.5),
    ]


def _bare_signing(bench: Bench, order: object) -> Series:
    from api.services.issuing.evidence import signing_evidence

    pdf = bench.desk.issue(order).pdf
    b0 = pdf[: pdf.index(b"%%EOF\n") + 6]
    sign = bare.signing(bench.context, signing_evidence(bench.context, datetime.now(UTC)))
    return timed("pyHanko", 20, lambda _: sign(b0))


def _verifying(bench: Bench, count: int, folder: Path) -> list[Row]:
    from api.services.issuing.evidence import signing_evidence
    from api.services.issuing.orders import Order
    from verifier.policies.policy import builtin

    pdfs = [bench.desk.issue(Order(subject=bench.uscc, purpose="测量")).pdf for _ in range(count)]
    path = folder / "one.pdf"
    path.write_bytes(pdfs[0])
    policy = builtin("authenticity")
    now = datetime.now(UTC)
    verifier = bench.desk.verifier.at(now)
    ours = timed("verify", count, lambda n: verifier.verify(pdfs[n % count], "bench", policy=policy, now=now))
    validate = bare.validating(signing_evidence(bench.context, now))
    limit = bare.physical_limit(pdfs[0])
    other = timed("pyHanko", 30, lambda n: validate(pdfs[n % count]))
    return [
        Row("verify, warm | pyHanko validation", ours, other, limit=1.3),
        Row("verify, warm | pdfsig", ours, timed("pdfsig", 20, lambda _: bare.pdfsig(path))),
        Row("verify, warm | SHA-256 and one ECDSA check", ours, timed("limit", 200, lambda _: limit())),
    ]  # fmt: skip


def _intake(bench: Bench, count: int, folder: Path) -> list[Row]:
    from api.services.intake.ingest import Delivery, receive
    from records.model import Kind

    data, unit = many_rows(count)
    delivery = Delivery(kind=Kind.PENALTY, unit=unit, by="bench", data=data, file_name="bench.csv")
    quiet = replace(bench.context, step=lambda _: None)
    started, spent = perf_counter(), process_time()
    received = receive(quiet, delivery, now=quiet.clock())
    ours, spent = perf_counter() - started, process_time() - spent
    started = perf_counter()
    bare.csv_into_sqlite(data, folder / "bare.db")
    alone = perf_counter() - started
    speed = f"{count / ours:,.0f} rows/s into SQLite, {count / spent:,.0f} a second of processor time"
    print(f"intake: {received.rows} rows, {received.accepted} accepted, {speed}\n")
    # One run each: there is a mean, and nothing of which 95 of 100 could be told.
    each = Series("intake", (ours / count,)), Series("csv", (alone / count,))
    return [Row("intake, per row | csv into one SQLite table", *each)]


def _place() -> None:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    print(f"{datetime.now(UTC):%Y-%m-%d}, commit {commit.stdout.strip()}, {platform.machine()}, ", end="")
    print(f"{os.cpu_count()} cores, CPython {platform.python_version()}", end="")


def _print(rows: list[Row]) -> None:
    _place()
    print("\n")
    print("| work | a second | median ms | p95 ms | bare median ms | ratio | at most |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for row in rows:
        ours, other = row.ours, row.bare
        p95 = f"{ours.p95_ms:,.2f}" if len(ours.seconds) > 1 else ""
        figures = [f"{ours.per_second:,.1f}", f"{ours.median_ms:,.2f}", p95]
        figures.append(f"{other.median_ms:,.2f}" if other else "")
        figures += [f"{row.ratio:.2f}" if row.ratio else "", str(row.limit or "")]
        print("| " + " | ".join([row.work.replace(" | ", " / "), *figures]) + " |")


def _memory(bench: Bench, count: int) -> None:
    from api.services.issuing.orders import Order

    order = Order(subject=bench.uscc, purpose="测量")
    for number in range(count + 1):
        if number % max(1, count // 10) == 0:
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            print(
                f"after {number:>5} issues: {pages * os.sysconf('SC_PAGE_SIZE') / 2**20:.0f} MB", flush=True
            )
        bench.desk.issue(order)


if __name__ == "__main__":
    sys.exit(main())

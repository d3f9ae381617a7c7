"""A batch as a table: one row a file, both lines, what repeats, and the receiver's own rule beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from api.services.checking.bulk import Line
from api.services.checking.rule import Judged, Rule, judged
from verifier import receipt_verdict

RECEIPT: Final = "RECEIPT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One file."""

    place: int
    """From 1, in the order in which the files came."""
    line: Line
    status: str
    """The verdict's status, ``INDETERMINATE`` where there is no verdict."""
    receipt: bool
    """A receipt was handed in for a report."""
    narrowed: bool
    number: str | None
    subject: str | None
    uscc: str | None
    as_of: str | None
    window: tuple[str, str] | None
    records: int | None
    fine_fen: int | None
    latest: str | None
    domains: str | None
    same_file: int | None
    """Place of the first row with the same bytes."""
    same_number: int | None
    """Place of the first row with the same number or code, if the bytes differ."""
    rule: Judged | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """All rows and what they add up to."""

    rows: tuple[Row, ...]
    counts: Mapping[str, int]
    """Rows by status; receipts under a word of their own."""
    records: int
    """Counted once a report, of genuine ones alone."""
    fine_fen: int


def matrix(lines: Sequence[Line], rule: Rule, now: datetime) -> Matrix:
    """Return the table of a batch; pure."""
    by_bytes: dict[str, int] = {}
    by_number: dict[str, int] = {}
    rows = []
    for place, line in enumerate(lines, 1):
        same_file = by_bytes.setdefault(line.sha256, place) if line.sha256 else place
        same_number = by_number.setdefault(line.number, place) if line.number else place
        rows.append(_row(place, line, same_file, same_number, rule, now))
    once = {row.number: row for row in rows if row.number and row.records is not None}.values()
    return Matrix(
        rows=tuple(rows),
        counts=Counter(RECEIPT if row.receipt else row.status for row in rows),
        records=sum(row.records or 0 for row in once),
        fine_fen=sum(row.fine_fen or 0 for row in once),
    )


def _row(place: int, line: Line, same_file: int, same_number: int, rule: Rule, now: datetime) -> Row:
    verdict = line.verdict or {}
    report = _object(verdict.get("report"))
    subject, scope = _object(report.get("subject")), _object(report.get("scope"))
    totals = _object(report.get("totals"))
    first, last = scope.get("window_from"), scope.get("window_to")
    return Row(
        place=place,
        line=line,
        status=str(verdict.get("status", "INDETERMINATE")),
        receipt=verdict.get("kind") == receipt_verdict.KIND,
        narrowed=scope.get("narrowed") is True,
        number=line.number,
        subject=subject.get("name"),
        uscc=subject.get("uscc"),
        as_of=report.get("as_of"),
        window=(first, last) if first and last else None,
        records=totals.get("records"),
        fine_fen=totals.get("fine_fen"),
        latest=totals.get("latest_date"),
        domains=_domains(scope),
        same_file=same_file if same_file != place else None,
        same_number=same_number if same_number not in (place, same_file) else None,
        rule=judged(rule, verdict, now),
    )


def _domains(scope: Mapping[str, Any]) -> str | None:
    chosen, omitted = scope.get("chosen"), scope.get("omitted")
    if isinstance(chosen, list) and isinstance(omitted, list):
        return f"{len(chosen)}/{len(chosen) + len(omitted)}"
    return f"{chosen}/{scope['total']}" if isinstance(chosen, int) and "total" in scope else None


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}

"""The table of domains: 结论 and, apart from it, 数据状态 with the days attested (rules R2 to R4)."""

from __future__ import annotations

from typing import Final

from domain.catalogue import DATA_REASONS
from domain.report import Conclusion, DataState, DomainLine, ReportContent
from domain.verdict import JsonValue
from signer import text

STATE_NAMES: Final = {
    DataState.CURRENT: "正常",
    DataState.LATE: "迟到",
    DataState.PENDING: "待核",
    DataState.PARTIAL: "部分归集",
    DataState.NOT_COLLECTED: "未归集",
}


def domain_table(content: ReportContent) -> list[JsonValue]:
    """One row per chosen domain, in the region's order."""
    return [_row(index, line) for index, line in enumerate(content.domains, start=1)]


def _row(index: int, line: DomainLine) -> dict[str, JsonValue]:
    starts = [interval.from_ for interval in line.intervals if interval.from_]
    ends = [interval.to for interval in line.intervals if interval.to]
    units = {interval.unit for interval in line.intervals}
    attested = {interval.unit for interval in line.intervals if interval.to}
    return {
        "index": index,
        "name": text.printable(line.name),
        "conclusion": _conclusion(line),
        "records": line.records,
        "state": line.data_state.value,
        "state_name": _state_name(line),
        # What all units of the domain have attested: from the last start to the first end.
        "from": text.short_day(max(starts, default=None)),
        "to": text.short_day(min(ends, default=None)),
        "units": f"{len(attested)}/{len(units)}" if units else "—",
        "why": "；".join(
            DATA_REASONS[slug].zh if slug in DATA_REASONS else slug for slug in line.data_reasons
        ),
    }


def _conclusion(line: DomainLine) -> str:
    if line.conclusion is Conclusion.NONE and line.data_state is DataState.PENDING:
        # Never the sign of a clean domain beside a doubt (rule R3).
        return "none_seen"
    return {None: "none_drawn", Conclusion.NONE: "none", Conclusion.FOUND: "found"}[line.conclusion]


def _state_name(line: DomainLine) -> str:
    name = STATE_NAMES[line.data_state]
    if line.data_state is DataState.NOT_COLLECTED:
        return f"{name}（{'已承诺' if line.commitment else '未承诺'}）"
    return name

"""数据状态 per domain: what was attested by whom for which days (rules R2 to R4).

A watermark is an interval [complete from, complete to] per unit and kind.  A domain needs
one from each unit it awaits data of and for each kind of data it consists of; a district
as a whole is also spoken for by its own offices, when each office that serves the domain
has attested.  Lateness never touches the 结论, and a doubt always shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final

from domain.catalogue import DATA_REASONS
from domain.report import DataState, Interval
from records.model import Doubt, Watermark
from records.region_model import DomainEntry, UnitEntry
from records.settings import Settings
from records.units import UnitIndex

_DAY: Final = timedelta(days=1)
Span = tuple[date, date]
"""First and last day, both inclusive."""

_STATE_OF: Final = {
    "doubt": DataState.PENDING,
    "unit_not_attested": DataState.PARTIAL,
    "nothing_attested": DataState.PARTIAL,
    "window_start_not_covered": DataState.PARTIAL,
    "gap": DataState.PARTIAL,
    "unit_late": DataState.LATE,
}
_WORST_FIRST: Final = (DataState.PENDING, DataState.PARTIAL, DataState.LATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRule:
    """What the data are measured against."""

    settings: Settings
    window_from: date
    window_to: date
    as_of: datetime
    as_of_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainData:
    """The state of one domain's data, with its reasons and the attested intervals."""

    state: DataState
    reasons: tuple[str, ...]
    """Slugs of ``domain.catalogue.DATA_REASONS``, in its order."""
    intervals: tuple[Interval, ...]
    attested: bool
    """False: no unit has attested anything yet."""


class Coverage:
    """The attestations and doubts that stood at one instant, asked domain by domain."""

    def __init__(
        self,
        units: UnitIndex,
        watermarks: Iterable[Watermark],
        doubts: Iterable[Doubt],
        rule: CoverageRule,
    ) -> None:
        """Keep what stood at ``rule.as_of``; the order of the arguments does not matter."""
        self._units = units
        self._rule = rule
        self._doubts = tuple(d for d in doubts if _stood(d.recorded_at, d.cleared_at, rule.as_of))
        self._marks: dict[tuple[str, str], list[Watermark]] = {}
        self._known: dict[tuple[str, str, str], tuple[list[Span], list[Interval]]] = {}
        for mark in sorted(watermarks, key=lambda m: (m.complete_from, m.complete_to, str(m.id))):
            if _stood(mark.recorded_at, mark.superseded_at, rule.as_of):
                self._marks.setdefault((mark.unit, mark.kind), []).append(mark)

    def of_domain(self, entry: DomainEntry, *, has_records: bool) -> DomainData:
        """The state of ``entry``; a domain with counted records is never called 未归集."""
        needs = self._needs(entry)
        reasons: set[str] = set()
        lines: list[Interval] = []
        attested = False
        for unit, kind in needs:
            spans, shown = self._spoken_for(unit, entry.id, kind)
            lines += shown
            attested = attested or bool(spans)
            reasons |= self._faults(unit, kind, spans)
        reasons |= self._nobody(entry)
        if not attested:
            reasons = {"nothing_attested" if needs else "no_unit_known"}
        if any(not doubt.domains or entry.id in doubt.domains for doubt in self._doubts):
            reasons.add("doubt")
        return DomainData(
            state=_state(reasons, attested=attested, has_records=has_records),
            reasons=tuple(reason for reason in DATA_REASONS if reason in reasons),
            intervals=tuple(dict.fromkeys(lines)),
            attested=attested,
        )

    def _needs(self, entry: DomainEntry) -> list[tuple[UnitEntry, str]]:
        """Each unit and kind that this domain awaits an attestation for."""
        return [
            (unit, kind)
            for kind in entry.kinds
            if kind in self._rule.settings.kinds_counted
            for unit in self._units.serving(entry.id, kind)
            if unit.expected and self._lived(unit) is not None
        ]

    def _nobody(self, entry: DomainEntry) -> set[str]:
        """Faults of kinds, and of days, for which the domain has no unit at all."""
        faults = set()
        for kind in entry.kinds:
            if kind not in self._rule.settings.kinds_counted:
                continue
            lives = [self._lived(unit) for unit in self._units.serving(entry.id, kind) if unit.expected]
            spans = _union([span for span in lives if span is not None])
            if not spans:
                faults.add("no_unit_known")
            elif spans != [(self._rule.window_from, self._rule.window_to)]:
                faults.add("gap")
        return faults

    def _lived(self, unit: UnitEntry) -> Span | None:
        """The part of the window in which the unit existed."""
        first = max(self._rule.window_from, unit.from_ or date.min)
        last = min(self._rule.window_to, unit.to or date.max)
        return (first, last) if first <= last else None

    def _spoken_for(self, unit: UnitEntry, domain: str, kind: str) -> tuple[list[Span], list[Interval]]:
        own, lines = self._attested(unit, domain, kind)
        if unit.covers_district:
            offices = [
                office
                for office in self._units.serving(domain, kind)
                if office.district == unit.district and office.id != unit.id
            ]
            shared: list[Span] | None = None
            for office in offices:
                spans, shown = self._attested(office, domain, kind)
                lines += shown
                shared = spans if shared is None else _both(shared, spans)
            own = _union([*own, *(shared or [])])
        if not lines:
            lines = [_interval(unit, kind, None)]
        return own, lines

    def _attested(self, unit: UnitEntry, domain: str, kind: str) -> tuple[list[Span], list[Interval]]:
        marks = self._marks.get((unit.id, kind))
        if not marks:
            return [], []
        named = any(mark.domains for mark in marks)
        key = (unit.id, kind, domain if named else "")
        if key not in self._known:
            own = [mark for mark in marks if not mark.domains or domain in mark.domains]
            spans = _union([(mark.complete_from, mark.complete_to) for mark in own])
            self._known[key] = spans, [_interval(unit, kind, span) for span in spans]
        spans, shown = self._known[key]
        return spans, list(shown)

    def _faults(self, unit: UnitEntry, kind: str, spans: list[Span]) -> set[str]:
        if not spans:
            return {"unit_not_attested"}
        lived = self._lived(unit)
        assert lived is not None
        first, last = lived
        grace = timedelta(days=self._rule.settings.sharing_days.get(kind, 0))
        due, end = min(last, self._rule.as_of_day - grace), spans[-1][1]
        faults = {"unit_late"} if end < due else set()
        reached = [span for span in spans if span[1] >= first]
        if spans[0][0] > first:
            faults.add("window_start_not_covered")
        elif reached and reached[0][0] > first:
            faults.add("gap")
        if any(left[1] < last for left, _ in pairwise(reached)):
            faults.add("gap")
        return faults


def _stood(begun: datetime, ended: datetime | None, instant: datetime) -> bool:
    return begun <= instant and (ended is None or instant < ended)


def _state(reasons: set[str], *, attested: bool, has_records: bool) -> DataState:
    # R3 before the order of R2: a doubt in a domain nobody collects is still a doubt.
    if not attested and not has_records and "doubt" not in reasons:
        return DataState.NOT_COLLECTED
    found = {_STATE_OF.get(reason, DataState.PARTIAL) for reason in reasons}
    return next((state for state in _WORST_FIRST if state in found), DataState.CURRENT)


def _interval(unit: UnitEntry, kind: str, span: Span | None) -> Interval:
    first, last = span if span is not None else (None, None)
    return Interval(unit=unit.id, unit_name=unit.name, kind=kind, from_=first, to=last)


def _union(spans: list[Span]) -> list[Span]:
    """The spans joined where they overlap or touch, ascending."""
    joined: list[Span] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1] + _DAY:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


def _both(left: list[Span], right: list[Span]) -> list[Span]:
    """The days that stand in both."""
    return [
        (max(a[0], b[0]), min(a[1], b[1])) for a in left for b in right if max(a[0], b[0]) <= min(a[1], b[1])
    ]

"""Rows that came late (R31): the unit's ledger, and the reports that would say something else with them.

A new record decided on or before the day up to which its unit had attested its data is late.  Inside
the attested days it was left out (漏报), before them it is merely late (迟报).  Reports that stand and
would have counted it become ``data_changed``, in the intake's own transaction; when the unit takes the
row back they are as before, unless another late row touches them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from api.services.context import Context
from api.services.house.regions import own_region
from api.services.intake.units import added_units
from api.services.issuing.review import require_operator
from api.services.status.changing import reason_of, record
from api.store.entries import Event, Registered
from api.store.entries_status import LateRow
from api.store.unit_of_work import UnitOfWork
from domain.errors import Conflict, NotFound
from domain.identifiers import hide_person_numbers, uuid7
from domain.status_facts import FINAL, Act, standing
from domain.times import shanghai_day
from domain.wording import Wording
from records.counting import CountingRule, Window, business_date, counts
from records.intake.model import RecordDraft
from records.model import CreditRecord, Kind, Watermark
from records.region_model import Region
from records.units import UnitIndex


@dataclass(slots=True, eq=False)
class Fresh:
    """A record that was not here before, as its row was taken.

    Neither frozen nor with the id ready made, because one is made per row and few of them are late.
    """

    name: str
    """The version's id as 32 hex digits."""
    subject: UUID | None
    draft: RecordDraft

    @property
    def version(self) -> UUID:
        """The id of the version."""
        return UUID(hex=self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What brought the rows."""

    batch: UUID
    source: str
    """The sending unit."""
    kind: Kind
    by: str
    """Who confirmed the delivery."""


def notice(
    context: Context, work: UnitOfWork, rows: Sequence[Fresh], arrival: Arrival, *, now: datetime
) -> tuple[LateRow, ...]:
    """Enter the late ones of ``rows`` into the ledger and mark the reports they touch; the caller commits.

    Called before the delivery's own attestation is stored: what it says itself cannot make it late.
    """
    marks = [mark for mark in work.batches.watermarks() if mark.kind is arrival.kind]
    late = _late(work, rows, marks, arrival) if marks else {}
    if not late:
        return ()
    region = own_region(context, work)
    lines = {fresh.version: _line(context, region, fresh, mark, arrival, now) for fresh, mark in late.items()}
    work.late.add(tuple(lines.values()))
    _affect(context, work, region, {fresh.version: fresh for fresh in late}, lines, arrival, now)
    return tuple(lines.values())


def withdraw(context: Context, late: str, reason: str, *, by: str) -> tuple[str, ...]:
    """The unit takes a late row back: the record ends, and reports it alone touched are as before.

    Gives the numbers of those reports.  Raises NotFound ``late_unknown``; Conflict ``late_withdrawn``,
    ``late_row_moved``; Refused ``not_an_operator``, ``reason_needed``.
    """
    said = reason_of(reason)
    with context.store.writing() as work:
        now = context.clock()
        require_operator(work, by)
        line = _known(work, late)
        work.late.withdraw(line.id, by, said, now)
        if work.records.supersede([line.version], now) != 1:
            raise Conflict("late_row_moved", late=late)
        restored = tuple(number for number in work.late.numbers_of(line.id) if not work.late.open_on(number))
        for number in restored:
            _restore(context, work, number, line, by, now)
        fields = {"late": str(line.id), "batch": str(line.batch), "unit": line.unit}
        work.house.record(Event(at=now, actor=by, act="late_withdrawn", reason=said, fields=dict(fields)))
        work.commit()
    return restored


def unit_names(context: Context, work: UnitOfWork) -> dict[str, str]:
    """Give the names of the units as people know them, by id."""
    index = UnitIndex(own_region(context, work), added_units(work))
    return {unit.id: unit.name for unit in index.units()}


def _known(work: UnitOfWork, text: str) -> LateRow:
    try:
        found = work.late.get(UUID(text))
    except ValueError:
        found = None
    if found is None:
        raise NotFound("late_unknown", late=text[:40])
    return found


def _restore(context: Context, work: UnitOfWork, number: str, line: LateRow, by: str, now: datetime) -> None:
    if "data_changed" in standing(work.status.changes_of(number)).facts:
        why = Wording.load("zh").text("late_restored_reason")
        record(context, work, number, Act.DATA_RESTORED, why, by=by, cause=f"late:{line.id}", now=now)


def _day(draft: RecordDraft) -> date | None:
    return draft.effective_on if draft.kind is Kind.JUDGMENT else draft.decided_on


def _late(
    work: UnitOfWork, rows: Sequence[Fresh], marks: Sequence[Watermark], arrival: Arrival
) -> dict[Fresh, Watermark]:
    found: dict[Fresh, Watermark] = {}
    for fresh in rows:
        day = _day(fresh.draft)
        mark = None if day is None else _passed(fresh.draft, day, marks, arrival.source)
        if mark is not None:
            found[fresh] = mark
    if not found:
        return found
    # What another source brought in time is no news from this one (R13).
    mine = {fresh.version for fresh in found}
    told = {
        (each.identity, each.subject)
        for each in work.records.standing(arrival.kind.value, (f.draft.identity for f in found))
        if each.version not in mine
    }
    return {fresh: mark for fresh, mark in found.items() if (fresh.draft.identity, fresh.subject) not in told}


def _passed(draft: RecordDraft, day: date, marks: Iterable[Watermark], source: str) -> Watermark | None:
    """The attestation that a row of that day came too late for: one that includes it, else a later one."""
    here = [
        mark
        for mark in marks
        if mark.unit in (draft.unit, source)
        and (not mark.domains or set(mark.domains) & set(draft.domains))
        and day <= mark.complete_to
    ]
    return max(here, key=lambda mark: (mark.complete_from <= day, mark.complete_to), default=None)


def _line(
    context: Context, region: Region, fresh: Fresh, mark: Watermark, arrival: Arrival, now: datetime
) -> LateRow:
    day = _day(fresh.draft)
    assert day is not None
    today = shanghai_day(now)
    due = day + timedelta(days=region.settings_at(today).sharing_days.get(arrival.kind, 0))
    return LateRow(
        id=uuid7(now, context.entropy),
        version=fresh.version,
        batch=arrival.batch,
        unit=fresh.draft.unit,
        kind=arrival.kind.value,
        sort="omitted" if mark.complete_from <= day else "late",
        decided_on=day,
        due_on=due,
        days_late=max(0, (today - due).days),
        complete_to=mark.complete_to,
        confirmed_by=hide_person_numbers(arrival.by),
        noticed_at=now,
    )


def _affect(
    context: Context,
    work: UnitOfWork,
    region: Region,
    late: Mapping[UUID, Fresh],
    lines: Mapping[UUID, LateRow],
    arrival: Arrival,
    now: datetime,
) -> None:
    subjects = {fresh.subject for fresh in late.values() if fresh.subject is not None}
    touched: dict[str, list[UUID]] = defaultdict(list)
    for subject in work.reports.subjects_with_reports(subjects):
        records = [item for item in work.records.of_subject(subject) if item.version in late]
        for line in work.reports.of_subject(subject):
            if line.status not in FINAL:
                counted = _counted(context, work, region, line, records, arrival)
                touched[line.number] += [lines[item.version].id for item in counted]
    work.late.affect((late_id, number) for number, ids in touched.items() for late_id in ids)
    why = Wording.load("zh").text("late_reason")
    for number in sorted(number for number, ids in touched.items() if ids):
        if "data_changed" not in standing(work.status.changes_of(number)).facts:
            cause = f"late:{touched[number][0]}"
            record(context, work, number, Act.DATA_CHANGED, why, by=arrival.by, cause=cause, now=now)


def _counted(
    context: Context,
    work: UnitOfWork,
    region: Region,
    line: Registered,
    records: Sequence[CreditRecord],
    arrival: Arrival,
) -> list[CreditRecord]:
    """Those of ``records`` that the report would have counted, had they been here at its ``as_of``."""
    subject = work.subjects.by_id(line.subject, line.as_of)
    if subject is None:
        return []
    then = own_region(context, work, line.as_of)
    as_of_day = shanghai_day(line.as_of)
    settings = then.settings_at(as_of_day)
    rule = CountingRule(
        region=then,
        counting=settings,
        disclosure=region.settings_at(shanghai_day(line.released_at)),
        window=Window(
            from_=line.window_from, to=line.window_to, look_back_start=settings.window_start(as_of_day)
        ),
        as_of_day=as_of_day,
        subject_kind=subject.kind,
    )
    marks = [mark for mark in work.batches.watermarks(line.as_of) if mark.kind is arrival.kind]
    return [
        item
        for item in records
        if set(item.domains) & set(line.domains)
        and _attested_then(item, marks, arrival.source)
        and counts(item, rule).counted
    ]


def _attested_then(item: CreditRecord, marks: Sequence[Watermark], source: str) -> bool:
    day = business_date(item)
    return day is not None and any(
        mark.unit in (item.unit, source)
        and (not mark.domains or set(mark.domains) & set(item.domains))
        and day <= mark.complete_to
        for mark in marks
    )

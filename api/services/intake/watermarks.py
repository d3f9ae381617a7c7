"""Attested intervals: a named person says for which days a unit's data of one kind is complete (R4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from api.services.context import Context
from api.store.unit_of_work import UnitOfWork
from domain.errors import MalformedInput
from domain.identifiers import uuid7
from domain.times import shanghai_day
from records.model import Kind, Watermark
from records.region_model import Region

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """What the person says."""

    unit: str
    kind: Kind
    domains: tuple[str, ...]
    complete_from: date | None
    """None: from where the unit's last interval began, else from the start of the look-back."""
    complete_to: date
    by: str
    nil: bool
    batch: UUID


def attest(
    context: Context, work: UnitOfWork, region: Region, said: Attestation, *, now: datetime
) -> tuple[date, date]:
    """Store the interval, joined with those it touches; gives the interval that now stands.

    Raises MalformedInput ``through_in_future`` or ``window_reversed``.
    """
    today = shanghai_day(now)
    if said.complete_to > today:
        raise MalformedInput("through_in_future", day=said.complete_to.isoformat(), today=today.isoformat())
    same = [mark for mark in work.batches.watermarks() if _speaks_alike(mark, said)]
    start = said.complete_from or _default_start(same, region, today)
    if start > said.complete_to:
        raise MalformedInput("window_reversed", first=start.isoformat(), last=said.complete_to.isoformat())
    touched = [
        mark
        for mark in same
        if mark.complete_from <= said.complete_to + _DAY and start <= mark.complete_to + _DAY
    ]
    first = min([start, *(mark.complete_from for mark in touched)])
    last = max([said.complete_to, *(mark.complete_to for mark in touched)])
    work.batches.supersede_marks([mark.id for mark in touched], now)
    mark = Watermark(
        id=uuid7(now, context.entropy),
        unit=said.unit,
        kind=said.kind,
        domains=said.domains,
        complete_from=first,
        complete_to=last,
        attested_by=said.by,
        nil=said.nil,
        recorded_at=now,
    )
    work.batches.attest(mark, said.batch)
    return first, last


def _speaks_alike(mark: Watermark, said: Attestation) -> bool:
    return (mark.unit, mark.kind, tuple(mark.domains)) == (said.unit, said.kind, said.domains)


def _default_start(same: list[Watermark], region: Region, today: date) -> date:
    known = [mark.complete_from for mark in same]
    return min(known) if known else region.settings_at(today).window_start(today)

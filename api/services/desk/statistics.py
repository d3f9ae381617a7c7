"""Counts for the operator: reports by matter, department and channel, opened by receivers, feedback (R34).

Counts alone: nothing here names a subject, and nothing ranks anybody (R10).  A count below LEAST
could be one enterprise whom everybody knows, so such lines are added up and not named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from api.services.access.roles import REQUESTING
from api.services.access.table import inside
from api.services.context import Context
from api.services.house.regions import own_region
from api.store.unit_of_work import UnitOfWork

LEAST: Final = 5
"""The smallest count that stands under its own name."""
FREE: Final = "-"
"""A report for which no matter was picked."""
ELSEWHERE: Final = "elsewhere"
"""A subject outside every district that the region file names, or of unknown seat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Names and counts, the largest first, and what is too small to be named."""

    lines: tuple[tuple[str, int], ...]
    others: int
    """Sum of the lines below LEAST."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """One version of the report's template and when it was in use."""

    template: str
    first: datetime
    last: datetime
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """What an operator sees."""

    by_district: Counts
    by_matter: Counts
    by_department: Counts
    by_channel: tuple[tuple[str, int], ...]
    templates: tuple[Used, ...]
    """In the order in which they came into use."""
    by_receiver: Counts
    """Looks by registered organisations under a grant."""
    feedback: tuple[tuple[tuple[str, str, str], int], ...]
    """Notes per part of the site, channel and state."""
    reports: int


def statistics(context: Context) -> Statistics:
    """Give the counts as of now."""
    with context.store.reading() as work:
        region = own_region(context, work)
        matters, channels = work.desk.counts_of("matter"), work.desk.counts_of("channel")
        templates = work.desk.templates()
        districts = _districts(work, tuple(district.name for district in region.districts))
        receivers, notes = work.desk.receivers(sorted(REQUESTING)), work.feedback.counts()
    known = {entry.id: entry for entry in region.matters}
    by_matter: Counter[str] = Counter()
    by_department: Counter[str] = Counter()
    for id_, count in matters.items():
        entry = known.get(id_ or "")
        by_matter[entry.matter if entry else id_ or FREE] += count
        by_department[entry.department if entry else FREE] += count
    return Statistics(
        by_district=_named(districts),
        by_matter=_named(by_matter),
        by_department=_named(by_department),
        by_channel=_sorted(channels),
        templates=tuple(
            Used(template=name, first=first, last=last, count=count) for name, first, last, count in templates
        ),
        by_receiver=_named({name or FREE: count for name, count in receivers.items()}),
        feedback=tuple(sorted(notes.items(), key=lambda item: -item[1])),
        reports=sum(channels.values()),
    )


def _districts(work: UnitOfWork, names: tuple[str, ...]) -> Counter[str]:
    """Count the reports by the district in which their subject is registered or seated."""
    found: Counter[str] = Counter()
    for id_, count in work.desk.subjects_counted().items():
        subject = work.subjects.by_id(id_)
        place = next((name for name in names if subject is not None and inside(name, subject)), ELSEWHERE)
        found[place] += count
    return found


def _named(counts: Mapping[str, int]) -> Counts:
    lines = tuple(sorted((item for item in counts.items() if item[1] >= LEAST), key=lambda item: -item[1]))
    return Counts(lines=lines, others=sum(count for count in counts.values() if count < LEAST))


def _sorted(counts: dict[str, int] | dict[str | None, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(((key or FREE, count) for key, count in counts.items()), key=lambda item: -item[1]))

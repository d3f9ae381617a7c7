"""Counts for the operator: reports by matter, department and channel, opened by receivers, feedback (R34).

Counts alone: nothing here names a subject, and nothing ranks anybody (R10).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from api.services.access.roles import REQUESTING
from api.services.context import Context
from api.services.house.regions import own_region


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Each a list of name and count, the largest first."""

    by_matter: tuple[tuple[str, int], ...]
    by_department: tuple[tuple[str, int], ...]
    by_channel: tuple[tuple[str, int], ...]
    by_template: tuple[tuple[str, int], ...]
    by_receiver: tuple[tuple[str, int], ...]
    """Looks by registered organisations under a grant."""
    feedback: tuple[tuple[tuple[str, str, str], int], ...]
    """Notes per part of the site, channel and state."""
    reports: int


FREE = "-"
"""A report for which no matter was picked."""


def statistics(context: Context) -> Statistics:
    """Give the counts as of now."""
    with context.store.reading() as work:
        region = own_region(context, work)
        matters, channels = work.desk.counts_of("matter"), work.desk.counts_of("channel")
        templates = work.desk.counts_of("template")
        receivers, notes = work.desk.receivers(sorted(REQUESTING)), work.feedback.counts()
    known = {entry.id: entry for entry in region.matters}
    by_matter: Counter[str] = Counter()
    by_department: Counter[str] = Counter()
    for id_, count in matters.items():
        entry = known.get(id_ or "")
        by_matter[entry.matter if entry else id_ or FREE] += count
        by_department[entry.department if entry else FREE] += count
    return Statistics(
        by_matter=tuple(by_matter.most_common()),
        by_department=tuple(by_department.most_common()),
        by_channel=_sorted(channels),
        by_template=_sorted(templates),
        by_receiver=_sorted(receivers),
        feedback=tuple(sorted(notes.items(), key=lambda item: -item[1])),
        reports=sum(channels.values()),
    )


def _sorted(counts: dict[str, int] | dict[str | None, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(((key or FREE, count) for key, count in counts.items()), key=lambda item: -item[1]))

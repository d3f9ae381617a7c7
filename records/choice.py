"""What the subject asked for, checked against what the region lets it choose (rules R1, R12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from domain.errors import MalformedInput, Refused
from domain.report import Variant
from records.counting import Window
from records.region_model import Region
from records.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRequest:
    """One application for a report."""

    domains: tuple[str, ...] | None
    """Ids of the chosen domains; None: all of them."""
    window_from: date | None
    window_to: date | None
    purpose: str
    variant: Variant
    as_of: datetime
    """Instant of knowledge, aware UTC."""
    historical: bool
    channel: str
    matter: str | None = None
    """Id of the matter that was picked (R28); its notes are printed."""


def chosen_domains(region: Region, settings: Settings, wanted: tuple[str, ...] | None) -> tuple[str, ...]:
    """The domains of the report in the region's order.

    Raises MalformedInput ``request_domains_empty`` or ``request_domain_unknown``, Refused
    ``choice_not_allowed``.
    """
    if wanted is None:
        return region.domain_ids
    if not wanted:
        raise MalformedInput("request_domains_empty")
    for domain in wanted:
        if domain not in region.domain_ids:
            raise MalformedInput("request_domain_unknown", domain=domain, region=region.name)
    chosen = tuple(domain for domain in region.domain_ids if domain in wanted)
    if chosen != region.domain_ids and not settings.choose_domains:
        raise Refused("choice_not_allowed", what="domains", region=region.name)
    return chosen


def chosen_window(
    region: Region,
    settings: Settings,
    request: ReportRequest,
    *,
    counting: Settings,
    as_of_day: date,
) -> Window:
    """The window of the report, both days inclusive.

    Raises MalformedInput ``window_reversed``, Refused ``window_before_look_back``,
    ``window_after_as_of`` or ``choice_not_allowed``.
    """
    start = counting.window_start(as_of_day)
    first, last = request.window_from or start, request.window_to or as_of_day
    if first > last:
        raise MalformedInput("window_reversed", first=first.isoformat(), last=last.isoformat())
    if first < start:
        raise Refused("window_before_look_back", first=first.isoformat(), start=start.isoformat())
    if last > as_of_day:
        raise Refused("window_after_as_of", last=last.isoformat(), day=as_of_day.isoformat())
    if (first, last) != (start, as_of_day) and not settings.choose_window:
        raise Refused("choice_not_allowed", what="window", region=region.name)
    return Window(from_=first, to=last, look_back_start=start)

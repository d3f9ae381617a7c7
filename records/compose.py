"""The signed content of one report, from what was known at one instant.

Pure: the same region, subject, data, ``as_of`` and reservation give the same content, the
same JSON bytes and the same root, whatever the order in which the data arrive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from domain import disclosure
from domain.catalogue import MARKS
from domain.errors import Refused
from domain.report import Conclusion, DataState, DomainLine, RecordItem, Variant
from domain.times import shanghai_day
from records import eligibility
from records.choice import ReportRequest, chosen_domains, chosen_window
from records.compose_model import Composed, ComposeInput, Counted, Frame, Reservation
from records.content import content_of
from records.counting import CountingRule, business_date, counts
from records.coverage import Coverage, CoverageRule
from records.leaf_fields import leaf_of, shown_in_summary
from records.model import CreditRecord, Kind
from records.region_model import Region
from records.settings import Settings
from records.sources import one_per_identity
from records.units import index_of

__all__ = ["ComposeInput", "Composed", "ReportRequest", "Reservation", "compose"]


def compose(given: ComposeInput) -> Composed:
    """The content of the report that was asked for.

    Raises Refused (``not_eligible``, ``subject_deregistered``, ``phase_not_started``,
    ``choice_not_allowed``, ``window_before_look_back``, ``window_after_as_of``,
    ``as_of_in_future``, ``settings_not_in_force``) or MalformedInput (``request_domain_unknown``,
    ``request_domains_empty``, ``window_reversed``).
    """
    frame = _frame(given)
    counted = _counted(given, frame)
    lines = _domain_lines(given, frame, counted)
    leaves = tuple(leaf_of(item.record, item.unit_name) for item in counted)
    tree = disclosure.build(leaves, given.salt_for)
    items = tuple(
        _item(place, item, leaves[place], tree.field_hashes[place], given)
        for place, item in enumerate(counted)
    )
    return Composed(
        content=content_of(given, frame, lines, items, counted, tree),
        leaf_inputs=leaves,
        versions=tuple(item.versions for item in counted),
        pending=tuple(line.id for line in lines if line.data_state is DataState.PENDING),
        not_current=tuple(line.id for line in lines if line.data_state is not DataState.CURRENT),
    )


def _frame(given: ComposeInput) -> Frame:
    region, request = given.region, given.request
    if request.as_of > given.reservation.reserved_at:
        raise Refused("as_of_in_future", as_of=request.as_of.isoformat())
    issued_on, as_of_day = shanghai_day(given.reservation.reserved_at), shanghai_day(request.as_of)
    eligibility.check(given.issuing, given.subject, issued_on)
    counting, issuing = region.settings_at(as_of_day), given.issuing.settings_at(issued_on)
    window = chosen_window(region, issuing, request, counting=counting, as_of_day=as_of_day)
    return Frame(
        domains=chosen_domains(region, issuing, request.domains),
        window=window,
        issued_on=issued_on,
        as_of_day=as_of_day,
        units=index_of(region, given.extra_units, request.as_of),
        rule=CountingRule(
            region=region,
            counting=counting,
            disclosure=issuing,
            window=window,
            as_of_day=as_of_day,
            subject_kind=given.subject.kind,
        ),
    )


def _counted(given: ComposeInput, frame: Frame) -> tuple[Counted, ...]:
    """The counted records of the chosen domains, the latest first."""
    known = [r for r in given.records if _stood(r.recorded_at, r.superseded_at, given.request.as_of)]
    found = []
    for group in one_per_identity(known):
        decision = counts(group.record, frame.rule)
        domains = _domains_of(group.record, frame) if decision.counted else ()
        if not domains:
            continue
        marks = {*decision.marks, *(["double_source"] if group.sources > 1 else [])}
        unit = frame.units.unit(group.record.unit)
        found.append(
            Counted(
                record=group.record,
                versions=group.versions,
                domains=domains,
                marks=tuple(mark for mark in MARKS if mark in marks),
                unit_name=unit.name if unit is not None else group.record.unit,
            )
        )
    return tuple(sorted(found, key=_latest_first))


def _latest_first(item: Counted) -> tuple[int, str, str, str]:
    day = business_date(item.record) or date.max
    return (-day.toordinal(), item.record.kind, item.record.identity, str(item.record.id))


def _domains_of(record: CreditRecord, frame: Frame) -> tuple[str, ...]:
    """The chosen domains in which a record of this kind counts."""
    return tuple(
        entry.id
        for entry in frame.rule.region.domains
        if entry.id in frame.domains
        and entry.id in record.domains
        and (record.kind in entry.kinds or record.kind is Kind.OTHER)
    )


def _stood(begun: datetime, ended: datetime | None, instant: datetime) -> bool:
    return begun <= instant and (ended is None or instant < ended)


def _domain_lines(given: ComposeInput, frame: Frame, counted: Sequence[Counted]) -> tuple[DomainLine, ...]:
    coverage = Coverage(
        frame.units,
        given.watermarks,
        given.doubts,
        CoverageRule(
            settings=frame.rule.counting,
            window_from=frame.window.from_,
            window_to=frame.window.to,
            as_of=given.request.as_of,
            as_of_day=frame.as_of_day,
        ),
    )
    promised = _promised(given, frame.rule.disclosure)
    return tuple(
        _line(given.region, domain, coverage, sum(domain in item.domains for item in counted), promised)
        for domain in frame.domains
    )


def _promised(given: ComposeInput, settings: Settings) -> Mapping[str, str]:
    """Per domain the id of the subject's latest commitment that stood at ``as_of``."""
    if not settings.commitments_allowed:
        return {}
    stood = [
        c
        for c in given.commitments
        if c.subject == given.subject.id and _stood(c.recorded_at, c.superseded_at, given.request.as_of)
    ]
    return {c.domain: str(c.id) for c in sorted(stood, key=lambda c: (c.recorded_at, str(c.id)))}


def _line(
    region: Region,
    domain: str,
    coverage: Coverage,
    records: int,
    promised: Mapping[str, str],
) -> DomainLine:
    entry = region.domain(domain)
    assert entry is not None
    data = coverage.of_domain(entry, has_records=records > 0)
    if records:
        conclusion: Conclusion | None = Conclusion.FOUND
    else:
        # Nobody collects it: no conclusion, whatever else its state is (rule R2).
        conclusion = Conclusion.NONE if data.attested else None
    return DomainLine(
        id=domain,
        name=entry.name,
        conclusion=conclusion,
        data_state=data.state,
        data_reasons=data.reasons,
        intervals=data.intervals,
        records=records,
        commitment=promised.get(domain) if conclusion is None else None,
    )


def _item(
    place: int,
    item: Counted,
    leaf: Sequence[tuple[str, str]],
    hashes: Sequence[bytes],
    given: ComposeInput,
) -> RecordItem:
    full = given.request.variant is Variant.FULL
    return RecordItem(
        leaf=place,
        kind=item.record.kind,
        domains=item.domains,
        marks=item.marks,
        fields=tuple(
            disclosure.shown(name, value, given.salt_for(place, index))
            if full or shown_in_summary(item.record.kind, name)
            else disclosure.withheld(name, hashes[index])
            for index, (name, value) in enumerate(leaf)
        ),
    )

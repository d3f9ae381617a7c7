"""The signed content of one report, from what was known at one instant.

Pure: the same region, subject, data, ``as_of`` and reservation give the same content, the
same JSON bytes and the same root, whatever the order in which the data arrive.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from domain import disclosure
from domain.catalogue import MARKS, SUBJECT_KINDS
from domain.errors import Refused
from domain.report import (
    Conclusion,
    DataState,
    DomainLine,
    Environment,
    RecordItem,
    ReportContent,
    Scope,
    ScopeProfile,
    SubjectFacts,
    Totals,
    Variant,
)
from domain.times import shanghai_day
from records import eligibility
from records.choice import ReportRequest, chosen_domains, chosen_window
from records.counting import CountingRule, Window, business_date, counts
from records.coverage import Coverage, CoverageRule
from records.leaf_fields import leaf_of, shown_in_summary
from records.model import Category, Commitment, CreditRecord, Doubt, Kind, Subject, Watermark
from records.region_model import Region, UnitEntry
from records.settings import Settings
from records.sources import one_per_identity
from records.units import UnitIndex, index_of

__all__ = ["ComposeInput", "Composed", "ReportRequest", "Reservation", "compose"]

_RULES_OF_AS_OF: Final = frozenset({"counting", "lateness"})
"""Setting groups that go by the day of ``as_of``; all others go by the day of issue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """What transaction R reserved for this report."""

    number: str
    status_uri: str
    status_idx: int
    reserved_at: datetime
    """Aware UTC; its Asia/Shanghai day is the day of issue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeInput:
    """Everything a report's content depends on."""

    region: Region
    subject: Subject
    branches: tuple[str, ...]
    records: Sequence[CreditRecord]
    """Versions matched to the subject; those not known at ``as_of`` are left out here."""
    doubts: Sequence[Doubt]
    watermarks: Sequence[Watermark]
    commitments: Sequence[Commitment]
    extra_units: Sequence[UnitEntry]
    request: ReportRequest
    reservation: Reservation
    environment: Environment
    host: str
    issuer_name: str
    log_origin: str
    salt_for: Callable[[int, int], bytes]
    """32 bytes for a leaf and a field index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """The content, and what the house keeps beside it."""

    content: ReportContent
    leaf_inputs: tuple[tuple[tuple[str, str], ...], ...]
    """Per leaf the ordered field ids and values, shown or not (to be stored encrypted)."""
    versions: tuple[tuple[UUID, ...], ...]
    """Per leaf the record versions it was made of, so that reports can be found by batch (R31)."""
    pending: tuple[str, ...]
    """Chosen domains in 待核: what review mode ``person`` stops at (R26)."""
    not_current: tuple[str, ...]
    """Chosen domains whose data state is not 正常."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    """One counted record on its way to a leaf."""

    record: CreditRecord
    versions: tuple[UUID, ...]
    domains: tuple[str, ...]
    marks: tuple[str, ...]
    unit_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """What the request comes to under the region's settings."""

    domains: tuple[str, ...]
    window: Window
    rule: CountingRule
    units: UnitIndex
    issued_on: date
    as_of_day: date


def compose(given: ComposeInput) -> Composed:
    """The content of the report that was asked for.

    Raises Refused (``not_eligible``, ``subject_deregistered``, ``phase_not_started``,
    ``choice_not_allowed``, ``window_before_look_back``, ``window_after_as_of``,
    ``as_of_in_future``, ``settings_not_in_force``) or MalformedInput (``domain_unknown``,
    ``domains_empty``, ``window_reversed``).
    """
    frame = _frame(given)
    counted = _counted(given, frame)
    lines = _domain_lines(given, frame, counted)
    leaves = tuple(leaf_of(item.record, item.unit_name) for item in counted)
    tree = disclosure.build(leaves, given.salt_for)
    items = tuple(
        _item(place, item, leaves[place], tree.field_hashes[place], given) for place, item in enumerate(counted))
    return Composed(
        content=_content(given, frame, lines, items, counted, tree),
        leaf_inputs=leaves,
        versions=tuple(item.versions for item in counted),
        pending=tuple(line.id for line in lines if line.data_state is DataState.PENDING),
        not_current=tuple(line.id for line in lines if line.data_state is not DataState.CURRENT))


def _frame(given: ComposeInput) -> _Frame:
    region, request = given.region, given.request
    if request.as_of > given.reservation.reserved_at:
        raise Refused("as_of_in_future", as_of=request.as_of.isoformat())
    issued_on, as_of_day = shanghai_day(given.reservation.reserved_at), shanghai_day(request.as_of)
    eligibility.check(region, given.subject, issued_on)
    counting, issuing = region.settings_at(as_of_day), region.settings_at(issued_on)
    window = chosen_window(region, issuing, request, counting=counting, as_of_day=as_of_day)
    return _Frame(
        domains=chosen_domains(region, issuing, request.domains), window=window, issued_on=issued_on,
        as_of_day=as_of_day, units=index_of(region, given.extra_units, request.as_of),
        rule=CountingRule(
            region=region, counting=counting, disclosure=issuing, window=window, as_of_day=as_of_day,
            subject_kind=given.subject.kind))


def _counted(given: ComposeInput, frame: _Frame) -> tuple[_Counted, ...]:
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
        found.append(_Counted(
            record=group.record, versions=group.versions, domains=domains,
            marks=tuple(mark for mark in MARKS if mark in marks), unit_name=unit.name if unit is not None else group.record.unit))
    return tuple(sorted(found, key=_latest_first))


def _latest_first(item: _Counted) -> tuple[int, str, str, str]:
    day = business_date(item.record) or date.max
    return (-day.toordinal(), item.record.kind, item.record.identity, str(item.record.id))


def _domains_of(record: CreditRecord, frame: _Frame) -> tuple[str, ...]:
    """The chosen domains in which a record of this kind counts."""
    return tuple(
        entry.id for entry in frame.rule.region.domains
        if entry.id in frame.domains and entry.id in record.domains
        and (record.kind in entry.kinds or record.kind is Kind.OTHER))


def _stood(begun: datetime, ended: datetime | None, instant: datetime) -> bool:
    return begun <= instant and (ended is None or instant < ended)


def _domain_lines(given: ComposeInput, frame: _Frame, counted: Sequence[_Counted]) -> tuple[DomainLine, ...]:
    coverage = Coverage(frame.units, given.watermarks, given.doubts, CoverageRule(
        settings=frame.rule.counting, window_from=frame.window.from_, window_to=frame.window.to,
        as_of=given.request.as_of, as_of_day=frame.as_of_day))
    promised = _promised(given, frame.rule.disclosure)
    return tuple(
        _line(given.region, domain, coverage, sum(domain in item.domains for item in counted), promised)
        for domain in frame.domains)


def _promised(given: ComposeInput, settings: Settings) -> Mapping[str, str]:
    """Per domain the id of the subject's latest commitment that stood at ``as_of``."""
    if not settings.commitments_allowed:
        return {}
    stood = [
        c for c in given.commitments
        if c.subject == given.subject.id and _stood(c.recorded_at, c.superseded_at, given.request.as_of)]
    return {c.domain: str(c.id) for c in sorted(stood, key=lambda c: (c.recorded_at, str(c.id)))}


def _line(
    region: Region, domain: str, coverage: Coverage, records: int, promised: Mapping[str, str],
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
        id=domain, name=entry.name, conclusion=conclusion, data_state=data.state, data_reasons=data.reasons,
        intervals=data.intervals, records=records,
        commitment=promised.get(domain) if conclusion is None else None)


def _item(
    place: int, item: _Counted, leaf: Sequence[tuple[str, str]], hashes: Sequence[bytes], given: ComposeInput,
) -> RecordItem:
    full = given.request.variant is Variant.FULL
    return RecordItem(
        leaf=place, kind=item.record.kind, domains=item.domains, marks=item.marks,
        fields=tuple(
            disclosure.shown(name, value, given.salt_for(place, index))
            if full or shown_in_summary(item.record.kind, name) else disclosure.withheld(name, hashes[index])
            for index, (name, value) in enumerate(leaf)))


def _totals(counted: Sequence[_Counted]) -> Totals:
    """Counts and sums, each record once (rule R10); a category counts once per record that has it."""
    by_kind: dict[str, int] = {}
    by_category: dict[str, int] = {}
    for item in counted:
        by_kind[item.record.kind.value] = by_kind.get(item.record.kind.value, 0) + 1
        for category in set(item.record.categories) - {Category.NO_PENALTY}:
            by_category[category.value] = by_category.get(category.value, 0) + 1
    days = [day for item in counted if (day := business_date(item.record)) is not None]
    return Totals(
        records=len(counted), by_kind=dict(sorted(by_kind.items())), by_category=dict(sorted(by_category.items())),
        fine_fen=sum(item.record.fine_fen for item in counted),
        confiscated_fen=sum(item.record.confiscated_fen for item in counted),
        latest_date=max(days, default=None),
        repaired=sum("repaired" in item.marks for item in counted),
        removed=sum("removed" in item.marks for item in counted),
        objected=sum("objected" in item.marks for item in counted))


def _content(
    given: ComposeInput, frame: _Frame, lines: tuple[DomainLine, ...], items: tuple[RecordItem, ...],
    counted: Sequence[_Counted], tree: disclosure.RecordTree,
) -> ReportContent:
    region, request, issuing = given.region, given.request, frame.rule.disclosure
    return ReportContent(
        number=given.reservation.number, environment=given.environment, region=region.ref,
        issuer_name=given.issuer_name, host=given.host, title=issuing.title, template=issuing.template,
        phase=region.phase_at(frame.issued_on), basis=issuing.basis, equal_force=issuing.equal_force,
        subject=_subject(given.subject), purpose=request.purpose, channel=request.channel,
        variant=request.variant, as_of=request.as_of, historical=request.historical,
        reserved_at=given.reservation.reserved_at, fresh_until=_fresh_until(request.as_of, issuing),
        scope=_scope(given, frame), domains=lines, totals=_totals(counted), tree=tree.reference(), records=items,
        notes=issuing.notes, status_uri=given.reservation.status_uri, status_idx=given.reservation.status_idx,
        log_origin=given.log_origin)


def _fresh_until(as_of: datetime, settings: Settings) -> datetime | None:
    return None if settings.validity_days is None else as_of + timedelta(days=settings.validity_days)


def _scope(given: ComposeInput, frame: _Frame) -> Scope:
    window, counting, issuing = frame.window, frame.rule.counting, frame.rule.disclosure
    omitted = tuple(domain for domain in given.region.domain_ids if domain not in frame.domains)
    invented = any(unit.invented for unit in frame.units.units())
    sentences = {**issuing.sentences, **{group: counting.sentences[group] for group in _RULES_OF_AS_OF}}
    return Scope(
        profile=ScopeProfile(
            kinds_counted=counting.kinds_counted, procedures_counted=counting.procedures,
            never_counted=counting.never_counted, look_back=counting.look_back,
            repair_regime=issuing.repair_regime,
            rules=tuple(sentence for group in sentences.values() for sentence in group),
            units_note=issuing.invented_units_note if invented else None),
        window_from=window.from_, window_to=window.to, chosen=frame.domains, omitted=omitted,
        window_default_from=window.look_back_start,
        narrowed=bool(omitted) or (window.from_, window.to) != (window.look_back_start, frame.as_of_day),
        includes_branches=False, branches_known=tuple(sorted(given.branches)))


def _subject(subject: Subject) -> SubjectFacts:
    """The registered facts; of a natural person nothing but the name (rule R7)."""
    person = subject.kind == "natural_person"
    return SubjectFacts(
        id=str(subject.id), name=subject.name, uscc=subject.uscc, kind=subject.kind,
        kind_name=SUBJECT_KINDS[subject.kind].zh, registered_state=subject.registered_state,
        registration_authority=None if person else subject.registration_authority,
        residence=None if person else subject.residence,
        legal_representative=None if person else subject.legal_representative,
        established_on=None if person else subject.established_on)

"""The parts of the signed content that only restate what was found: totals, scope, subject."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from domain.catalogue import SUBJECT_KINDS
from domain.disclosure import RecordTree
from domain.report import DomainLine, RecordItem, ReportContent, Scope, ScopeProfile, SubjectFacts, Totals
from records.compose_model import ComposeInput, Counted, Frame
from records.counting import business_date
from records.model import Category, Subject
from records.settings import Settings

_RULES_OF_AS_OF: Final = frozenset({"counting", "lateness"})
"""Setting groups that go by the day of ``as_of``; all others go by the day of issue."""


def content_of(
    given: ComposeInput,
    frame: Frame,
    lines: tuple[DomainLine, ...],
    items: tuple[RecordItem, ...],
    counted: Sequence[Counted],
    tree: RecordTree,
) -> ReportContent:
    """The whole content, from what was counted, covered and hashed."""
    region, request, issuing = given.region, given.request, frame.rule.disclosure
    return ReportContent(
        number=given.reservation.number,
        environment=given.environment,
        region=region.ref,
        issuer_name=given.issuer_name,
        host=given.host,
        title=issuing.title,
        template=issuing.template,
        phase=given.issuing.phase_at(frame.issued_on),
        basis=issuing.basis,
        equal_force=issuing.equal_force,
        subject=_subject(given.subject),
        purpose=request.purpose,
        channel=request.channel,
        variant=request.variant,
        as_of=request.as_of,
        historical=request.historical,
        reserved_at=given.reservation.reserved_at,
        fresh_until=_fresh_until(request.as_of, issuing),
        scope=_scope(given, frame),
        domains=lines,
        totals=_totals(counted),
        tree=tree.reference(),
        records=items,
        notes=(*issuing.notes, *_matter_notes(given, frame)),
        status_uri=given.reservation.status_uri,
        status_idx=given.reservation.status_idx,
        log_origin=given.log_origin,
    )


def _matter_notes(given: ComposeInput, frame: Frame) -> tuple[str, ...]:
    """What the report cannot prove for the matter that was picked, and which unit to ask (rule R28)."""
    if given.request.matter is None:
        return ()
    return given.issuing.matter_at(given.request.matter, frame.issued_on).notes


def _totals(counted: Sequence[Counted]) -> Totals:
    """Counts and sums, each record once (rule R10); a category counts once per record that has it."""
    by_kind: dict[str, int] = {}
    by_category: dict[str, int] = {}
    for item in counted:
        by_kind[item.record.kind.value] = by_kind.get(item.record.kind.value, 0) + 1
        for category in set(item.record.categories) - {Category.NO_PENALTY}:
            by_category[category.value] = by_category.get(category.value, 0) + 1
    days = [day for item in counted if (day := business_date(item.record)) is not None]
    return Totals(
        records=len(counted),
        by_kind=dict(sorted(by_kind.items())),
        by_category=dict(sorted(by_category.items())),
        fine_fen=sum(item.record.fine_fen for item in counted),
        confiscated_fen=sum(item.record.confiscated_fen for item in counted),
        latest_date=max(days, default=None),
        repaired=sum("repaired" in item.marks for item in counted),
        removed=sum("removed" in item.marks for item in counted),
        objected=sum("objected" in item.marks for item in counted),
    )


def _fresh_until(as_of: datetime, settings: Settings) -> datetime | None:
    return None if settings.validity_days is None else as_of + timedelta(days=settings.validity_days)


def _scope(given: ComposeInput, frame: Frame) -> Scope:
    window, counting, issuing = frame.window, frame.rule.counting, frame.rule.disclosure
    omitted = tuple(domain for domain in given.region.domain_ids if domain not in frame.domains)
    invented = any(unit.invented for unit in frame.units.units())
    sentences = {**issuing.sentences, **{group: counting.sentences[group] for group in _RULES_OF_AS_OF}}
    return Scope(
        profile=ScopeProfile(
            kinds_counted=counting.kinds_counted,
            procedures_counted=counting.procedures,
            never_counted=counting.never_counted,
            look_back=counting.look_back,
            repair_regime=issuing.repair_regime,
            rules=tuple(sentence for group in sentences.values() for sentence in group),
            units_note=issuing.invented_units_note if invented else None,
        ),
        window_from=window.from_,
        window_to=window.to,
        chosen=frame.domains,
        omitted=omitted,
        window_default_from=window.look_back_start,
        narrowed=bool(omitted) or (window.from_, window.to) != (window.look_back_start, frame.as_of_day),
        includes_branches=False,
        branches_known=tuple(sorted(given.branches)),
    )


def _subject(subject: Subject) -> SubjectFacts:
    """The registered facts; of a natural person nothing but the name (rule R7)."""
    person = subject.kind == "natural_person"
    return SubjectFacts(
        id=str(subject.id),
        name=subject.name,
        uscc=subject.uscc,
        kind=subject.kind,
        kind_name=SUBJECT_KINDS[subject.kind].zh,
        registered_state=subject.registered_state,
        registration_authority=None if person else subject.registration_authority,
        residence=None if person else subject.residence,
        legal_representative=None if person else subject.legal_representative,
        established_on=None if person else subject.established_on,
    )

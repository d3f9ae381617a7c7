"""What became known later of the records a report counts: repairs, corrections, objections (R21).

Only for what the file itself counts, without any detail: which kind of news, for how many of its
records, and, where the file shows records singly, which of them.  An objection filed with us counts
where it names this very report, as long as it is open; of one that names another report nobody can
say that it is about what this file shows.  The file stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from api.services.context import Context
from api.services.house.regions import own_region
from api.services.issuing.stored_leaves import stored_leaves
from api.store.entries import Registered
from api.store.unit_of_work import UnitOfWork
from domain.report import Variant
from domain.times import shanghai_day
from domain.verdict import Overlay, OverlayCode
from records.counting import is_sealed
from records.model import CreditRecord, Repair, Review
from records.settings import Sealing

_TAKEN_BACK: Final = frozenset({Review.REVOKED, Review.UNLAWFUL})


def overlay_of(context: Context, number: str, moment: datetime) -> tuple[Overlay, ...] | None:
    """Give the news known at ``moment`` about report ``number``; None for one that is not here."""
    with context.store.reading() as work:
        line = work.reports.get(number)
        return None if line is None else overlay_within(context, work, line, moment)


def overlay_within(
    context: Context, work: UnitOfWork, line: Registered, moment: datetime
) -> tuple[Overlay, ...] | None:
    """Give the news as :func:`overlay_of`, of the report of ``line``, in the state that ``work`` sees."""
    if moment <= line.as_of:
        return ()
    said = _objections(work.desk.open_objections(line.number, moment))
    # Of most reports nothing changed since: two questions, and the records stay unread.
    if not work.records.moved_since(line.subject, line.as_of):
        return said
    news = _news_of(context, work, line, moment)
    return None if news is None else news + said


def _news_of(
    context: Context, work: UnitOfWork, line: Registered, moment: datetime
) -> tuple[Overlay, ...] | None:
    draft = work.drafts.get(line.number)
    if draft is None:
        return None
    _, groups = stored_leaves(context, draft)
    then, now = _by_version(work, line), _by_id(work, line, moment)
    subject = work.subjects.by_id(line.subject)
    sealing = own_region(context, work).settings_at(shanghai_day(context.clock())).sealing
    kind = "" if subject is None else subject.kind
    found: dict[OverlayCode, list[int]] = {code: [] for code in OverlayCode}
    for leaf, group in enumerate(groups):
        records = [then[version] for version in group if version in then]
        for code in _news(records, now, sealing, kind):
            found[code].append(leaf)
    singly = line.variant == Variant.FULL.value
    return tuple(
        Overlay(code=code, count=len(leaves), leaves=tuple(leaves) if singly else ())
        for code, leaves in found.items()
        if leaves
    )


def _objections(count: int) -> tuple[Overlay, ...]:
    return (Overlay(code=OverlayCode.OBJECTION, count=count, leaves=()),) if count else ()


def _by_version(work: UnitOfWork, line: Registered) -> Mapping[UUID, CreditRecord]:
    return {record.version: record for record in work.records.of_subject(line.subject, line.as_of)}


def _by_id(work: UnitOfWork, line: Registered, moment: datetime) -> Mapping[UUID, CreditRecord]:
    return {record.id: record for record in work.records.of_subject(line.subject, moment)}


def _news(
    records: Iterable[CreditRecord], now: Mapping[UUID, CreditRecord], sealing: Sealing, kind: str
) -> set[OverlayCode]:
    """Give what became of one counted record, which may have reached the house by several ways."""
    found: set[OverlayCode] = set()
    for then in records:
        later = now.get(then.id)
        # SECURITY: a sealed record stands in no overlay, whichever version is the sealed one (R6).
        if is_sealed(then, sealing, kind) or (later is not None and is_sealed(later, sealing, kind)):
            continue
        if later is None:
            found.add(OverlayCode.REMOVED)
        elif later.version != then.version:
            found |= _changes(then, later)
    return found


def _changes(then: CreditRecord, later: CreditRecord) -> set[OverlayCode]:
    found: set[OverlayCode] = set()
    if later.repair is Repair.REPAIRED and then.repair is not Repair.REPAIRED:
        found.add(OverlayCode.REPAIRED)
    overturned = later.review in _TAKEN_BACK and then.review not in _TAKEN_BACK
    if overturned or (later.ended_on is not None and then.ended_on is None):
        found.add(OverlayCode.REMOVED)
    if later.objected and not then.objected:
        found.add(OverlayCode.OBJECTED)
    return found or {OverlayCode.CORRECTED}

"""Which records count, and with which marks (rules R6, R13 to R18).

What counts goes by the settings of the day the report speaks of (``as_of``); what may
still be disclosed, sealing and the display of repaired records, goes by the settings of
the day it is issued: a report about the past must not open what has been sealed since.
A doubt never drops a record: an unstated procedure, a missing date or an undated review
counts and is marked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from domain.catalogue import MARKS
from records.model import Category, CreditRecord, Kind, Procedure, Repair, Review
from records.region_model import Region
from records.settings import Sealing, Settings

LIST_KINDS: Final = frozenset({Kind.DISHONEST_LIST, Kind.ABNORMAL_LIST})
_OVERTURNED: Final = frozenset({Review.REVOKED, Review.UNLAWFUL})
_ON_THE_SPOT: Final = frozenset({Category.WARNING, Category.FINE, Category.NO_PENALTY})
"""What 行政处罚法 (2021) art. 51 lets an officer impose on the spot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The days a report speaks of, both inclusive (Asia/Shanghai)."""

    from_: date
    to: date
    look_back_start: date
    """Where the region's own look-back begins; ``from_`` may be later by the subject's choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountingRule:
    """Everything beside the record itself that decides whether it counts."""

    region: Region
    counting: Settings
    """The settings on the day of ``as_of``."""
    disclosure: Settings
    """The settings on the day of issue: sealing and display of repaired records."""
    window: Window
    as_of_day: date
    subject_kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether one record counts, why not, and how it is marked."""

    counted: bool
    why: str
    """``counted``, or ``sealed``, ``kind_not_counted``, ``no_penalty``, ``simple_procedure``,
    ``not_effective``, ``overturned``, ``repaired_hidden``, ``list_not_in_force``, ``outside_window``."""
    marks: tuple[str, ...] = ()
    """Slugs of ``domain.catalogue.MARKS``, in its order."""


def counts(record: CreditRecord, rule: CountingRule) -> Decision:
    """Whether ``record`` counts in a report under ``rule``; domains are the caller's matter."""
    reason = (
        _sealed(record, rule)
        or _kind_left_out(record, rule)
        or _not_punished(record)
        or _simple_left_out(record, rule)
        or _without_effect(record, rule)
        or _repaired_away(record, rule)
        or _outside(record, rule)
    )
    if reason is not None:
        return Decision(counted=False, why=reason)
    marks = _marks(record, rule)
    return Decision(counted=True, why="counted", marks=tuple(mark for mark in MARKS if mark in marks))


def business_date(record: CreditRecord) -> date | None:
    """The day that places a record in the window: of a judgment its 生效日期, else the decision's."""
    return record.effective_on if record.kind is Kind.JUDGMENT else record.decided_on


def over_ceiling(record: CreditRecord, settings: Settings, subject_kind: str) -> bool:
    """True when a penalty is above what 简易程序 allows (rule R14): amount, or kind of penalty."""
    citizen = subject_kind in settings.citizen_kinds
    ceiling = settings.simple_ceiling_citizen_fen if citizen else settings.simple_ceiling_organisation_fen
    return (
        record.fine_fen > ceiling or record.confiscated_fen > 0 or not set(record.categories) <= _ON_THE_SPOT
    )


def is_sealed(record: CreditRecord, sealing: Sealing, subject_kind: str) -> bool:
    """Whether ``record`` is kept and may be shown nowhere under ``sealing`` (R6)."""
    person = subject_kind == "natural_person"
    public = sealing.public_security_persons if person else sealing.public_security_organisations
    return (record.minor and sealing.minors) or (record.public_security and public)


def _sealed(record: CreditRecord, rule: CountingRule) -> str | None:
    return "sealed" if is_sealed(record, rule.disclosure.sealing, rule.subject_kind) else None


def _kind_left_out(record: CreditRecord, rule: CountingRule) -> str | None:
    if record.kind not in rule.counting.kinds_counted:
        return "kind_not_counted"
    if record.kind is not Kind.OTHER:
        return None
    named = next((entry for entry in rule.region.others if entry.name == record.list_name), None)
    return None if named is not None and named.counted else "kind_not_counted"


def _not_punished(record: CreditRecord) -> str | None:
    # R14: only when nothing of art. 9 stands beside it and no money was taken.
    nothing = set(record.categories) == {Category.NO_PENALTY}
    return "no_penalty" if nothing and record.fine_fen == 0 and record.confiscated_fen == 0 else None


def _simple_left_out(record: CreditRecord, rule: CountingRule) -> str | None:
    if record.kind is not Kind.PENALTY or record.procedure is not Procedure.SIMPLE:
        return None
    if Procedure.SIMPLE in rule.counting.procedures or _unconfirmed(record, rule):
        return None
    return "simple_procedure"


def _unconfirmed(record: CreditRecord, rule: CountingRule) -> bool:
    return not record.simple_confirmed and over_ceiling(record, rule.counting, rule.subject_kind)


def _without_effect(record: CreditRecord, rule: CountingRule) -> str | None:
    if record.kind is Kind.JUDGMENT and (record.effective_on is None or record.effective_on > rule.as_of_day):
        return "not_effective"
    return "overturned" if record.review in _OVERTURNED and _happened(record.review_on, rule) else None


def _repaired_away(record: CreditRecord, rule: CountingRule) -> str | None:
    return "repaired_hidden" if rule.disclosure.repair_regime == "hide" and _repaired(record, rule) else None


def _repaired(record: CreditRecord, rule: CountingRule) -> bool:
    channels = rule.disclosure.repair_channels
    taken = not channels or any(word in (record.repair_channel or "") for word in channels)
    begun = record.repaired_on is None or record.repaired_on <= rule.as_of_day
    return record.repair is Repair.REPAIRED and taken and begun


def _outside(record: CreditRecord, rule: CountingRule) -> str | None:
    day, window = business_date(record), rule.window
    if day is None:
        return None
    if record.kind in LIST_KINDS:
        return _list_outside(record, day, rule)
    return None if window.from_ <= day <= window.to else "outside_window"


def _list_outside(record: CreditRecord, day: date, rule: CountingRule) -> str | None:
    entry, window = rule.region.lists.get(record.list_name or ""), rule.window
    if entry is not None and ((entry.from_ and day < entry.from_) or (entry.to and day > entry.to)):
        return "list_not_in_force"
    if window.from_ <= day <= window.to:
        return None
    if day > window.to:
        return "outside_window"
    # Entered before the window (R16).  From before the look-back it counts while nobody removed it;
    # a subject that merely starts its own window later does not lose the days it stood on the list.
    last = window.to if day < window.look_back_start else window.from_
    gone = record.ended_on is not None and (
        record.ended_on <= last if day < window.look_back_start else record.ended_on < last
    )
    return "outside_window" if gone else None


def _happened(day: date | None, rule: CountingRule) -> bool:
    return day is not None and day <= rule.as_of_day


def _marks(record: CreditRecord, rule: CountingRule) -> set[str]:
    ended = _happened(record.ended_on, rule)
    marks = {
        "repaired": _repaired(record, rule),
        "objected": record.objected,
        "date_missing": business_date(record) is None,
        "still_listed": record.kind in LIST_KINDS and not ended,
        "removed": record.kind in LIST_KINDS and ended,
        "lifted": record.kind is Kind.COERCION and ended,
        "review_changed": record.review is Review.CHANGED and _happened(record.review_on, rule),
        "review_suspended": record.review is Review.SUSPENDED,
        "review_undated": record.review is not None and record.review_on is None,
        **_procedure_marks(record, rule),
    }
    return {mark for mark, stands in marks.items() if stands}


def _procedure_marks(record: CreditRecord, rule: CountingRule) -> dict[str, bool]:
    if record.kind is not Kind.PENALTY:
        return {}
    procedure = record.procedure
    return {
        "procedure_unstated": procedure in (None, Procedure.UNSTATED),
        "procedure_declared": procedure is Procedure.ORDINARY_DECLARED,
        "simple_procedure": procedure is Procedure.SIMPLE,
        "simple_over_ceiling": procedure is Procedure.SIMPLE and _unconfirmed(record, rule),
    }

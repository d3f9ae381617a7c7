"""The dated settings of a region on one day: every number and text that a plan may change.

A region file writes them in groups, each entry with the day from which it holds; on a
given day the newest entry of each group that has begun applies.  Which law or plan a
value comes from stands as a comment in the region file itself.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from domain.errors import MalformedInput
from domain.report import Basis

_PERIOD: Final = re.compile(r"P([1-9][0-9]{0,3})([YMD])\Z", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealing:
    """Which records are kept and appear nowhere (rule R6)."""

    minors: bool
    """Records of people who were under 18 at the act."""
    public_security_persons: bool
    """治安违法记录 of natural persons (治安管理处罚法 (2025) art. 136)."""
    public_security_organisations: bool
    """治安 rows of organisations: the operator's setting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    """Who may ask for a report (rule R5)."""

    subject_kinds: tuple[str, ...]
    by_analogy: tuple[str, ...]
    """Kinds that the plan admits 参照执行; eligible like the others."""
    registered_within: tuple[str, ...]
    """Place names: 登记机关 or 住所 must begin with one of them; empty means anywhere."""
    refused_states: tuple[str, ...]
    """登记状态 that no report is issued for (注销)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessLimits:
    """How long and how often others may look at what a subject opens to them (rules R22 to R24)."""

    live: timedelta
    """How long one live code (一码通) can be scanned."""
    live_open: timedelta
    """How long a spent live code shows the report in that browser."""
    view: timedelta
    """How long one use of a grant shows the details in one browser or program."""
    share_days: int
    """Days a grant lasts when nobody names another day."""
    share_days_max: int
    uses: int
    """Uses of a grant when nobody names another number."""
    uses_max: int
    law_days: int
    """Days within which a requesting body takes the answer to its request by law."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Days for which people's data are kept once nobody needs them, by class; None: kept (rule R7)."""

    files_days: int | None = None
    """The bureaus' own files, from the day they came, once none of their rows waits to be mended."""
    returned_days: int | None = None
    """Cells of rows that were held, from the day they were answered."""
    applicant_days: int | None = None
    """Who came to the window, with the scan of their authority, from the day of the visit."""
    feedback_days: int | None = None
    """What somebody wrote and how to reach them, from the day of the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything a region file says for one day."""

    look_back: str
    """A date (``2021-01-01``) or an ISO 8601 period of years, months or days (``P5Y``)."""
    kinds_counted: tuple[str, ...]
    procedures: tuple[str, ...]
    """Penalty procedures that count: ``ordinary``, ``unstated`` and perhaps ``simple``."""
    never_counted: tuple[str, ...]
    simple_ceiling_organisation_fen: int
    simple_ceiling_citizen_fen: int
    citizen_kinds: tuple[str, ...]
    """Subject kinds for which the citizen's ceiling holds."""
    repair_regime: str
    """``show_marked`` or ``hide``."""
    repair_channels: tuple[str, ...]
    """Words one of which 修复渠道 must contain; empty: every channel is taken."""
    sealing: Sealing
    choose_domains: bool
    choose_window: bool
    commitments_allowed: bool
    review_mode: str
    """``automatic`` or ``person`` (rule R26)."""
    objection_days: int | None
    """Working days a unit has to answer an objection; None: the plan gives none, nothing is late."""
    repair_days: int | None
    staff_looks_per_day: int
    """Looks at named subjects that one member of staff may take in a day without an alarm (rule R25)."""
    validity_days: int | None
    """Days until ``fresh_until``; None: the report has no 有效期 (rule R11)."""
    access: AccessLimits
    retention: Retention
    sharing_days: Mapping[str, int]
    """Per record kind the calendar days after which a unit's data are late."""
    publication_working_days: int
    eligibility: Eligibility
    title: str
    template: str
    basis: tuple[Basis, ...]
    equal_force: str | None
    sentences: Mapping[str, tuple[str, ...]]
    """Per setting group what it means in sentences, in the order in which a report prints them."""
    notes: tuple[str, ...]
    """报告说明, one paragraph each."""
    invented_units_note: str | None
    """Printed when any unit of the house was invented for a demonstration."""

    @property
    def rules(self) -> tuple[str, ...]:
        """The scope profile in sentences."""
        return tuple(sentence for group in self.sentences.values() for sentence in group)

    @property
    def choice_allowed(self) -> bool:
        """True where the subject may leave out domains or years."""
        return self.choose_domains or self.choose_window

    def window_start(self, day: date) -> date:
        """The first day of the window that ends on ``day`` when nobody narrows it (inclusive)."""
        return look_back_start(self.look_back, day)


def look_back_start(look_back: str, day: date) -> date:
    """The first day a look-back reaches, seen from ``day``; 29 February falls on the 28th.

    Raises MalformedInput ``look_back_malformed``.
    """
    period = _PERIOD.match(look_back)
    try:
        return _back(day, int(period[1]), period[2]) if period else date.fromisoformat(look_back)
    except (ValueError, OverflowError) as error:
        raise MalformedInput("look_back_malformed", value=look_back) from error


def _back(day: date, count: int, unit: str) -> date:
    if unit == "D":
        return day - timedelta(days=count)
    months = day.year * 12 + day.month - 1 - count * (12 if unit == "Y" else 1)
    year, month = divmod(months, 12)
    if year < 1:
        raise ValueError("before the calendar begins")
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))

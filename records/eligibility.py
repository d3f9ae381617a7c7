"""Who may be given a report here: kind of subject, place of registration, state, phase (R5, R9)."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Final, NoReturn

from domain.catalogue import SUBJECT_KINDS
from domain.errors import Refused
from records.model import Subject
from records.region_model import Region
from records.settings import Eligibility

_ADULT: Final = 18
"""Years, 民法典 art. 17."""


def check(region: Region, subject: Subject, day: date) -> None:
    """The subject may have a report issued on ``day`` (Asia/Shanghai), else Refused is raised.

    Codes: ``phase_not_started``, ``settings_not_in_force``, ``subject_deregistered``, and
    ``not_eligible`` with ``reason`` ``subject_kind``, ``registered_elsewhere`` or
    ``registration_unknown``.
    """
    region.phase_at(day)
    rule = region.settings_at(day).eligibility
    if subject.kind not in (*rule.subject_kinds, *rule.by_analogy):
        _refuse(region, subject, "subject_kind")
    if _plain(subject.registered_state) in {_plain(state) for state in rule.refused_states}:
        raise Refused("subject_deregistered", name=subject.name, state=subject.registered_state)
    _check_place(region, subject, rule)


def check_adult(region: Region, subject: Subject, born: date | None, day: date) -> None:
    """A natural person's report goes to an adult alone (rule R6); ``born`` None: nobody can tell.

    Raises Refused ``not_eligible`` with ``reason`` ``under_age``.
    """
    if born is not None and (day.year - born.year) - ((day.month, day.day) < (born.month, born.day)) < _ADULT:
        _refuse(region, subject, "under_age")


def _check_place(region: Region, subject: Subject, rule: Eligibility) -> None:
    """Registration authority or residence decides, never digits of the USCC (rule R5)."""
    if not rule.registered_within:
        return
    places = [_plain(text) for text in (subject.registration_authority, subject.residence) if text]
    if not places:
        _refuse(region, subject, "registration_unknown")
    # By its beginning, not anywhere inside: 长兴县 of another province ends in 兴县.
    inside = tuple(_plain(name) for name in rule.registered_within)
    if not any(place.startswith(inside) for place in places):
        _refuse(region, subject, "registered_elsewhere")


def _refuse(region: Region, subject: Subject, reason: str) -> NoReturn:
    kind = SUBJECT_KINDS.get(subject.kind)
    raise Refused(
        "not_eligible",
        reason=reason,
        name=subject.name,
        kind=kind.zh if kind else subject.kind,
        kind_en=kind.en if kind else subject.kind,
        territory=region.territory,
    )


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())

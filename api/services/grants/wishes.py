"""What a subject asks for when it lets somebody see a report, checked before anything is made of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.errors import MalformedInput, Refused
from domain.grant_rights import ACTS, AXES, QUERY, GrantScope, Right
from domain.identifiers import check_uscc, hide_person_numbers
from domain.report import ReportContent
from records.model import Kind, Subject
from records.settings import Settings

NO_FACTOR: Final = "none"
SIGN_IN: Final = "sign_in"
CODE: Final = "code"
FACTORS: Final = (NO_FACTOR, SIGN_IN, CODE)
MAX_PURPOSE: Final = 100
EVERYTHING: Final = GrantScope()
_DIGITS: Final = re.compile(r"[0-9]{6}", re.ASCII).fullmatch
_YEAR: Final = re.compile(r"(19|20)[0-9]{2}", re.ASCII).fullmatch
_COUNTED: Final = "01234567890", "09876543210"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a grant shall open, for whom and how long; None: what the region's settings say."""

    purpose: str
    scope: GrantScope = EVERYTHING
    allows: frozenset[str] = frozenset({"view"})
    receiver: str | None = None
    """USCC of the named organisation; None: whoever holds the code."""
    receiver_name: str | None = None
    not_before: datetime | None = None
    expires_at: datetime | None = None
    uses: int | None = None
    factor: str = NO_FACTOR
    """A named organisation always signs in; ``code`` asks six digits, told apart, beside it."""
    factor_code: str | None = None


def plain_purpose(text: str) -> str:
    """Give the purpose as it is kept; MalformedInput ``grant_purpose`` for a blank or an essay."""
    purpose = hide_person_numbers(" ".join(text.split()))
    if not 0 < len(purpose) <= MAX_PURPOSE:
        raise MalformedInput("grant_purpose", limit=MAX_PURPOSE)
    return purpose


def receiver_of(wish: Wish) -> str | None:
    """Give the named organisation's USCC; MalformedInput ``grant_receiver`` for one that is none."""
    if wish.receiver is None or not wish.receiver.strip():
        return None
    checked = check_uscc(wish.receiver)
    if checked.problem is not None:
        raise MalformedInput("grant_receiver")
    return checked.value


def factor_of(wish: Wish, receiver: str | None, subject: Subject) -> tuple[str, str | None]:
    """Give the second factor and, for ``code``, its six digits.

    Raises MalformedInput ``grant_factor``, ``grant_factor_code``; Refused ``grant_factor_public``
    for digits that are printed in a code of one of the two, or that everybody tries first (R22).
    """
    if wish.factor not in FACTORS or (wish.factor == SIGN_IN and receiver is None):
        raise MalformedInput("grant_factor")
    if wish.factor != CODE:
        return (NO_FACTOR if receiver is None else SIGN_IN), None
    digits = (wish.factor_code or "").strip()
    if not _DIGITS(digits):
        raise MalformedInput("grant_factor_code")
    public = (subject.uscc or "", receiver or "", *_COUNTED)
    if len(set(digits)) == 1 or any(digits in text for text in public):
        raise Refused("grant_factor_public")
    return CODE, digits


def right_of(
    wish: Wish, receiver: str | None, settings: Settings, now: datetime, *, days: int | None = None
) -> Right:
    """Give what the wish comes to under the region's limits; ``days`` replaces the longest span.

    Raises MalformedInput ``grant_allows``, ``grant_span``; Refused ``grant_too_long``,
    ``grant_too_many_uses``.
    """
    limits = settings.access
    if not wish.allows or not wish.allows <= set(ACTS):
        raise MalformedInput("grant_allows")
    begin = max(now, wish.not_before or now)
    end = wish.expires_at or begin + timedelta(days=limits.share_days)
    if end <= begin:
        raise MalformedInput("grant_span")
    longest = limits.share_days_max if days is None else days
    # One day more: the last day is named, and it ends at midnight.
    if end > now + timedelta(days=longest + 1):
        raise Refused("grant_too_long", days=longest)
    uses = limits.uses if wish.uses is None else wish.uses
    if not 1 <= uses <= limits.uses_max:
        raise Refused("grant_too_many_uses", most=limits.uses_max)
    return Right(
        scope=wish.scope, allows=wish.allows, not_before=begin, expires_at=end, uses=uses, receiver=receiver
    )


def check_scope(scope: GrantScope, content: ReportContent) -> None:
    """Return only for a scope that names what is in the report; MalformedInput ``grant_scope_empty``."""
    known = {
        "domains": frozenset(content.scope.chosen),
        "kinds": frozenset(kind.value for kind in Kind),
        "fields": frozenset(field.id for item in content.records for field in item.fields),
    }
    for axis in AXES:
        chosen: frozenset[str] | None = getattr(scope, axis)
        if chosen is None:
            continue
        foreign = any(not _YEAR(year) for year in chosen) if axis == "years" else not chosen <= known[axis]
        if not chosen or foreign:
            raise MalformedInput("grant_scope_empty", axis=axis)


def check_query(right: Right, content: ReportContent, settings: Settings) -> None:
    """Return unless a fresh report would show more than the scope; Refused ``grant_query_whole``.

    A report covers whole domains and prints a summary of every counted record in them.
    """
    if QUERY not in right.allows:
        return
    scope = right.scope
    partly = scope.kinds is not None or scope.fields is not None or scope.years is not None
    narrower = scope.domains is not None and scope.domains != frozenset(content.scope.chosen)
    if partly or (narrower and not settings.choose_domains):
        raise Refused("grant_query_whole")

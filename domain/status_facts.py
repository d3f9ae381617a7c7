"""What a report's status is, folded from everything that ever happened to it.

Facts are independent: a suspension that ends lets a change of data show again.  Of the facts
that stand, the weightiest is the report's word: revoked, superseded, suspended, data_changed;
none of them: valid.  Revoked and superseded never end.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

VALID: Final = "valid"
PRECEDENCE: Final = ("revoked", "superseded", "suspended", "data_changed")
FINAL: Final = frozenset({"revoked", "superseded"})
"""Words that nothing takes back."""


class Act(StrEnum):
    """What happened."""

    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    """The suspension ended."""
    DATA_CHANGED = "data_changed"
    DATA_RESTORED = "data_restored"
    """The late rows were all withdrawn."""


_ENDS: Final = {Act.RESUMED: "suspended", Act.DATA_RESTORED: "data_changed"}


class Happened(Protocol):
    """One act, in the order in which they were written."""

    @property
    def act(self) -> str:
        """A word of :class:`Act`."""
        ...

    @property
    def reason(self) -> str:
        """Why, in plain words."""
        ...

    @property
    def at(self) -> datetime:
        """When, aware UTC."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The word that stands."""

    word: str
    since: datetime | None
    """Since when it is the word; None: since the report was issued."""
    reason: str | None
    facts: frozenset[str]
    """Every fact that stands, also those behind a weightier one."""


def standing(happened: Iterable[Happened]) -> Standing:
    """What stands after those acts, oldest first."""
    reasons: dict[str, str] = {}
    word, since = VALID, None
    for each in happened:
        act = Act(each.act)
        ended = _ENDS.get(act)
        if ended is not None:
            reasons.pop(ended, None)
        elif act.value not in reasons or act.value not in FINAL:
            # A final fact keeps its first reason; the others take the newest.
            reasons[act.value] = each.reason
        now = next((fact for fact in PRECEDENCE if fact in reasons), VALID)
        if now != word:
            word, since = now, each.at
    return Standing(word=word, since=since, reason=reasons.get(word), facts=frozenset(reasons))

"""What a grant lets its holder do, as sets and spans that can only be narrowed (R22, R25).

A scope has four axes: domains, record kinds, fields and years.  An axis that is None is
open to all; every other is a set.  A right made from another lies inside it on every
axis, and :func:`within` says so; what is in force is always the meeting of a grant's own
right with those of all it was made from (:meth:`Right.narrowed_by`), so that a row written
wrongly, or a grant narrowed afterwards, still opens nothing more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from domain.errors import MalformedInput
from domain.verdict import JsonValue

VIEW: Final = "view"
DOWNLOAD: Final = "download"
QUERY: Final = "query"
WATCH: Final = "watch"
ACTS: Final = (VIEW, DOWNLOAD, QUERY, WATCH)

Axis = frozenset[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantScope:
    """Which details a grant opens; None on an axis: all."""

    domains: Axis = None
    kinds: Axis = None
    fields: Axis = None
    years: Axis = None
    """Calendar years as four digits."""

    def narrowed_by(self, other: GrantScope) -> GrantScope:
        """What lies in both."""
        return GrantScope(
            domains=_meet(self.domains, other.domains),
            kinds=_meet(self.kinds, other.kinds),
            fields=_meet(self.fields, other.fields),
            years=_meet(self.years, other.years),
        )

    def outside(self, wider: GrantScope) -> str | None:
        """The first axis on which this reaches beyond ``wider``; None: it lies inside."""
        for axis in AXES:
            if not _inside(getattr(self, axis), getattr(wider, axis)):
                return axis
        return None


AXES: Final = tuple(field.name for field in fields(GrantScope))


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """Scope, acts, span of time, number of uses and receiver of one grant."""

    scope: GrantScope
    allows: frozenset[str]
    not_before: datetime
    expires_at: datetime
    uses: int | None
    """Uses left; None: any number within the time."""
    receiver: str | None
    """USCC of the organisation that alone may use it; None: whoever holds the code."""

    def narrowed_by(self, other: Right) -> Right | None:
        """What both allow; None where two different receivers leave nobody."""
        named = {code for code in (self.receiver, other.receiver) if code is not None}
        if len(named) > 1:
            return None
        counts = [count for count in (self.uses, other.uses) if count is not None]
        return Right(
            scope=self.scope.narrowed_by(other.scope),
            allows=self.allows & other.allows,
            not_before=max(self.not_before, other.not_before),
            expires_at=min(self.expires_at, other.expires_at),
            uses=min(counts, default=None),
            receiver=next(iter(named), None),
        )

    def outside(self, wider: Right) -> str | None:
        """The first thing in which this exceeds ``wider``; None: it lies inside."""
        beyond = {
            "allows": not self.allows <= wider.allows,
            "not_before": self.not_before < wider.not_before,
            "expires_at": self.expires_at > wider.expires_at,
            "uses": wider.uses is not None and (self.uses is None or self.uses > wider.uses),
            "receiver": wider.receiver is not None and self.receiver != wider.receiver,
        }
        return self.scope.outside(wider.scope) or next(
            (name for name, is_so in beyond.items() if is_so), None
        )


def within(narrow: Right, wide: Right) -> bool:
    """Whether ``narrow`` opens nothing that ``wide`` does not."""
    return narrow.outside(wide) is None


def scope_to_json(scope: GrantScope) -> dict[str, JsonValue]:
    """The scope as an object of sorted lists and nulls."""
    return {axis: _listed(getattr(scope, axis)) for axis in AXES}


def scope_from_json(value: Mapping[str, JsonValue]) -> GrantScope:
    """The scope of such an object; MalformedInput ``grant_scope_form`` for anything else."""
    if not set(value) <= set(AXES):
        raise MalformedInput("grant_scope_form")
    return GrantScope(**{axis: _axis(value.get(axis)) for axis in AXES})


def _listed(axis: Axis) -> JsonValue:
    return None if axis is None else [*sorted(axis)]


def _axis(value: JsonValue) -> Axis:
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise MalformedInput("grant_scope_form")
    return frozenset(str(item) for item in value)


def _meet(one: Axis, other: Axis) -> Axis:
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _inside(narrow: Axis, wide: Axis) -> bool:
    return wide is None or (narrow is not None and narrow <= wide)

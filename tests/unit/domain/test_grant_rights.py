"""Narrowing: whatever is made out of a right opens nothing more, on no axis, however deep."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import MalformedInput
from domain.grant_rights import (
    ACTS,
    AXES,
    GrantScope,
    Right,
    scope_from_json,
    scope_to_json,
    within,
)

START = datetime(2026, 6, 1, tzinfo=UTC)
axes = st.none() | st.frozensets(st.sampled_from("abcd"))
scopes = st.builds(GrantScope, domains=axes, kinds=axes, fields=axes, years=axes)
times = st.integers(0, 40).map(lambda hours: START + timedelta(hours=hours))
rights = st.builds(
    Right,
    scope=scopes,
    allows=st.frozensets(st.sampled_from(ACTS)),
    not_before=times,
    expires_at=times,
    uses=st.none() | st.integers(0, 5),
    receiver=st.sampled_from((None, "A", "B")),
)
points = st.tuples(st.sampled_from(AXES), st.sampled_from("abcd"))


def _opens(scope: GrantScope, axis: str, value: str) -> bool:
    chosen = getattr(scope, axis)
    return chosen is None or value in chosen


@given(rights, rights, points)
def test_the_meeting_opens_what_both_open(one: Right, other: Right, point: tuple[str, str]) -> None:
    both = one.narrowed_by(other)
    if both is None:
        assert {one.receiver, other.receiver} == {"A", "B"}
        return
    assert _opens(both.scope, *point) == (_opens(one.scope, *point) and _opens(other.scope, *point))
    assert both.allows == one.allows & other.allows
    assert within(both, one)
    assert within(both, other)


@given(st.lists(rights, min_size=1, max_size=5))
def test_a_chain_never_exceeds_any_of_its_links(chain: list[Right]) -> None:
    effective: Right | None = chain[0]
    for link in chain[1:]:
        effective = None if effective is None else effective.narrowed_by(link)
    for link in chain:
        assert effective is None or within(effective, link)


@given(rights, rights, points, times)
def test_what_lies_within_opens_nothing_more(
    narrow: Right, wide: Right, point: tuple[str, str], moment: datetime
) -> None:
    if not within(narrow, wide):
        assert narrow.outside(wide) in {*AXES, "allows", "not_before", "expires_at", "uses", "receiver"}
        return
    assert not _opens(narrow.scope, *point) or _opens(wide.scope, *point)
    assert narrow.allows <= wide.allows
    if narrow.not_before <= moment < narrow.expires_at:
        assert wide.not_before <= moment < wide.expires_at
    assert wide.receiver in (None, narrow.receiver)
    assert wide.uses is None or (narrow.uses is not None and narrow.uses <= wide.uses)


@given(rights)
def test_a_right_lies_within_itself(right: Right) -> None:
    assert within(right, right)
    assert right.narrowed_by(right) == right


@given(scopes)
def test_a_scope_is_kept_and_read_back(scope: GrantScope) -> None:
    assert scope_from_json(scope_to_json(scope)) == scope


@pytest.mark.parametrize("value", [{"other": None}, {"domains": "a"}, {"years": [2024]}])
def test_a_foreign_scope_is_refused(value: dict[str, object]) -> None:
    with pytest.raises(MalformedInput):
        scope_from_json(value)  # type: ignore[arg-type]

"""The audit of what a house says of its reports' status: whatever is edited, the entry is named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from api.services.status import publishing
from api.services.status.changing import set_status
from domain.leaf import LeafType
from domain.log_replay import Problem
from tests.unit.api.audit_kit import audited, index_of, past_the_triggers
from tests.unit.api.house_kit import HouseKit

_DAY = 86_400_000_000
"""Microseconds, as the tables keep instants."""
EDITS = {
    "register": ("UPDATE reports SET status = 'valid'",),
    "register's time": ("UPDATE reports SET status_at = status_at + 1000000",),
    "register's reason": ("UPDATE reports SET status_reason = '数据有误'",),
    "value": ("UPDATE status_values SET value = 0",),
    "value gone": ("DELETE FROM status_values",),
    "act": ("UPDATE status_changes SET act = 'suspended'",),
    "later": (
        f"UPDATE status_changes SET at = at + {_DAY}",
        f"UPDATE reports SET status_at = status_at + {_DAY}",
    ),
    "earlier": (
        "UPDATE status_changes SET at = at - 1000",
        "UPDATE reports SET status_at = status_at - 1000",
    ),
}
"""What an administrator may do to a revoked report."""


def _revoke(kit: HouseKit) -> int:
    with kit.context.store.reading() as work:
        number = next(work.audit.reports()).number
    return set_status(kit.context, number, "revoked", "签发有误", by="王操作").leaf_index


def _publish(kit: HouseKit) -> int:
    """Give the entry of the newest list that came out."""
    kit.now += publishing.REBUILD
    assert publishing.publish_due(kit.context, kit.tick())
    with kit.context.store.reading() as work:
        listed = work.status.published(1)
    assert listed is not None
    return listed.leaf_index


def _value_of_no_change(kit: HouseKit) -> int:
    past_the_triggers(
        kit,
        "INSERT INTO status_values (status_list, status_idx, value)"
        " SELECT status_list, status_idx, 1 FROM reservations",
    )
    return index_of(kit, LeafType.SIGNED_FILE)


def _one_false_list(kit: HouseKit) -> int:
    """The value is put back once a list without the revocation was signed."""
    _revoke(kit)
    past_the_triggers(kit, "UPDATE status_values SET value = 0")
    index = _publish(kit)
    past_the_triggers(kit, "UPDATE status_values SET value = 1")
    _publish(kit)
    return index


def _changed_token(kit: HouseKit) -> int:
    _revoke(kit)
    index = _publish(kit)
    older = "(SELECT token_gzip FROM status_publications WHERE leaf_index <> :i LIMIT 1)"
    past_the_triggers(
        kit, f"UPDATE status_publications SET token_gzip = {older} WHERE leaf_index = :i", i=index
    )
    return index


def _older_list_as_newest(kit: HouseKit) -> int:
    _publish(kit)
    _revoke(kit)
    index = _publish(kit)
    past_the_triggers(
        kit, "UPDATE status_publications SET made_at = made_at - 1000000 WHERE leaf_index = :i", i=index
    )
    return index


def _list_that_says_it_knew(kit: HouseKit) -> int:
    before = _publish(kit)
    _revoke(kit)
    past_the_triggers(kit, "UPDATE status_publications SET last_change = 1 WHERE leaf_index = :i", i=before)
    return before


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_revocation_is_found_at_its_own_entry(issued_kit: HouseKit, edit: str) -> None:
    index = _revoke(issued_kit)
    for statement in EDITS[edit]:
        past_the_triggers(issued_kit, statement)
    assert audited(issued_kit).findings[0].index == index


DEEDS: tuple[Callable[[HouseKit], int], ...] = (
    _value_of_no_change,
    _one_false_list,
    _changed_token,
    _older_list_as_newest,
    _list_that_says_it_knew,
)


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)
def test_a_false_value_or_list_is_found_at_its_own_entry(
    issued_kit: HouseKit, deed: Callable[[HouseKit], int]
) -> None:
    index = deed(issued_kit)
    assert audited(issued_kit).findings[0].index == index


def test_every_status_that_came_about_by_rights_is_clean(issued_kit: HouseKit) -> None:
    """Also what was suspended and lifted, listed or not yet, and what was written while the log was ahead."""
    with issued_kit.context.store.reading() as work:
        number = next(work.audit.reports()).number
    for word in ("suspended", "valid", "suspended", "superseded"):
        set_status(issued_kit.context, number, word, "数据有误", by="王操作")
        _publish(issued_kit)
        assert audited(issued_kit).findings == ()
    issued_kit.now -= timedelta(minutes=5)
    _revoke(issued_kit)
    assert audited(issued_kit).findings == ()


def test_what_came_of_a_false_value_has_its_own_word(issued_kit: HouseKit) -> None:
    index = _revoke(issued_kit)
    past_the_triggers(issued_kit, EDITS["value"][0])
    listed = _publish(issued_kit)
    assert [(each.index, each.problem) for each in audited(issued_kit).findings] == [
        (index, Problem.STATUS_VALUE),
        (listed, Problem.STATUS_LIST),
    ]

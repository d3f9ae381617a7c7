"""Every domain can be found in exactly one group."""

from __future__ import annotations

from collections import Counter

from domain.catalogue import DOMAINS
from domain.domain_groups import GROUPS, grouped


def test_each_domain_stands_in_one_group() -> None:
    assert Counter(id_ for _, members in GROUPS for id_ in members) == Counter(tuple(DOMAINS))


def test_groups_keep_the_regions_order_and_leave_out_what_is_empty() -> None:
    assert grouped(["taxation", "education", "audit"]) == (
        ("economy", ("taxation", "audit")),
        ("people", ("education",)),
    )

"""The log grows leaf by leaf, whoever appends, and proves every one of them."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from api.services.auditing.desk import overview
from api.services.issuing.issue import Issued
from api.services.issuing.orders import Order
from api.services.log.ahead import ahead_until
from domain import merkle
from domain.errors import Conflict, Refused
from domain.leaf import Leaf, LeafType
from domain.times import milliseconds, shanghai_text
from tests.unit.api.house_kit import FIRM, START, HouseKit
from tests.unit.api.log_kit import grow


def _leaf(digest: int, kind: LeafType = LeafType.SIGNED_FILE) -> object:
    return lambda moment: Leaf(kind, bytes(8), moment, digest.to_bytes(32, "big"))


def _unsigned(_size: int, _root: bytes) -> bytes:
    return b"nobody looks at this head"


def _append(kit: HouseKit, digest: int, now: datetime = START) -> object:
    with kit.context.store.writing() as work:
        done = work.log.append(_leaf(digest), now=now, number="1" * 22, sign=_unsigned)  # type: ignore[arg-type]
        work.commit()
    return done


def test_every_leaf_is_proven_and_the_root_is_that_of_all_leaves(kit: HouseKit) -> None:
    with kit.context.store.reading() as work:
        hashes = [leaf.leaf_hash for leaf in work.log.leaves()]
    for count in range(len(hashes), 33):
        done = _append(kit, count)
        hashes.append(merkle.leaf_hash(done.data))  # type: ignore[attr-defined]
        assert done.root == merkle.root(hashes)  # type: ignore[attr-defined]
        merkle.verify_inclusion(hashes[-1], count, count + 1, done.proof, done.root)  # type: ignore[attr-defined]
    with kit.context.store.reading() as work:
        assert work.log.head() == (33, merkle.root(hashes))
        assert [leaf.leaf_hash for leaf in work.log.leaves()] == hashes
        assert work.log.node(5, 0) == merkle.root(hashes[:32])
        assert work.log.node(2, 3) == merkle.root(hashes[12:16])
        assert work.log.node(5, 1) is None


def test_a_clock_that_goes_back_does_not_take_the_log_with_it(kit: HouseKit) -> None:
    later = _append(kit, 1, START + timedelta(hours=1))
    earlier = _append(kit, 2, START)
    assert milliseconds(earlier.leaf.time) >= milliseconds(later.leaf.time)  # type: ignore[attr-defined]


def test_an_uncommitted_leaf_is_no_leaf(kit: HouseKit) -> None:
    with kit.context.store.writing() as work:
        size = work.log.size()
        work.log.append(_leaf(1), now=START, number="1" * 22, sign=_unsigned)  # type: ignore[arg-type]
    with kit.context.store.reading() as work:
        assert work.log.size() == size


def test_a_lost_lock_is_seen_and_does_not_fork_the_log(kit: HouseKit) -> None:
    def overtaken(_size: int, _root: bytes) -> bytes:
        """Somebody else's append slips in between reading and moving on."""
        work._connection.execute(text("UPDATE log_state SET size = size + 1"))
        return b""

    with kit.context.store.writing() as work, pytest.raises(Conflict) as caught:
        work.log.append(_leaf(1), now=START, number="1" * 22, sign=overtaken)  # type: ignore[arg-type]
    assert caught.value.code == "log_moved"


def test_writers_at_once_leave_one_unbroken_line(kit: HouseKit) -> None:
    failures: list[Exception] = []
    with kit.context.store.reading() as work:
        before = work.log.size()

    def many(start: int) -> None:
        try:
            for step in range(8):
                _append(kit, start + step)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=many, args=(base * 100,)) for base in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with kit.context.store.reading() as work:
        leaves = list(work.log.leaves())
        assert [leaf.index for leaf in leaves] == list(range(before + 32))
        assert work.log.head()[1] == merkle.root([leaf.leaf_hash for leaf in leaves])


def _write_at(kit: HouseKit, moment: datetime) -> None:
    """An entry is written while the clock shows ``moment``; then it is set right."""
    right, kit.now = kit.now, moment
    grow(kit, 1)
    kit.now = right


@pytest.mark.parametrize(("minutes", "told"), [(0.5, False), (5, True), (600, True)])
def test_a_log_ahead_of_the_clock_is_said_where_somebody_looks(
    kit: HouseKit, minutes: float, told: bool
) -> None:
    newest = kit.now + timedelta(minutes=minutes)
    _write_at(kit, newest)
    with kit.context.store.reading() as work:
        assert (ahead_until(work, kit.tick()) is not None) == told
    shown = overview(kit.context, kit.tick())
    assert (shown.quiet, shown.ahead_until is not None) == (not told, told)


def test_nothing_is_issued_while_the_log_is_far_ahead(kit: HouseKit) -> None:
    _write_at(kit, kit.now + timedelta(hours=2))
    with kit.context.store.reading() as work:
        before = work.log.size()
    with pytest.raises(Refused, match="log_time_ahead") as caught:
        kit.desk.issue(Order(subject=FIRM))
    assert caught.value.fields["until"] == shanghai_text(kit.now + timedelta(hours=2))
    with kit.context.store.reading() as work:
        assert work.log.size() == before, "no number is reserved, nothing to answer later"
    kit.now += timedelta(hours=2)
    assert isinstance(kit.desk.issue(Order(subject=FIRM)), Issued)

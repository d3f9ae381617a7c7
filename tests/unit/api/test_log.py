"""The log grows leaf by leaf, whoever appends, and proves every one of them."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from domain import merkle
from domain.errors import Conflict
from domain.leaf import Leaf, LeafType
from domain.times import milliseconds
from tests.unit.api.house_kit import START, HouseKit


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
        work._session.execute(text("UPDATE log_state SET size = size + 1"))
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

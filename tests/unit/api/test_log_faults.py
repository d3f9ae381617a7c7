"""Fault table of an append: each call of the store fails before and after it persisted.

After every case the log audits clean, and the entry is there or was never promised: whoever got an
index finds the entry under it, and whoever got an error may find one, but never half of one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from api.services.auditing.own_log import audit_house
from api.services.issuing import log as logbook
from api.services.log import heads
from api.store import driver
from domain.errors import DependencyUnavailable
from domain.leaf import Leaf, LeafType
from keys.roles import Role
from tests.unit.api.house_kit import HouseKit

STATEMENTS = {
    "sqlite": ("lock", "select", "update", "leaf", "nodes", "checkpoint"),
    "postgresql": ("lock with select", "update with leaf, nodes and checkpoint"),
}
"""What one append asks of the database, in order; the lock is the transaction's own beginning."""


class Failed(Exception):
    """The injected failure."""


def _append(kit: HouseKit, digest: bytes) -> int:
    key_id = kit.context.keys.private(Role.RECEIPT).key_id
    with kit.context.store.writing() as work:
        done = logbook.append(
            kit.context, work, lambda moment: Leaf(LeafType.RECEIPT, key_id, moment, digest), now=kit.tick()
        )
        work.commit()
    return done.index


@contextmanager
def _hook(target: Any, name: str, act: Callable[..., Any]) -> Iterator[None]:
    event.listen(target, name, act)
    try:
        yield
    finally:
        event.remove(target, name, act)


def _statements(kit: HouseKit, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements of one append, as the database gets them."""
    said: list[str] = []

    def note(connection: Any, statement: str, *values: Any) -> Any:
        said.append(statement)
        return ask(connection, statement, *values)

    ask = driver.ask
    with monkeypatch.context() as patch:
        patch.setattr(driver, "ask", note)
        _append(kit, b"\1" * 32)
    return said


def _failing(place: int, *, done: bool) -> Callable[..., Any]:
    """What stands for ``driver.ask``: the call at ``place`` fails, before or after the database has it done."""
    count, ask = 0, driver.ask

    def fail(*given: Any) -> Any:
        nonlocal count
        count += 1
        if count == place + 1:
            if done:
                ask(*given)
            raise Failed
        return ask(*given)

    return fail


def _outcome(kit: HouseKit, digest: bytes) -> int | None:
    """Give the promised index, None for a failure; then everything must hold."""
    try:
        return _append(kit, digest)
    except (Failed, DependencyUnavailable):
        return None


def _must_hold(kit: HouseKit, digest: bytes, promised: int | None) -> int | None:
    found = audit_house(kit.context, kit.tick(), files=False)
    # The entries of this file stand for receipts that no row keeps; of anything else there is nothing to say.
    assert [each for each in found.findings if each.facts.get("table") != "receipts"] == []
    with kit.context.store.reading() as work:
        here = [item.index for item in work.log.leaves() if item.leaf.endswith(digest)]
    assert len(here) <= 1
    assert promised is None or here == [promised]
    return here[0] if here else None


def test_each_call_of_an_append_may_fail_before_and_after_it_persisted(
    kit: HouseKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    others: list[str] = []
    engine = kit.context.store.engine
    with _hook(engine, "before_cursor_execute", lambda *given: others.append(given[2])):
        count = len(_statements(kit, monkeypatch))
    assert count == len(STATEMENTS[engine.dialect.name])
    assert others == [], "statements that this table does not let fail"
    number = 0
    for place in range(count):
        for done in (False, True):
            number += 1
            digest = number.to_bytes(32, "big")
            with monkeypatch.context() as patch:
                patch.setattr(driver, "ask", _failing(place, done=done))
                promised = _outcome(kit, digest)
            assert promised is None
            # Nothing was committed: the entry is not there, wherever it failed.
            assert _must_hold(kit, digest, promised) is None
    assert _append(kit, b"\2" * 32) > 0


@pytest.mark.parametrize("there", [False, True])
def test_a_commit_that_fails_leaves_all_of_the_entry_or_nothing(kit: HouseKit, *, there: bool) -> None:
    digest = b"\3" * 32

    def fail(connection: Any) -> None:
        if there:
            connection.connection.dbapi_connection.commit()
        raise Failed

    with _hook(kit.context.store.engine, "commit", fail):
        promised = _outcome(kit, digest)
    assert promised is None
    assert (_must_hold(kit, digest, None) is not None) is there
    assert _append(kit, b"\4" * 32) > 0
    _must_hold(kit, b"\4" * 32, None)


def test_a_commit_whose_answer_is_lost_is_found_by_its_digest(kit: HouseKit) -> None:
    """The connection dies after COMMIT was sent: the entry is there, and nobody was told its index."""
    engine, digest = kit.context.store.engine, b"\5" * 32
    lost = OperationalError("COMMIT", {}, Exception("connection lost"))

    def fail(connection: Any) -> None:
        connection.connection.dbapi_connection.commit()
        raise lost

    with _hook(engine, "commit", fail):
        promised = _outcome(kit, digest)
    assert promised is None
    index = _must_hold(kit, digest, None)
    again = _append(kit, b"\6" * 32)
    assert index is None or again == index + 1
    _must_hold(kit, b"\6" * 32, again)


def test_a_full_disk_under_the_remembered_head_loses_no_entry(
    kit: HouseKit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: Any) -> None:
        raise OSError(28, "No space left on device")

    before = heads.remembered(kit.context.home)
    monkeypatch.setattr(heads.os, "pwrite", full)
    index = _append(kit, b"\7" * 32)
    monkeypatch.undo()
    assert heads.remembered(kit.context.home) == before
    assert _must_hold(kit, b"\7" * 32, index) == index
    _append(kit, b"\x08" * 32)
    head = heads.remembered(kit.context.home)
    assert head is not None
    assert head.size == index + 2

"""What the house knew at an instant stays what it knew: nobody records a row behind a report's back (R12)."""

from __future__ import annotations

import threading

import pytest

from api.services.issuing.issue import Issued
from api.services.issuing.orders import Order
from api.services.issuing.showing import show
from api.store.entries import Event
from domain.errors import MalformedInput
from tests.unit.api.house_kit import FIRM, HouseKit, fine


def test_a_report_waits_for_the_writer_whose_rows_are_older_than_it(kit: HouseKit) -> None:
    done: list[object] = []
    asks = threading.Thread(target=lambda: done.append(kit.desk.issue(Order(subject=FIRM))))
    with kit.context.store.writing() as work:
        recorded = kit.tick()
        asks.start()
        asks.join(0.5)
        work.house.record(Event(at=recorded, actor="house", act="test"))
        work.commit()
    asks.join(60)
    (issued,) = done
    assert isinstance(issued, Issued)
    assert show(kit.context.store, issued.number).reservation.as_of > recorded


def test_a_report_sees_one_state_while_a_file_comes_in(kit: HouseKit) -> None:
    kit.send(fine("乌市监罚〔2024〕1号"))
    with kit.context.store.reading() as work:
        subject = work.subjects.by_uscc(FIRM)
        assert subject is not None
        kit.send(fine("乌市监罚〔2024〕2号"))
        assert len(work.records.of_subject(subject.id)) == 1
    assert len(kit.records()) == 2


@pytest.mark.parametrize("name", ["a\0b.csv", "a\udcffb.csv"])
def test_a_text_that_no_database_keeps_is_refused_alike_and_leaves_nothing(kit: HouseKit, name: str) -> None:
    with pytest.raises(MalformedInput, match="text_not_storable"):
        kit.send(fine("乌市监罚〔2024〕1号"), file_name=name)
    assert kit.records() == ()

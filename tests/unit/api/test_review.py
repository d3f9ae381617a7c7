"""The gate: automatic in the shipped regions; in ``person`` mode a doubt stops for somebody to look (R26)."""

from __future__ import annotations

import pytest

from api.services.desk.reviewing import open_draft
from api.services.house.regions import add
from api.services.issuing.orders import Order
from api.services.issuing.review import Waiting, gate
from domain.errors import Refused
from records.regions import shipped_regions
from tests.unit.api.house_kit import FIRM, HouseKit, fine


def _in_person_mode(kit: HouseKit) -> None:
    data = next(data for name, data in shipped_regions().items() if name.startswith("150300"))
    changed = data.replace(b'"automatic"', b'"person"').replace(
        b'version = "2024"', b'version = "2024-person"'
    )
    assert changed != data
    add(kit.context, changed, by="王操作", now=kit.tick())


def _gate(kit: HouseKit, order: Order) -> Waiting | None:
    with kit.context.store.reading() as work:
        subject = work.subjects.by_uscc(FIRM)
    assert subject is not None
    return gate(kit.context, subject, order)


def test_automatic_mode_stops_nobody(kit: HouseKit) -> None:
    kit.send(fine("乌市监罚〔2024〕1号", 处罚决定日期="2024/02/30"))
    assert _gate(kit, Order(subject=FIRM)) is None


def test_person_mode_stops_at_a_doubt_and_only_there(kit: HouseKit) -> None:
    _in_person_mode(kit)
    assert _gate(kit, Order(subject=FIRM)) is None
    kit.send(fine("乌市监罚〔2024〕1号", 处罚决定日期="2024/02/30"))
    waiting = _gate(kit, Order(subject=FIRM))
    assert waiting is not None
    assert waiting.reasons == ("pending:market_regulation",)
    again = _gate(kit, Order(subject=FIRM))
    assert again is not None
    assert again.application == waiting.application


def test_an_operator_with_a_reason_goes_on_and_is_recorded(kit: HouseKit) -> None:
    _in_person_mode(kit)
    kit.send(fine("乌市监罚〔2024〕1号", 处罚决定日期="2024/02/30"))
    waiting = _gate(kit, Order(subject=FIRM))
    assert waiting is not None
    with pytest.raises(Refused, match="not_an_operator"):
        _gate(kit, Order(subject=FIRM, by="路人", reason="急用"))
    with pytest.raises(Refused, match="draft_unseen"):
        _gate(kit, Order(subject=FIRM, by="王操作", reason="急用"))
    open_draft(kit.context, waiting.application, "王操作")
    assert _gate(kit, Order(subject=FIRM, by="王操作", reason="已向单位核实")) is None
    with kit.context.store.reading() as work:
        decided = work.reports.application(waiting.application)
        acts = [event for event in work.house.events() if event.act == "review_overridden"]
    assert decided is not None
    assert (decided.state, decided.decided_by) == ("approved", "王操作")
    assert [(event.actor, event.reason) for event in acts] == [("王操作", "已向单位核实")]

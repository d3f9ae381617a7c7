"""The review desk: opened, then decided; nothing is approved unseen (R26)."""

from __future__ import annotations

from uuid import UUID

import pytest

from api.services.desk import reviewing
from api.services.issuing.issue import Issued
from api.services.issuing.orders import Order
from api.services.issuing.review import Waiting
from domain.errors import Conflict, NotFound, Refused
from tests.unit.api.desk_kit import HELD, firm, review_by_person
from tests.unit.api.house_kit import FIRM, HouseKit, fine

BY = "王操作"


@pytest.fixture
def waiting(kit: HouseKit) -> UUID:
    """An application that a doubt has stopped."""
    review_by_person(kit)
    kit.send(HELD)
    stopped = kit.desk.issue(Order(subject=FIRM, purpose="参与招标投标", channel="desk"))
    assert isinstance(stopped, Waiting)
    return stopped.application


def test_the_queue_says_who_waits_how_long_and_why(kit: HouseKit, waiting: UUID) -> None:
    first = kit.context.clock()
    (line,) = reviewing.queue(kit.context)
    assert (line.application.id, line.subject.uscc, line.seen_by) == (waiting, FIRM, ())
    assert line.application.reasons == ("pending:market_regulation",)
    assert line.waited.total_seconds() > 0
    assert line.application.made_at + line.waited >= first


def test_nothing_is_decided_unseen(kit: HouseKit, waiting: UUID) -> None:
    for decide in (
        lambda: reviewing.approve(kit.context, kit.desk.issue, waiting, BY, "已核实"),
        lambda: reviewing.refuse(kit.context, waiting, BY, "不予出具"),
        lambda: kit.desk.issue(
            Order(subject=FIRM, purpose="参与招标投标", channel="desk", by=BY, reason="急")
        ),
    ):
        with pytest.raises(Refused, match="draft_unseen"):
            decide()
    assert len(reviewing.queue(kit.context)) == 1


def test_a_seen_draft_is_approved_with_a_reason_and_recorded(kit: HouseKit, waiting: UUID) -> None:
    draft = reviewing.open_draft(kit.context, waiting, BY)
    assert draft.reasons == ("pending:market_regulation",)
    assert [view.by for view in draft.views] == [BY]
    done = reviewing.approve(kit.context, kit.desk.issue, waiting, BY, "已向单位核实")
    assert isinstance(done, Issued)
    with kit.context.store.reading() as work:
        decided = work.reports.application(waiting)
        line = work.reports.get(done.number)
        acts = [event for event in work.house.events() if event.act == "review_overridden"]
    assert decided is not None and line is not None
    assert (decided.state, decided.decided_by, decided.reason, decided.number) == (
        "approved", BY, "已向单位核实", done.number,
    )  # fmt: skip
    assert [(event.actor, event.reason, event.subject) for event in acts] == [
        (BY, "已向单位核实", firm(kit).id)
    ]
    assert (line.channel, line.purpose) == ("desk", "参与招标投标")
    with pytest.raises(Conflict, match="application_decided"):
        reviewing.approve(kit.context, kit.desk.issue, waiting, BY, "再来一次")


def test_a_draft_that_changed_since_must_be_opened_again(kit: HouseKit, waiting: UUID) -> None:
    reviewing.open_draft(kit.context, waiting, BY)
    kit.send(fine("乌市监罚〔2024〕7号"))
    with pytest.raises(Refused, match="draft_unseen"):
        reviewing.approve(kit.context, kit.desk.issue, waiting, BY, "已核实")
    reviewing.open_draft(kit.context, waiting, BY)
    assert reviewing.approve(kit.context, kit.desk.issue, waiting, BY, "已核实").number


def test_another_ones_look_is_not_ones_own(kit: HouseKit, waiting: UUID) -> None:
    with kit.context.store.writing() as work:
        work.house.add_operator(UUID(int=77), "李复核", "operator", kit.tick())
        work.commit()
    reviewing.open_draft(kit.context, waiting, "李复核")
    with pytest.raises(Refused, match="draft_unseen"):
        reviewing.approve(kit.context, kit.desk.issue, waiting, BY, "已核实")


def test_a_refusal_keeps_its_reason_for_the_subject(kit: HouseKit, waiting: UUID) -> None:
    reviewing.open_draft(kit.context, waiting, BY)
    with pytest.raises(Refused, match="reason_needed"):
        reviewing.refuse(kit.context, waiting, BY, "  ")
    reviewing.refuse(kit.context, waiting, BY, "主体信息待更正")
    with kit.context.store.reading() as work:
        (mine,) = work.reports.applications_of(firm(kit).id)
    assert (mine.state, mine.reason) == ("refused", "主体信息待更正")
    assert reviewing.queue(kit.context) == ()


def test_strangers_open_nothing(kit: HouseKit, waiting: UUID) -> None:
    with kit.context.store.writing() as work:
        work.house.add_operator(UUID(int=78), "严审计", "auditor", kit.tick())
        work.commit()
    for name in ("路人", "严审计"):
        with pytest.raises(Refused, match="not_an_operator"):
            reviewing.open_draft(kit.context, waiting, name)
    with pytest.raises(NotFound, match="application_unknown"):
        reviewing.open_draft(kit.context, UUID(int=5), BY)


def test_when_issuing_fails_the_application_waits_on(kit: HouseKit, waiting: UUID) -> None:
    reviewing.open_draft(kit.context, waiting, BY)

    def dies(order: Order) -> Issued | Waiting:
        kit.desk.verifier.close()
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        reviewing.approve(kit.context, dies, waiting, BY, "已核实")
    assert [line.application.id for line in reviewing.queue(kit.context)] == [waiting]


def test_when_the_doubt_has_gone_it_is_issued_without_an_override(kit: HouseKit, waiting: UUID) -> None:
    reviewing.open_draft(kit.context, waiting, BY)
    kit.send(fine("乌市监罚〔2024〕9号"))
    done = reviewing.approve(kit.context, kit.desk.issue, waiting, BY, "疑点已消除")
    with kit.context.store.reading() as work:
        decided = work.reports.application(waiting)
    assert decided is not None
    assert (decided.state, decided.number) == ("approved", done.number)

"""Messages are signed, tried again and, at last, laid aside for the operator."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from api.services.access.roles import Role
from api.services.watching import endpoints, letters, sending
from api.services.watching.posting import Answer, poster
from tests.integration.watching.following import only, proved, reach, refused, round_, tell, watching
from tests.unit.api.grants.people import CLERK, OTHER_CLERK, somebody
from tests.unit.api.house_kit import HouseKit
from tests.world.receiver import Message, Receiver


def test_a_failing_receiver_is_asked_for_24_hours_and_its_dead_letter_can_be_sent_again(
    kit: HouseKit, receiver: Receiver
) -> None:
    proved(kit, receiver)
    watching(kit)
    receiver.answer = lambda _message: 503
    tell(kit)
    began, codes = kit.now, []
    while only(kit).state == "waiting":
        codes += round_(kit, receiver)
        kit.now = max(kit.now, only(kit).next_at)
    assert set(codes) == {"endpoint_refused"}
    assert 10 <= len(codes) <= 14
    assert timedelta(hours=24) <= kit.now - began <= timedelta(hours=24, minutes=1)
    assert {message.id for message in receiver.changes} == {only(kit).id}
    tries = letters.messages_of(kit.context, CLERK)[0].tries
    assert [(each.status, each.code) for each in tries] == [(503, "endpoint_refused")] * len(codes)
    gaps = [later.at - earlier.at for earlier, later in pairwise(tries)]
    assert gaps[0] < timedelta(seconds=6)
    assert gaps[:-1] == sorted(gaps[:-1])
    assert refused(lambda: letters.send_again(kit.context, OTHER_CLERK, only(kit).id)) == "message_unknown"
    receiver.answer = lambda _message: 200
    assert letters.send_again(kit.context, CLERK, only(kit).id).state == "waiting"
    assert round_(kit, receiver) == ["delivered"]
    assert refused(lambda: letters.send_again(kit.context, CLERK, only(kit).id)) == "message_not_dead"
    assert {message.id for message in receiver.changes} == {only(kit).id}


def test_a_receiver_that_recovers_gets_the_same_message(kit: HouseKit, receiver: Receiver) -> None:
    proved(kit, receiver)
    watching(kit)
    answers = iter((500, 302, 404, 204))
    receiver.answer = lambda _message: next(answers)
    tell(kit)
    for _ in range(4):
        kit.now = max(kit.now, only(kit).next_at)
        round_(kit, receiver)
    assert only(kit).state == "delivered"
    assert len(receiver.changes) == 4
    assert len({message.id for message in receiver.changes}) == 1
    assert len({message.body for message in receiver.changes}) == 1


def test_an_endpoint_that_says_it_is_gone_is_asked_no_more(kit: HouseKit, receiver: Receiver) -> None:
    proved(kit, receiver)
    watching(kit)
    receiver.answer = lambda _message: 410
    tell(kit)
    assert round_(kit, receiver) == ["endpoint_gone"]
    endpoint = endpoints.of(kit.context, CLERK)
    assert endpoint is not None
    assert (only(kit).state, endpoint.state) == ("dead", "gone")


def test_a_try_whose_end_nobody_noted_is_made_again_with_the_same_id(
    kit: HouseKit, receiver: Receiver
) -> None:
    proved(kit, receiver)
    watching(kit)
    tell(kit)
    (lost,) = sending.claim_due(kit.context, kit.tick())
    post = poster(reach(receiver))

    def dies(*given: object) -> Answer:
        post(*given)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sending.send(kit.context, dies, lost, kit.tick)
    assert sending.claim_due(kit.context, kit.tick()) == ()
    # Taken over by name: the same hand-over once more.
    assert sending.send(kit.context, post, lost, kit.tick) == "delivered"
    assert len({message.id for message in receiver.changes}) == 1
    assert len(receiver.changes) == 2
    assert sending.send(kit.context, post, lost, kit.tick) is None


def test_two_secrets_sign_for_a_day_after_a_rotation(kit: HouseKit, receiver: Receiver) -> None:
    old = proved(kit, receiver)
    new = endpoints.rotate(kit.context, CLERK).secret
    assert old != new and new.startswith("whsec_")
    watching(kit)
    tell(kit)
    round_(kit, receiver)
    kit.now += timedelta(hours=25)
    tell(kit, "valid")
    round_(kit, receiver)
    first, second = receiver.changes
    assert [len(message.headers["webhook-signature"].split()) for message in (first, second)] == [2, 1]
    assert first.headers["webhook-signature"].split()[1] == _signature(old, first)
    assert second.headers["webhook-signature"] == _signature(new, second)
    with kit.context.store.reading() as work:
        stored = work.watches.endpoint_of(CLERK.organisation or "")
    assert stored is not None
    assert old.encode() not in stored.secret_sealed + (stored.previous_sealed or b"")


def _signature(secret: str, message: Message) -> str:
    from datetime import UTC, datetime

    from standardwebhooks import Webhook

    at = datetime.fromtimestamp(int(message.headers["webhook-timestamp"]), UTC)
    return Webhook(secret).sign(message.id, at, message.body.decode())


def test_the_operator_sees_dead_letters_and_sends_them_again(kit: HouseKit, receiver: Receiver) -> None:
    operator = somebody(Role.OPERATOR, None)
    proved(kit, receiver)
    watching(kit)
    receiver.answer = lambda _message: 410
    tell(kit)
    round_(kit, receiver)
    (dead,) = letters.dead_letters(kit.context, operator)
    receiver.answer = lambda _message: 204
    endpoints.prove(kit.context, CLERK, poster(reach(receiver)))
    assert letters.send_again(kit.context, operator, dead.id).state == "waiting"
    assert round_(kit, receiver) == ["delivered"]
    assert refused(lambda: letters.dead_letters(kit.context, CLERK)) == "not_allowed"

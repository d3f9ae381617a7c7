"""What is told, to whom, and when it ends."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from api.services.access import organisations
from api.services.access.roles import Role
from api.services.grants.redeeming import redeem
from api.services.grants.withdrawing import looks_at_own, withdraw
from api.services.status.changing import set_status
from api.services.timing import timetable
from api.services.watching import endpoints, following, letters, sending, telling
from api.services.watching.following import Wanted, follow
from api.services.watching.news import gather_news
from api.services.watching.posting import poster
from tests.integration.watching.following import (
    BY,
    WATCHING,
    named,
    only,
    proved,
    reach,
    refused,
    round_,
    tell,
    watching,
)
from tests.unit.api.grants.people import CLERK, OTHER_CLERK, OWNER, STRANGER, granted, number_of, somebody
from tests.unit.api.house_kit import HouseKit, fine
from tests.world.receiver import Receiver


def test_a_change_is_told_with_number_word_time_and_link_and_nothing_else(
    kit: HouseKit, receiver: Receiver
) -> None:
    secret = proved(kit, receiver)
    watch = watching(kit)
    tell(kit)
    assert round_(kit, receiver) == ["delivered"]
    (message,) = receiver.changes
    # The reference library looks at its own clock, so the signature is compared by its own signing.
    from standardwebhooks import Webhook

    stamp = kit.now.replace(microsecond=0)
    assert abs(int(message.headers["webhook-timestamp"]) - stamp.timestamp()) <= 1
    at = stamp.fromtimestamp(int(message.headers["webhook-timestamp"]), stamp.tzinfo)
    assert message.headers["webhook-signature"] == Webhook(secret).sign(message.id, at, message.body.decode())
    said = message.said
    assert set(said) == {"type", "timestamp", "data"}
    assert said["data"] == {
        "number": watch.number,
        "status": "suspended",
        "changed_at": said["timestamp"],
        "link": f"https://dz.example/watching/{watch.id}",
    }
    assert [look.act for look in looks_at_own(kit.context, OWNER)][:2] == ["told", "watch"]
    assert round_(kit, receiver) == []


def test_each_change_is_told_once_however_often_it_is_gathered(kit: HouseKit, receiver: Receiver) -> None:
    proved(kit, receiver)
    watching(kit)
    for word in ("suspended", "valid", "suspended"):
        tell(kit, word)
        telling.gather(kit.context, kit.tick())
    with kit.context.store.writing() as work:
        work.work.move_to(telling.READER, 0)
        work.commit()
    telling.gather(kit.context, kit.tick())
    round_(kit, receiver)
    assert [message.said["data"]["status"] for message in receiver.changes] == [
        "suspended",
        "valid",
        "suspended",
    ]
    assert len({message.id for message in receiver.changes}) == 3


def test_what_happened_before_the_watch_is_not_told(kit: HouseKit, receiver: Receiver) -> None:
    proved(kit, receiver)
    set_status(kit.context, number_of(kit), "suspended", "核查", by=BY)
    watching(kit)
    telling.gather(kit.context, kit.tick())
    assert round_(kit, receiver) == []


def test_who_may_follow(kit: HouseKit) -> None:
    made = named(kit)
    without = granted(kit, receiver=CLERK.organisation, factor="sign_in")
    coded = granted(kit, receiver=CLERK.organisation, factor="code", factor_code="493817", allows=WATCHING)
    bearer = granted(kit, allows=WATCHING)

    def asks(who: object, grant: UUID, opening: str | None = None) -> str:
        return refused(
            lambda: follow(kit.context, who, Wanted(grant=grant, opening=opening), longest_days=9)  # type: ignore[arg-type]
        )

    assert asks(OTHER_CLERK, made.grant.id) == "grant_unknown"
    assert asks(CLERK, uuid4()) == "grant_unknown"
    assert asks(CLERK, bearer.grant.id) == "grant_unknown"
    assert asks(CLERK, without.grant.id) == "watch_not_allowed"
    assert asks(CLERK, coded.grant.id) == "watch_open_first"
    assert asks(STRANGER, made.grant.id) == "organisation_not_approved"
    opening = redeem(kit.context, CLERK, coded.token, factor="493817").token
    watch = follow(kit.context, CLERK, Wanted(opening=opening), longest_days=9)
    assert watch.until <= kit.now + timedelta(days=9)
    assert asks(CLERK, made.grant.id) == "watch_exists"
    withdraw(kit.context, OWNER, made.grant.id)
    following.end_by_receiver(kit.context, CLERK, watch.id)
    assert asks(CLERK, made.grant.id) == "grant_withdrawn"
    assert (
        refused(
            lambda: follow(
                kit.context, CLERK, Wanted(opening=opening, until=kit.now - timedelta(days=1)), longest_days=9
            )
        )
        == "watch_until"
    )


def test_a_watch_never_outlives_its_grant(kit: HouseKit, receiver: Receiver) -> None:
    proved(kit, receiver)
    made = named(kit, expires_at=kit.now + timedelta(days=3))
    asked = kit.now + timedelta(days=300)
    watch = follow(kit.context, CLERK, Wanted(grant=made.grant.id, until=asked), longest_days=366)
    assert watch.until == made.grant.expires_at
    kit.now += timedelta(days=4)
    tell(kit)
    assert round_(kit, receiver) == []
    timetable.task_of("watches").do(timetable.Desk(context=kit.context, issuing=lambda: kit.desk), kit.tick())
    assert [each.watch.state for each in following.of_receiver(kit.context, CLERK)] == ["over"]


@pytest.mark.parametrize("waiting", (True, False))
def test_after_a_grant_is_taken_back_nothing_more_is_sent(
    kit: HouseKit, receiver: Receiver, waiting: bool
) -> None:
    proved(kit, receiver)
    watch = watching(kit)
    if waiting:
        tell(kit)
    withdraw(kit.context, OWNER, watch.grant)
    if not waiting:
        tell(kit)
    assert round_(kit, receiver) == []
    assert receiver.changes == []
    (seen,) = following.of_receiver(kit.context, CLERK)
    assert (seen.watch.state, seen.status) == ("withdrawn", None)
    if waiting:
        assert only(kit).state == "dropped"
        assert refused(lambda: letters.send_again(kit.context, CLERK, only(kit).id)) == "message_not_allowed"


def test_a_message_in_the_queue_is_not_sent_once_the_grant_is_gone(kit: HouseKit, receiver: Receiver) -> None:
    proved(kit, receiver)
    watch = watching(kit)
    tell(kit)
    (handed,) = sending.claim_due(kit.context, kit.tick())
    with kit.context.store.writing() as work:
        work.grants.end((watch.grant,), "closed", kit.tick())
        work.commit()
    assert sending.send(kit.context, poster(reach(receiver)), handed, kit.tick) == "dropped"
    assert receiver.changes == []


def test_either_side_ends_a_watch_and_the_other_sees_it(kit: HouseKit, receiver: Receiver) -> None:
    proved(kit, receiver)
    first = watching(kit)
    (seen,) = following.of_subject(kit.context, OWNER)
    assert (seen.watch.id, seen.watch.state) == (first.id, "live")
    assert refused(lambda: following.end_by_subject(kit.context, STRANGER, first.id)) == "watch_unknown"
    following.end_by_subject(kit.context, OWNER, first.id)
    tell(kit)
    assert round_(kit, receiver) == []
    second = watching(kit)
    assert refused(lambda: following.end_by_receiver(kit.context, OTHER_CLERK, second.id)) == "watch_unknown"
    following.end_by_receiver(kit.context, CLERK, second.id)
    states = [each.watch.state for each in following.of_subject(kit.context, OWNER)]
    assert states == ["ended_by_receiver", "ended_by_subject"]


def test_a_final_status_is_told_and_ends_the_watch(kit: HouseKit, receiver: Receiver) -> None:
    proved(kit, receiver)
    watching(kit)
    tell(kit, "revoked")
    assert round_(kit, receiver) == ["delivered"]
    assert receiver.changes[0].said["data"]["status"] == "revoked"
    assert [each.watch.state for each in following.of_receiver(kit.context, CLERK)] == ["final"]


def test_a_correction_of_what_the_report_shows_is_told_once_and_other_records_are_not(
    kit: HouseKit, receiver: Receiver
) -> None:
    proved(kit, receiver)
    watching(kit)
    kit.send(fine("乌市监罚〔2026〕77号", 处罚决定日期="2026-06-15"), file_name="new.csv")
    assert gather_news(kit.context, kit.tick()) == 0
    kit.send(
        fine("乌市监罚〔2024〕1号", 违法事实="在经营场所和网站发布虚假广告。"), file_name="corrected.csv"
    )
    assert gather_news(kit.context, kit.tick()) == 1
    assert gather_news(kit.context, kit.tick()) == 0
    assert round_(kit, receiver) == ["delivered"]
    (message,) = receiver.changes
    assert message.said["data"]["status"] == "valid"
    assert set(message.said["data"]) == {"number", "status", "changed_at", "link"}


def test_what_was_corrected_before_the_watch_is_no_news(kit: HouseKit) -> None:
    kit.send(
        fine("乌市监罚〔2024〕1号", 违法事实="在经营场所和网站发布虚假广告。"), file_name="corrected.csv"
    )
    watching(kit)
    assert gather_news(kit.context, kit.tick()) == 0


def test_a_receiver_that_is_shut_out_is_told_nothing_more(kit: HouseKit, receiver: Receiver) -> None:
    security = somebody(Role.SECURITY_ADMINISTRATOR, None)
    contact = organisations.Contact(name="金若水", phone="000-0000000")
    made = organisations.register(kit.context, CLERK, contact=contact, purpose="核验企业信用报告")
    organisations.decide(kit.context, security, made.id, decision="approve", reason="")
    proved(kit, receiver)
    watching(kit)
    tell(kit)
    (handed,) = sending.claim_due(kit.context, kit.tick())
    organisations.decide(kit.context, security, made.id, decision="close", reason="停业")
    assert sending.send(kit.context, poster(reach(receiver)), handed, kit.tick) is None
    tell(kit, "valid")
    assert round_(kit, receiver) == []
    assert receiver.changes == []
    assert endpoints.of(kit.context, CLERK) is None

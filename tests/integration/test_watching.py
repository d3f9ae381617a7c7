"""Watch until award: who may follow, who is told what, and how often, by receivers that check signatures."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from api.services.access import organisations
from api.services.access.roles import Role
from api.services.grants.making import Made
from api.services.grants.redeeming import redeem
from api.services.grants.withdrawing import looks_at_own, withdraw
from api.services.status.changing import set_status
from api.services.timing import timetable
from api.services.watching import endpoints, following, letters, posting, sending, telling
from api.services.watching.addresses import target_of
from api.services.watching.following import Wanted, follow
from api.services.watching.news import gather_news
from api.services.watching.posting import Answer, Reach, poster
from api.store.entries_watches import Watch, WatchMessage
from domain.errors import CreditDocError
from tests.unit.api.house_kit import HouseKit, fine
from tests.unit.api.grants.people import CLERK, OTHER_CLERK, OWNER, STRANGER, granted, number_of, somebody
from tests.world.receiver import Message, Receiver, dripping, receiving

BY = "王操作"
WATCHING = frozenset({"view", "watch"})


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    with receiving(tmp_path) as running:
        yield running


@pytest.fixture
def kit(issued_kit: HouseKit) -> HouseKit:
    return issued_kit


def reach(receiver: Receiver, **more: object) -> Reach:
    given: dict[str, object] = {"private": True, "ca_pem": receiver.ca_pem, "seconds": 10.0} | more
    return Reach(**given)  # type: ignore[arg-type]


def named(kit: HouseKit, **more: object) -> Made:
    return granted(kit, receiver=CLERK.organisation, factor="sign_in", allows=WATCHING, **more)


def watching(kit: HouseKit, **more: object) -> Watch:
    made = named(kit)
    return follow(kit.context, CLERK, Wanted(grant=made.grant.id, **more), longest_days=366)  # type: ignore[arg-type]


def proved(kit: HouseKit, receiver: Receiver) -> str:
    """The secret of an endpoint that has answered the challenge."""
    made = endpoints.register(kit.context, CLERK, receiver.url, reach(receiver))
    endpoints.prove(kit.context, CLERK, poster(reach(receiver)))
    return made.secret


def tell(kit: HouseKit, word: str = "suspended") -> None:
    set_status(kit.context, number_of(kit), word, "核查", by=BY)
    telling.gather(kit.context, kit.tick())


def round_(kit: HouseKit, receiver: Receiver, **more: object) -> list[str | None]:
    """Everything due is tried once."""
    post = poster(reach(receiver, **more))
    handed = sending.claim_due(kit.context, kit.tick())
    return [sending.send(kit.context, post, each, kit.tick) for each in handed]


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(CreditDocError) as error:
        act()
    return error.value.code


def only(kit: HouseKit) -> WatchMessage:
    (found,) = letters.messages_of(kit.context, CLERK)
    return found.message


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


def test_an_endpoint_is_used_only_once_it_has_answered_the_challenge(
    kit: HouseKit, receiver: Receiver
) -> None:
    receiver.echo = False
    endpoints.register(kit.context, CLERK, receiver.url, reach(receiver))
    assert (
        refused(lambda: endpoints.prove(kit.context, CLERK, poster(reach(receiver)))) == "endpoint_not_proved"
    )
    watching(kit)
    tell(kit)
    assert round_(kit, receiver) == ["endpoint_none"]
    assert receiver.changes == []
    receiver.echo = True
    endpoints.prove(kit.context, CLERK, poster(reach(receiver)))
    kit.now = only(kit).next_at
    assert round_(kit, receiver) == ["delivered"]


@pytest.mark.parametrize(
    "url",
    (
        "http://bank.example/", "ftp://bank.example/", "https://", "https://u:p@bank.example/", "https://u@bank.example/",
        "https://bank.example/#x", "https://bank.example:0/", "https://bank.example:99999/", "https://[::1]/",
        "https://bank_example/", "https://bänk.example/", "https://bank.example/a b", "https:\\\\bank.example",
        "https://bank.example/" + "a" * 500, "//bank.example/", "bank.example", "https://bank.example\r\nX: y/",
    ),
)  # fmt: skip
def test_what_is_no_plain_https_address_is_malformed(url: str) -> None:
    assert refused(lambda: target_of(url)) == "endpoint_url"


PRIVATE = (
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
    "::127.0.0.1", "::ffff:0:127.0.0.1", "fec0::1", "4000::1",
    "224.0.0.1", "255.255.255.255", "192.0.0.8", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::", "100::1",
)  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_leads_inside_is_refused_even_beside_a_public_one(
    kit: HouseKit, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    _resolves(monkeypatch, "93.184.216.34", address)
    outside = reach(receiver, private=False)
    assert (
        refused(lambda: endpoints.register(kit.context, CLERK, "https://bank.example/", outside))
        == "endpoint_not_public"
    )


@pytest.mark.parametrize("address", ("169.254.169.254", "0.0.0.0", "fe80::1", "64:ff9b::7f00:1", "224.0.0.1"))
def test_no_setting_opens_link_local_or_translated_addresses(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    _resolves(monkeypatch, address)
    answer = posting.post(reach(receiver), target_of(receiver.url), b"{}", {})
    assert (answer.code, answer.status) == ("endpoint_not_public", None)


def test_a_name_that_changes_its_mind_after_registration_leads_nowhere(
    kit: HouseKit, receiver: Receiver
) -> None:
    proved(kit, receiver)
    watching(kit)
    tell(kit)
    assert round_(kit, receiver, private=False) == ["endpoint_not_public"]
    assert receiver.changes == []


def _resolves(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    found = [
        (socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 443))
        for each in addresses
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_given, **_more: found)


def test_certificates_are_checked_for_the_name(receiver: Receiver, tmp_path: Path) -> None:
    unknown = posting.post(reach(receiver, ca_pem=None), target_of(receiver.url), b"{}", {})
    assert unknown.code == "endpoint_tls"
    other = target_of(receiver.url.replace("localhost", "127.0.0.2"))
    assert posting.post(reach(receiver), other, b"{}", {}).code in ("endpoint_tls", "endpoint_unreachable")


def test_a_slow_or_endless_answer_is_cut_off(receiver: Receiver) -> None:
    receiver.answer = dripping(5)
    body = b'{"type":"report.changed"}'
    answer = posting.post(reach(receiver, seconds=0.5), target_of(receiver.url), body, {})
    assert answer.code == "endpoint_timeout"
    assert answer.ms < 3000


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.answer = lambda _message: 302
    answer = posting.post(reach(receiver), target_of(receiver.url), b'{"type":"report.changed"}', {})
    assert (answer.status, answer.taken) == (302, False)
    assert len(receiver.came) == 1


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

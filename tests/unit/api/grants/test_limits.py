"""Grants are counted, narrowed, timed and withdrawn."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from api.services.access.principal import ANONYMOUS
from api.services.grants import live
from api.services.grants.making import make, narrow
from api.services.grants.redeeming import Redeemed, redeem
from api.services.grants.showing import details
from api.services.grants.wishes import Wish
from api.services.grants.withdrawing import grants_of, one, withdraw
from domain.errors import Refused
from domain.grant_rights import GrantScope
from tests.unit.api.grants.people import AGENT, OWNER, acts, granted, number_of, refused
from tests.unit.api.house_kit import HouseKit


def test_withdrawal_holds_at_the_next_request_and_closes_what_is_open(issued_kit: HouseKit) -> None:
    kit = issued_kit
    made = granted(kit)
    child = narrow(kit.context, AGENT, made.token, Wish(purpose=""))
    uses_ = [redeem(kit.context, ANONYMOUS, token) for token in (made.token, child.token)]
    assert withdraw(kit.context, OWNER, made.grant.id) == 2
    for use in uses_:
        assert refused(lambda use=use: details(kit.context, ANONYMOUS, use.token)) == "grant_withdrawn"  # type: ignore[misc]
    for token in (made.token, child.token):
        assert refused(lambda token=token: redeem(kit.context, ANONYMOUS, token)) == "grant_withdrawn"  # type: ignore[misc]
    assert [item.state for item in grants_of(kit.context, OWNER)] == ["withdrawn", "withdrawn"]
    assert withdraw(kit.context, OWNER, made.grant.id) == 0
    assert "denied" in acts(kit)


def test_the_last_use_is_given_once(issued_kit: HouseKit) -> None:
    kit = issued_kit
    made = granted(kit, uses=1)

    def attempt(_place: int) -> Redeemed | str:
        try:
            return redeem(kit.context, ANONYMOUS, made.token)
        except Refused as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, range(16)))
    assert sum(isinstance(answer, Redeemed) for answer in answers) == 1
    assert {answer for answer in answers if isinstance(answer, str)} == {"grant_used_up"}
    assert one(kit.context, OWNER, made.grant.id).grant.uses == 1


def test_uses_of_a_narrower_grant_are_uses_of_the_wider_one(issued_kit: HouseKit) -> None:
    kit = issued_kit
    made = granted(kit, uses=2)
    children = [narrow(kit.context, AGENT, made.token, Wish(purpose="", uses=2)) for _ in range(2)]
    for child in children:
        redeem(kit.context, ANONYMOUS, child.token)
    for token in (made.token, children[0].token, children[1].token):
        assert refused(lambda token=token: redeem(kit.context, ANONYMOUS, token)) == "grant_used_up"  # type: ignore[misc]
    assert one(kit.context, OWNER, children[0].grant.id).grant.uses == 1


@pytest.mark.parametrize(
    ("wider", "wish", "axis"),
    [
        ({"allows": frozenset({"view"})}, {"allows": frozenset({"view", "download"})}, "allows"),
        ({"scope": GrantScope(fields=frozenset({"CF_WSH"}))}, {"scope": GrantScope(fields=frozenset({"CF_SY"}))}, "fields"),
        ({"scope": GrantScope(years=frozenset({"2024"}))}, {"scope": GrantScope(years=frozenset({"2023"}))}, "years"),
        ({"uses": 2}, {"uses": 3}, "uses"),
    ],
)  # fmt: skip
def test_a_grant_made_from_a_grant_never_widens(
    issued_kit: HouseKit, wider: dict[str, object], wish: dict[str, object], axis: str
) -> None:
    made = granted(issued_kit, **wider)
    with pytest.raises(Refused) as error:
        narrow(issued_kit.context, AGENT, made.token, Wish(purpose="", **wish))  # type: ignore[arg-type]
    assert (error.value.code, error.value.fields["axis"]) == ("grant_wider", axis)


def test_a_grant_made_from_a_grant_never_lasts_longer(issued_kit: HouseKit) -> None:
    kit = issued_kit
    made = granted(kit, expires_at=kit.now + timedelta(days=2))
    later = Wish(purpose="", expires_at=kit.now + timedelta(days=3))
    assert refused(lambda: narrow(kit.context, AGENT, made.token, later)) == "grant_wider"
    child = narrow(
        kit.context, AGENT, made.token, Wish(purpose="另一用途", scope=GrantScope(years=frozenset({"2024"})))
    )
    assert child.grant.purpose == "贷款审查"
    assert child.grant.expires_at == made.grant.expires_at
    use = redeem(kit.context, ANONYMOUS, child.token)
    assert use.opened.right.scope.years == frozenset({"2024"})
    kit.now += timedelta(days=2)
    assert refused(lambda: redeem(kit.context, ANONYMOUS, child.token)) == "grant_expired"


def test_time_is_asked_each_time(issued_kit: HouseKit) -> None:
    kit = issued_kit
    start = kit.now + timedelta(hours=2)
    made = granted(kit, not_before=start, expires_at=start + timedelta(hours=1))
    assert refused(lambda: redeem(kit.context, ANONYMOUS, made.token)) == "grant_not_yet"
    kit.now = start + timedelta(minutes=50)
    use = redeem(kit.context, ANONYMOUS, made.token)
    assert use.opened.until == made.grant.expires_at
    kit.now = start + timedelta(minutes=61)
    assert refused(lambda: details(kit.context, ANONYMOUS, use.token)) == "grant_expired"
    assert refused(lambda: redeem(kit.context, ANONYMOUS, made.token)) == "grant_expired"


def test_a_use_ends_after_its_minutes(issued_kit: HouseKit) -> None:
    kit = issued_kit
    use = redeem(kit.context, ANONYMOUS, granted(kit).token)
    kit.now += timedelta(minutes=16)
    assert refused(lambda: details(kit.context, ANONYMOUS, use.token)) == "grant_opening_ended"


def test_wishes_that_cannot_be(issued_kit: HouseKit) -> None:
    kit = issued_kit
    query_ = frozenset({"query"})
    for code, wish in (
        ("grant_purpose", {"purpose": " "}),
        ("grant_allows", {"allows": frozenset()}),
        ("grant_allows", {"allows": frozenset({"delete"})}),
        ("grant_receiver", {"receiver": "91150302MA0N0A0100"}),
        ("grant_factor", {"factor": "sign_in"}),
        ("grant_factor", {"factor": "birthday"}),
        ("grant_span", {"expires_at": kit.now - timedelta(days=1)}),
        ("grant_too_long", {"expires_at": kit.now + timedelta(days=60)}),
        ("grant_too_many_uses", {"uses": 0}),
        ("grant_too_many_uses", {"uses": 101}),
        ("grant_scope_empty", {"scope": GrantScope(domains=frozenset())}),
        ("grant_scope_empty", {"scope": GrantScope(domains=frozenset({"moon"}))}),
        ("grant_scope_empty", {"scope": GrantScope(years=frozenset({"20244"}))}),
        ("grant_query_whole", {"allows": query_, "scope": GrantScope(years=frozenset({"2024"}))}),
        ("grant_query_whole", {"allows": query_, "scope": GrantScope(domains=frozenset({"fire_safety"}))}),
    ):
        given = {"purpose": "贷款审查"} | wish
        assert refused(lambda given=given: make(kit.context, OWNER, number_of(kit), Wish(**given))) == code  # type: ignore[misc, arg-type]


def test_a_live_code_works_once_in_one_browser(issued_kit: HouseKit) -> None:
    kit = issued_kit
    number = number_of(kit)
    shown = live.make(kit.context, OWNER, number, frozenset({"view"}))
    assert live.spent_codes(kit.context, OWNER, number) == ()
    link = f"https://dz.example/live#{shown.fragment}"
    spent = live.spend(kit.context, ANONYMOUS, link)
    assert refused(lambda: live.spend(kit.context, ANONYMOUS, link)) == "live_spent"
    [seen] = live.spent_codes(kit.context, OWNER, number)
    assert seen.word == spent.code.word == live.view(kit.context, ANONYMOUS, spent.token).code.word
    assert len(seen.word) == 4
    assert refused(lambda: live.download(kit.context, ANONYMOUS, spent.token)) == "grant_not_allowed"
    assert acts(kit) == ["view", "denied", "live_open"]
    assert live.withdraw(kit.context, OWNER, number) == 1
    assert refused(lambda: live.view(kit.context, ANONYMOUS, spent.token)) == "live_withdrawn"


def test_a_live_code_ends_by_itself(issued_kit: HouseKit) -> None:
    kit = issued_kit
    number = number_of(kit)
    late = live.make(kit.context, OWNER, number, frozenset({"view", "download"}))
    spent = live.spend(kit.context, ANONYMOUS, late.token)
    assert live.download(kit.context, ANONYMOUS, spent.token)[1].startswith(b"%PDF")
    unused = live.make(kit.context, OWNER, number, frozenset({"view"}))
    kit.now += timedelta(seconds=61)
    assert refused(lambda: live.spend(kit.context, ANONYMOUS, unused.token)) == "live_expired"
    kit.now += timedelta(minutes=15)
    assert refused(lambda: live.view(kit.context, ANONYMOUS, spent.token)) == "grant_opening_ended"
    assert refused(lambda: live.make(kit.context, OWNER, number, frozenset({"download"}))) == "live_allows"


def test_a_live_code_is_spent_once_under_many_hands(issued_kit: HouseKit) -> None:
    kit = issued_kit
    shown = live.make(kit.context, OWNER, number_of(kit), frozenset({"view"}))

    def attempt(_place: int) -> bool:
        try:
            return bool(live.spend(kit.context, ANONYMOUS, shown.token))
        except Refused:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(16))) == 1

"""Grants in a real house: counted, narrowed, proven, withdrawn, and answered in an order that tells nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from api.services.access.principal import ANONYMOUS, Principal
from api.services.access.roles import Role
from api.services.grants import live
from api.services.grants.making import LegalRequest, Made, make, make_by_law, narrow
from api.services.grants.querying import fresh_file, query
from api.services.grants.redeeming import Redeemed, redeem
from api.services.grants.showing import details, download
from api.services.grants.wishes import Wish
from api.services.grants.withdrawing import grants_for, grants_of, looks_at_own, one, uses, withdraw
from api.services.house.trust import export
from api.services.issuing.issue import Issued
from domain import disclosure
from domain.errors import CreditDocError, NotFound, Refused
from domain.grant_rights import GrantScope
from domain.report import ShownField
from domain.verdict import Status
from tests.unit.api.house_kit import FIRM, OTHER_FIRM, THIRD_FIRM, HouseKit, fine
from verifier.policies.policy import builtin

BANK, COURT = THIRD_FIRM, OTHER_FIRM
ROOT = Path(__file__).parents[3]


def somebody(role: Role, organisation: str | None, **more: object) -> Principal:
    return replace(
        Principal(
            person=uuid4(), sub=role.value, name=f"某{role.value}", role=role, organisation=organisation,
            organisation_name="某单位",
        ),
        **more,
    )  # fmt: skip


OWNER = somebody(Role.ENTERPRISE, FIRM)
AGENT = somebody(Role.AGENT, FIRM)
STRANGER = somebody(Role.ENTERPRISE, OTHER_FIRM)
CLERK = somebody(Role.RECEIVER, BANK, organisation_id=uuid4())
OTHER_CLERK = somebody(Role.RECEIVER, OTHER_FIRM, organisation_id=uuid4())
OFFICER = somebody(Role.AUTHORITY, COURT, organisation_id=uuid4())


def number_of(kit: HouseKit) -> str:
    with kit.context.store.reading() as work:
        subject = work.subjects.by_uscc(FIRM)
        assert subject is not None
        return work.reports.of_subject(subject.id)[0].number


def granted(kit: HouseKit, **more: object) -> Made:
    return make(kit.context, OWNER, number_of(kit), Wish(purpose="贷款审查", **more))  # type: ignore[arg-type]


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(CreditDocError) as error:
        act()
    return error.value.code


def acts(kit: HouseKit) -> list[str]:
    return [look.act for look in looks_at_own(kit.context, OWNER)]


def test_a_grant_opens_fields_that_belong_to_the_signed_file(issued_kit: HouseKit) -> None:
    kit = issued_kit
    made = granted(kit, allows=frozenset({"view", "download"}))
    assert made.token not in str(made.grant)
    use = redeem(kit.context, ANONYMOUS, made.token)
    shown = details(kit.context, ANONYMOUS, use.token)
    assert shown.closed == 0
    assert {"CF_WSH", "CF_SY", "CF_NR_FK"} <= set(shown.fields)
    line, pdf = download(kit.context, ANONYMOUS, use.token)
    now = kit.tick()
    verdict = kit.verifier.at(now).verify(
        pdf, line.number, policy=builtin("authenticity"), now=now, details=shown.data
    )
    assert verdict.status is Status.VALID
    assert acts(kit) == ["download", "view", "redeem"]
    seen = looks_at_own(kit.context, OWNER)[1]
    assert seen.purpose == "贷款审查"
    assert seen.fields == shown.fields


def test_the_command_shows_what_was_opened(issued_kit: HouseKit, tmp_path: Path) -> None:
    kit = issued_kit
    made = granted(
        kit, allows=frozenset({"view", "download"}), scope=GrantScope(fields=frozenset({"CF_WSH"}))
    )
    use = redeem(kit.context, ANONYMOUS, made.token)
    (tmp_path / "report.pdf").write_bytes(download(kit.context, ANONYMOUS, use.token)[1])
    data = details(kit.context, ANONYMOUS, use.token).data
    (tmp_path / "details.json").write_bytes(data)
    (tmp_path / "changed.json").write_bytes(data.replace("1号".encode(), "9号".encode()))
    (tmp_path / "trust").write_bytes(export(kit.context, kit.now).data)

    def verify(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "verifier.cli", "verify", "report.pdf", "--trust", "trust", "--policy",
             "authenticity", *words], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT), "DAIZHENG_HOME": ""},
        )  # fmt: skip

    at = "--at", kit.now.isoformat()
    told = json.loads(verify("--details", "details.json", "--json", *at).stdout)["details"]
    assert told["records"] == 1
    assert [field["id"] for field in told["items"][0]["fields"]] == ["CF_WSH"]
    assert "乌市监罚" in told["items"][0]["fields"][0]["value"]
    for lang, words in (("zh", "行政处罚决定书文号: "), ("en", "Document number: ")):
        assert words in verify("--details", "details.json", "--lang", lang, *at).stdout
    changed = verify("--details", "changed.json", *at)
    assert changed.returncode == 2
    assert "proof_rejected" in changed.stderr


@pytest.mark.parametrize(
    "scope",
    [
        GrantScope(years=frozenset({"2023"})),
        GrantScope(kinds=frozenset({"judgment"})),
        GrantScope(domains=frozenset({"fire_safety"})),
    ],
)
def test_a_scope_keeps_the_rest_closed(issued_kit: HouseKit, scope: GrantScope) -> None:
    use = redeem(issued_kit.context, ANONYMOUS, granted(issued_kit, scope=scope).token)
    shown = details(issued_kit.context, ANONYMOUS, use.token)
    assert (shown.records, shown.closed) == ((), 1)


def test_fields_outside_the_scope_are_not_in_the_bytes(issued_kit: HouseKit) -> None:
    made = granted(issued_kit, scope=GrantScope(fields=frozenset({"CF_JDRQ", "CF_CFJG"})))
    use = redeem(issued_kit.context, ANONYMOUS, made.token)
    shown = details(issued_kit.context, ANONYMOUS, use.token)
    assert "乌市监罚" not in shown.data.decode()
    assert "虚假广告" not in shown.data.decode()
    open_ = [f.id for f in disclosure.decode_details(shown.data).items[0].fields if isinstance(f, ShownField)]
    assert sorted(open_) == ["CF_CFJG", "CF_JDRQ"]


def test_a_record_sealed_since_is_closed(issued_kit: HouseKit) -> None:
    kit = issued_kit
    use = redeem(kit.context, ANONYMOUS, granted(kit).token)
    assert len(details(kit.context, ANONYMOUS, use.token).records) == 1
    kit.send(
        fine(
            "乌市监罚〔2024〕1号",
            违法行为类型="违反治安管理",
            处罚依据="《中华人民共和国治安管理处罚法》第二十六条",
        )
    )
    assert any(record.public_security for record in kit.records())
    shown = details(kit.context, ANONYMOUS, use.token)
    assert (shown.records, shown.closed) == ((), 1)


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


def test_an_agent_needs_a_grant_and_its_own_enterprise(issued_kit: HouseKit) -> None:
    kit = issued_kit
    wish = Wish(purpose="投标")
    assert refused(lambda: make(kit.context, AGENT, number_of(kit), wish)) == "grant_needed"
    foreign = replace(AGENT, organisation=OTHER_FIRM)
    made = granted(kit)
    assert refused(lambda: narrow(kit.context, foreign, made.token, wish)) == "not_found"
    assert refused(lambda: narrow(kit.context, CLERK, made.token, wish)) == "not_allowed"


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


def test_five_wrong_factors_close_the_grant_and_tell_the_subject(issued_kit: HouseKit) -> None:
    kit = issued_kit
    made = granted(kit, factor="code", factor_code="482913")
    child = narrow(kit.context, AGENT, made.token, Wish(purpose=""), factor="482913")
    assert refused(lambda: redeem(kit.context, ANONYMOUS, made.token)) == "grant_factor_needed"
    use = redeem(kit.context, ANONYMOUS, child.token, factor="48 29 13")
    left = []
    for token in (made.token, child.token, child.token, made.token):
        with pytest.raises(Refused) as error:
            redeem(kit.context, ANONYMOUS, token, factor="111222")
        left.append(error.value.fields["left"])
    assert left == [4, 3, 2, 1]
    assert refused(lambda: redeem(kit.context, ANONYMOUS, child.token, factor="000111")) == "grant_closed"
    for token in (made.token, child.token):
        assert (
            refused(lambda token=token: redeem(kit.context, ANONYMOUS, token, factor="482913"))
            == "grant_closed"
        )  # type: ignore[misc]
    assert refused(lambda: details(kit.context, ANONYMOUS, use.token)) == "grant_closed"
    assert "closed" in acts(kit)


def test_before_the_factor_nothing_is_told(issued_kit: HouseKit) -> None:
    kit = issued_kit
    made = granted(kit, factor="code", factor_code="482913")
    withdraw(kit.context, OWNER, made.grant.id)
    assert refused(lambda: redeem(kit.context, ANONYMOUS, made.token)) == "grant_factor_needed"
    assert (
        refused(lambda: redeem(kit.context, ANONYMOUS, made.token, factor="111222")) == "grant_factor_wrong"
    )
    assert refused(lambda: redeem(kit.context, ANONYMOUS, made.token, factor="482913")) == "grant_withdrawn"


@pytest.mark.parametrize("digits", ["123456", "000000", "12345", "abcdef", FIRM[2:8], ""])
def test_digits_that_everybody_knows_are_no_factor(issued_kit: HouseKit, digits: str) -> None:
    code = refused(lambda: granted(issued_kit, factor="code", factor_code=digits))
    assert code in {"grant_factor_public", "grant_factor_code"}


def test_a_named_organisation_signs_in_and_another_learns_nothing(issued_kit: HouseKit) -> None:
    kit = issued_kit
    made = granted(kit, receiver=BANK, receiver_name="某银行")
    assert made.grant.factor == "sign_in"
    assert refused(lambda: redeem(kit.context, ANONYMOUS, made.token)) == "sign_in_needed"
    unknown = disclosure_of_unknown(kit)
    with pytest.raises(NotFound) as error:
        redeem(kit.context, OTHER_CLERK, made.token)
    assert str(error.value) == unknown
    waiting = replace(CLERK, organisation_id=None)
    assert refused(lambda: redeem(kit.context, waiting, made.token)) == "organisation_not_approved"
    use = redeem(kit.context, CLERK, made.token)
    assert len(details(kit.context, CLERK, use.token).records) == 1
    colleague = replace(CLERK, person=uuid4())
    assert refused(lambda: details(kit.context, colleague, use.token)) == "grant_opening_unknown"
    assert [item.state for item in grants_for(kit.context, CLERK)] == ["live"]
    assert grants_for(kit.context, OTHER_CLERK) == ()
    looks = uses(kit.context, OWNER, made.grant.id)
    assert [look.act for look in looks] == ["view", "redeem", "denied", "denied"]
    assert looks[0].viewer == CLERK.person


def disclosure_of_unknown(kit: HouseKit) -> str:
    """The very words of the answer to a secret that nobody gave out."""
    from domain.grant_token import TokenKind, encode

    with pytest.raises(NotFound) as error:
        redeem(kit.context, OTHER_CLERK, encode(TokenKind.GRANT, os.urandom(32)))
    return str(error.value)


def test_another_tenant_gets_nothing(issued_kit: HouseKit) -> None:
    kit = issued_kit
    made, number = granted(kit), number_of(kit)
    nobody = uuid4()
    for act in (
        lambda: make(kit.context, STRANGER, number, Wish(purpose="x")),
        lambda: make(kit.context, OWNER, "15030020260615AAAAAAAA", Wish(purpose="x")),
        lambda: withdraw(kit.context, STRANGER, made.grant.id),
        lambda: withdraw(kit.context, STRANGER, nobody),
        lambda: uses(kit.context, STRANGER, made.grant.id),
        lambda: uses(kit.context, STRANGER, nobody),
        lambda: live.make(kit.context, STRANGER, number, frozenset({"view"})),
    ):
        assert refused(act) == "not_found"
    assert grants_of(kit.context, STRANGER) == ()
    assert looks_at_own(kit.context, STRANGER) == ()


def test_by_law_the_basis_is_stated_and_the_subject_told(issued_kit: HouseKit) -> None:
    kit = issued_kit
    asked = LegalRequest(about=FIRM, basis="《中华人民共和国行政处罚法》第五十四条", purpose="案件调查")
    assert refused(lambda: make_by_law(kit.context, CLERK, asked)) == "not_allowed"
    assert refused(lambda: make_by_law(kit.context, OFFICER, replace(asked, basis=" "))) == "grant_basis"
    made = make_by_law(kit.context, OFFICER, asked)
    assert made.grant.expires_at - made.grant.made_at == timedelta(days=15)
    assert acts(kit) == ["legal_request"]
    assert "第五十四条" in looks_at_own(kit.context, OWNER)[0].purpose
    assert refused(lambda: redeem(kit.context, CLERK, made.token)) == "grant_unknown"
    use = redeem(kit.context, OFFICER, made.token)
    assert len(details(kit.context, OFFICER, use.token).records) == 1
    assert refused(lambda: withdraw(kit.context, OWNER, made.grant.id)) == "grant_by_law"
    with kit.context.store.reading() as work:
        assert "grant_by_law" in [event.act for event in work.house.events()]


def test_a_query_gives_one_fresh_report_a_use(issued_kit: HouseKit) -> None:
    kit = issued_kit
    made = granted(kit, allows=frozenset({"query"}), uses=2)
    for _ in range(2):
        use = redeem(kit.context, ANONYMOUS, made.token)
        assert refused(lambda use=use: details(kit.context, ANONYMOUS, use.token)) == "grant_not_allowed"  # type: ignore[misc]
        assert (
            refused(lambda use=use: fresh_file(kit.context, ANONYMOUS, use.token)) == "grant_no_fresh_report"
        )  # type: ignore[misc]
        issued = query(kit.context, kit.desk.issue, ANONYMOUS, use.token)
        assert isinstance(issued, Issued)
        assert fresh_file(kit.context, ANONYMOUS, use.token) == (issued.number, issued.pdf)
        again = lambda use=use: query(kit.context, kit.desk.issue, ANONYMOUS, use.token)  # type: ignore[misc]  # noqa: E731
        assert refused(again) == "grant_query_done"
    assert refused(lambda: redeem(kit.context, ANONYMOUS, made.token)) == "grant_used_up"
    with kit.context.store.reading() as work:
        line = work.reports.get(issued.number)
    assert line is not None
    assert (line.purpose, line.channel) == ("贷款审查", "grant")


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


def test_only_a_keyed_hash_is_kept(issued_kit: HouseKit) -> None:
    kit = issued_kit
    made = granted(kit, factor="code", factor_code="482913")
    shown = live.make(kit.context, OWNER, number_of(kit), frozenset({"view"}))
    kit.context.store.close()
    for path in kit.context.home.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert made.token.removeprefix("dzg_").encode() not in data
            assert shown.token.removeprefix("dzl_").encode() not in data


def test_after_the_key_was_renewed_old_grants_still_open(issued_kit: HouseKit) -> None:
    kit = issued_kit
    made = granted(kit, factor="code", factor_code="482913")
    kit.context.keys.secrets = kit.context.keys.secrets.rotated("keyed_hash")
    assert redeem(kit.context, ANONYMOUS, made.token, factor="482913")
    assert granted(kit).grant.hash_version == made.grant.hash_version + 1


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

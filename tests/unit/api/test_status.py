"""Status of documents: facts kept apart, two people for many, every act a leaf, lists that follow at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from api.services.access.staff import Admission, admit
from api.services.auditing.desk import overview
from api.services.house.trust import export
from api.services.issuing.issue import Issued
from api.services.issuing.orders import Order
from api.services.status import affected, late, proposing, publishing
from api.services.status.changing import set_status, story
from api.services.verifying import HouseMemory, HouseRegister
from api.store.engine import for_writing
from domain.errors import Conflict, CreditDocError, MalformedInput, NotFound, Refused
from domain.leaf import LeafType, decode, status_change_digest
from domain.status_list import Value, value_at
from keys.roles import Role
from keys.trust.status_token import open_status_token
from tests.unit.api.house_kit import FIRM, OTHER_FIRM, HouseKit, fine

BY, SECOND = "王操作", "乌操作"
MARKET = "market_regulation"


def number_of(kit: HouseKit) -> str:
    with kit.context.store.reading() as work:
        subject = work.subjects.by_uscc(FIRM)
        assert subject is not None
        return work.reports.of_subject(subject.id)[0].number


def put(kit: HouseKit, word: str, reason: str = "数据有误") -> str:
    return set_status(kit.context, number_of(kit), word, reason, by=BY).word


def listed(kit: HouseKit, number: str) -> int:
    """The value that stands for ``number`` in the list as a reader fetches it."""
    kit.now += publishing.GAP
    with kit.context.store.reading() as work:
        place = work.status.place_of(number)
    assert place is not None
    bundle = export(kit.context, kit.tick()).opened.bundle
    opened = open_status_token(publishing.current_token(kit.context, place[0]), bundle, kit.tick())
    return value_at(opened.listed, place[1])


@pytest.mark.parametrize(
    ("words", "stands"),
    [
        (("suspended",), "suspended"),
        (("suspended", "valid"), "valid"),
        (("suspended", "valid", "suspended"), "suspended"),
        (("suspended", "revoked"), "revoked"),
        (("suspended", "superseded"), "superseded"),
        (("superseded", "revoked"), "revoked"),
    ],
)
def test_what_may_follow_what(issued_kit: HouseKit, words: tuple[str, ...], stands: str) -> None:
    assert [put(issued_kit, word) for word in words][-1] == stands
    assert listed(issued_kit, number_of(issued_kit)) == Value[stands.upper()]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("valid",), "status_not_suspended"),
        (("revoked", "valid"), "status_final"),
        (("revoked", "suspended"), "status_final"),
        (("revoked", "superseded"), "status_final"),
        (("superseded", "valid"), "status_final"),
        (("superseded", "suspended"), "status_final"),
        (("suspended", "suspended"), "status_same"),
        (("data_changed",), "status_word_unknown"),
    ],
)
def test_what_is_refused(issued_kit: HouseKit, words: tuple[str, ...], code: str) -> None:
    for word in words[:-1]:
        put(issued_kit, word)
    with pytest.raises(CreditDocError, match=code):
        put(issued_kit, words[-1])


@pytest.mark.parametrize(
    ("reason", "by", "error"),
    [(" ", BY, Refused), ("长" * 201, BY, MalformedInput), ("有误", "路人", Refused)],
)
def test_reason_and_operator_are_needed(
    issued_kit: HouseKit, reason: str, by: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        set_status(issued_kit.context, number_of(issued_kit), "revoked", reason, by=by)


def test_each_act_is_a_leaf_that_its_salt_opens(issued_kit: HouseKit) -> None:
    put(issued_kit, "suspended")
    put(issued_kit, "valid")
    changes = story(issued_kit.context, number_of(issued_kit)).changes
    with issued_kit.context.store.reading() as work:
        for change, value in zip(changes, (Value.SUSPENDED, Value.VALID), strict=True):
            stored = work.log.leaf(change.leaf_index)
            assert stored is not None
            leaf = decode(stored.leaf)
            assert leaf.type is LeafType.STATUS_CHANGE
            assert leaf.digest == status_change_digest(
                change.number, value, change.status_list, change.status_idx, change.salt
            )
            assert leaf.key_id == issued_kit.context.keys.private(Role.STATUS).key_id


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE status_changes SET word = 'valid'",
        "DELETE FROM status_changes",
        "UPDATE status_publications SET version = 9",
        "DELETE FROM status_publications",
        "DELETE FROM status_values",
    ],
)
def test_the_database_keeps_what_was_said(issued_kit: HouseKit, statement: str) -> None:
    put(issued_kit, "revoked")
    publishing.publish_due(issued_kit.context, issued_kit.tick())
    with (
        pytest.raises(DatabaseError, match="append_only"),
        for_writing(issued_kit.context.store.engine).begin() as work,
    ):
        work.execute(text(statement))


def test_a_key_needs_two_people(issued_kit: HouseKit) -> None:
    with issued_kit.context.store.writing() as work:
        work.house.add_operator(date_uuid(issued_kit), SECOND, "operator", issued_kit.tick())
        work.commit()
    number = number_of(issued_kit)
    key = issued_kit.context.keys.private(Role.REPORT).key_id.hex()
    made = proposing.propose(issued_kit.context, "key", key, "revoked", "密钥泄露", by=BY)
    assert story(issued_kit.context, number).line.status == "valid"
    with pytest.raises(Refused, match="second_person_needed"):
        proposing.confirm(issued_kit.context, str(made.id), by=BY)
    with issued_kit.context.store.writing() as work:
        # As an older version of the program would have let in; `staff add` refuses the second spelling.
        work.house.add_operator(
            date_uuid(issued_kit), f" {BY[0]}\u3000{BY[1:]}", "operator", issued_kit.tick()
        )
        work.commit()
    with pytest.raises(Refused, match="second_person_needed"):
        proposing.confirm(issued_kit.context, str(made.id), by=f" {BY[0]}\u3000{BY[1:]}")
    with pytest.raises(Conflict, match="staff_known"):
        admit(issued_kit.context, Admission(name=f"{SECOND[0]} {SECOND[1:]}", role="operator"), by=BY)
    assert proposing.confirm(issued_kit.context, str(made.id), by=SECOND).reports == 1
    change = story(issued_kit.context, number).changes[-1]
    assert (change.word, change.by, change.second) == ("revoked", BY, SECOND)
    with pytest.raises(Conflict, match="proposal_decided"):
        proposing.confirm(issued_kit.context, str(made.id), by=SECOND)


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (None, None, []),
        ("deploy (1000)", "deploy (1000)", [True]),
        ("wang (1001)", "li (1002)", [False]),
        (None, "li (1002)", [False]),
        ("wang (1001)", None, []),
    ],
    ids=["both signed in", "one account", "two accounts", "the first signed in", "the second signed in"],
)
def test_a_second_person_who_did_not_sign_in_is_told_to_the_auditor(
    issued_kit: HouseKit, first: str | None, second: str | None, told: list[bool]
) -> None:
    with issued_kit.context.store.writing() as work:
        work.house.add_operator(date_uuid(issued_kit), SECOND, "operator", issued_kit.tick())
        work.commit()
    key = issued_kit.context.keys.private(Role.REPORT).key_id.hex()
    made = proposing.propose(issued_kit.context, "key", key, "revoked", "密钥泄露", by=BY, account=first)
    proposing.confirm(issued_kit.context, str(made.id), by=SECOND, account=second)
    shown = overview(issued_kit.context, issued_kit.tick())
    assert [each.fields["one_account"] for each in shown.unproven] == told
    assert {(each.actor, each.fields["first"]) for each in shown.unproven} <= {(SECOND, BY)}
    assert shown.quiet == (not told)
    with issued_kit.context.store.reading() as work:
        assert work.house.events_of("status_proposed")[0].fields["account"] == first


def date_uuid(kit: HouseKit) -> object:
    from domain.identifiers import uuid7

    return uuid7(kit.tick(), kit.context.entropy)


def test_a_list_is_built_when_something_changed_or_ten_minutes_passed(issued_kit: HouseKit) -> None:
    context = issued_kit.context
    assert publishing.publish_due(context, issued_kit.tick()) == 1, "the report's own list is out before it"
    assert publishing.publish_due(context, issued_kit.tick()) == 0
    put(issued_kit, "suspended")
    assert publishing.publish_due(context, issued_kit.tick()) == 0, "not sooner than the gap"
    issued_kit.now += publishing.GAP
    assert publishing.publish_due(context, issued_kit.tick()) == 1
    issued_kit.now += publishing.REBUILD
    assert publishing.publish_due(context, issued_kit.tick()) == 2
    with context.store.reading() as work:
        kept = work.status.published(1)
    assert kept is not None
    assert kept.version == 3


def test_a_list_is_in_force_whenever_a_report_was_issued(issued_kit: HouseKit) -> None:
    context = issued_kit.context

    def version(moment: datetime) -> int:
        with context.store.reading() as work:
            kept = work.status.published(1, moment)
        assert kept is not None
        assert moment < kept.expires_at
        return kept.version

    assert version(issued_kit.tick()) == 1
    for pause, wanted in ((timedelta(hours=1), 1), (timedelta(days=40), 2), (timedelta(hours=23), 2)):
        issued_kit.now += pause
        assert isinstance(issued_kit.desk.issue(Order(subject=FIRM)), Issued)
        assert version(issued_kit.tick()) == wanted


def test_history_answers_what_was_out_then(issued_kit: HouseKit) -> None:
    context, before = issued_kit.context, issued_kit.tick()
    publishing.publish_due(context, before)
    issued_kit.now += timedelta(hours=1)
    put(issued_kit, "revoked")
    assert listed(issued_kit, number_of(issued_kit)) == Value.REVOKED
    then = publishing.at(context, 1, before + timedelta(minutes=1))
    assert (then.publication.version, then.newest) == (1, False)
    for wrong in (before - timedelta(days=1), issued_kit.now + timedelta(hours=1)):
        with pytest.raises(NotFound, match="status_time_unknown"):
            publishing.at(context, 1, wrong)
    with pytest.raises(NotFound, match="status_list_unknown"):
        publishing.current(context, 3)


@pytest.fixture
def attested(open_kit: Callable[..., HouseKit]) -> HouseKit:
    """A house whose unit attested its penalties up to 1 June, and a report made after that."""
    kit = open_kit("attested")
    kit.send(fine("乌市监罚〔2024〕1号"), complete_to=date(2026, 6, 1))
    assert isinstance(kit.desk.issue(Order(subject=FIRM)), Issued)
    return kit


def ledger(kit: HouseKit) -> list[tuple[str, int, str, int]]:
    with kit.context.store.reading() as work:
        return [(row.sort, row.days_late, row.confirmed_by, reports) for row, reports in work.late.ledger()]


def test_a_row_that_was_left_out_changes_the_report_and_stands_in_the_ledger(attested: HouseKit) -> None:
    sent = attested.send(fine("乌市监罚〔2026〕7号", 处罚决定日期="2026/05/20"))
    found = story(attested.context, number_of(attested))
    assert (found.line.status, found.standing.facts) == ("data_changed", {"data_changed"})
    assert [(row[0], row[2], row[3]) for row in ledger(attested)] == [("omitted", "张三", 1)]
    with attested.context.store.reading() as work:
        assert affected.by_batch(attested.context, work, str(sent.batch)) == (found.line.number,)
    assert listed(attested, found.line.number) == Value.DATA_CHANGED


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (fine("乌市监罚〔2026〕8号", 处罚决定日期="2026/06/10"), "after the watermark"),
        (fine("乌市监罚〔2026〕8号", 处罚决定日期="2026/05/20", 处罚程序="简易程序"), "never counted here"),
        (
            fine("乌市监罚〔2026〕8号", OTHER_FIRM, "乌海市乙建材有限公司", 处罚决定日期="2026/05/20"),
            "somebody else",
        ),
        (fine("乌市监罚〔2024〕1号"), "known already"),
    ],
)
def test_a_row_that_changes_nothing_in_it_leaves_a_report_alone(
    attested: HouseKit, row: dict[str, str], why: str
) -> None:
    attested.send(row)
    assert story(attested.context, number_of(attested)).line.status == "valid", why


def test_a_late_row_withdrawn_gives_the_report_back(attested: HouseKit) -> None:
    for serial in (7, 8):
        attested.send(fine(f"乌市监罚〔2026〕{serial}号", 处罚决定日期="2026/05/20"))
    number = number_of(attested)
    with attested.context.store.reading() as work:
        ids = [str(row.id) for row, _ in work.late.ledger()]
    assert late.withdraw(attested.context, ids[0], "报送错误", by=BY) == ()
    assert story(attested.context, number).line.status == "data_changed"
    assert late.withdraw(attested.context, ids[1], "报送错误", by=BY) == (number,)
    assert story(attested.context, number).line.status == "valid"
    assert len(attested.records()) == 1
    with pytest.raises(Conflict, match="late_withdrawn"):
        late.withdraw(attested.context, ids[1], "报送错误", by=BY)


def test_lifting_a_suspension_does_not_lift_a_change_of_data(attested: HouseKit) -> None:
    put(attested, "suspended")
    attested.send(fine("乌市监罚〔2026〕7号", 处罚决定日期="2026/05/20"))
    number = number_of(attested)
    assert story(attested.context, number).line.status == "suspended"
    assert put(attested, "valid") == "data_changed"
    found = story(attested.context, number)
    assert found.line.status_reason == "签发后收到了属于统计期间的数据，请刷新后再用"
    assert listed(attested, number) == Value.DATA_CHANGED


def test_a_final_report_is_not_touched(attested: HouseKit) -> None:
    put(attested, "revoked")
    attested.send(fine("乌市监罚〔2026〕7号", 处罚决定日期="2026/05/20"))
    assert story(attested.context, number_of(attested)).standing.facts == {"revoked"}
    assert [row[3] for row in ledger(attested)] == [0]


def test_dates_are_those_of_the_clock(issued_kit: HouseKit) -> None:
    put(issued_kit, "revoked")
    assert story(issued_kit.context, number_of(issued_kit)).line.status_at > datetime(2026, 6, 15, tzinfo=UTC)


def test_the_register_says_what_stood_then(issued_kit: HouseKit) -> None:
    """``--at`` answers from the history, not from the last word."""
    number, moments = number_of(issued_kit), [issued_kit.tick()]
    for word in ("suspended", "valid", "revoked"):
        issued_kit.now += timedelta(hours=1)
        put(issued_kit, word)
        moments.append(issued_kit.tick())
    register = HouseRegister(issued_kit.context.store, issued_kit.context)
    entries = [register.status_of(number, moment) for moment in moments]
    assert [entry and entry.status for entry in entries] == ["valid", "suspended", "valid", "revoked"]
    now = register.status_of(number)
    assert now is not None
    assert (now.status, now.reason) == ("revoked", "数据有误")


def test_a_house_remembers_the_lists_of_others(issued_kit: HouseKit) -> None:
    memory = HouseMemory(issued_kit.context.store)
    assert memory.seen("a https://x.example/status/1") is None
    for version in (3, 5, 4):
        memory.remember("a https://x.example/status/1", version, f"{version:064x}", issued_kit.tick())
    assert memory.seen("a https://x.example/status/1") == (5, f"{5:064x}")

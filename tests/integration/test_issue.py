"""A report's way through the house, and every way it can be cut short."""

from __future__ import annotations

import hashlib
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from api.services.house.trust import export
from api.services.issuing.in_progress import working_on
from api.services.issuing.issue import STEPS, Issued, IssuingDesk
from api.services.issuing.orders import Order
from api.services.issuing.recovery import recover
from api.services.issuing.releasing import FILE_PURPOSE
from api.services.issuing.showing import file_of, show
from api.services.verifying import HouseRegister
from api.store.engine import for_writing
from domain import leaf as leaves
from domain.errors import DependencyUnavailable, InvariantBroken, NotFound, Refused
from domain.leaf import LeafType
from domain.report import Variant
from domain.verdict import Authenticity, Code, Status
from tests.unit.api.house_kit import FIRM, HouseKit, fine, firm, uscc
from verifier.policies.policy import builtin
from verifier.service import Verifier

DEADLY = [step for step in STEPS if step != "written"]


class Killed(BaseException):
    """Stands for the end of the process: nothing of ours may catch it."""


def _issued(kit: HouseKit, **more: object) -> Issued:
    done = kit.desk.issue(Order(subject=FIRM, purpose="银行贷款", **more))  # type: ignore[arg-type]
    assert isinstance(done, Issued)
    return done


def _killed_at(kit: HouseKit, wanted: str) -> IssuingDesk:
    def step(name: str) -> None:
        if name == wanted:
            raise Killed(name)

    return IssuingDesk(replace(kit.context, step=step), kit.verifier)


def _audit(kit: HouseKit) -> Counter[LeafType]:
    """The rule of design: each intent and each commitment has exactly one answer."""
    with kit.context.store.reading() as work:
        found = [(leaves.decode(item.leaf).type, item) for item in work.log.leaves()]
        intents = work.drafts.intents()
        uses = work.drafts.key_uses()
        assert work.drafts.unanswered() == ()
    by_type = Counter(kind for kind, _ in found)
    assert [intent for intent in intents if intent.outcome == "open"] == []
    answers = Counter(item.intent for kind, item in found if item.intent is not None)
    assert answers == Counter(str(intent.id) for intent in intents)
    assert uses == by_type[LeafType.SIGNED_FILE] + by_type[LeafType.VOID_INTENT]
    assert by_type[LeafType.COMMITMENT] == by_type[LeafType.SIGNED_FILE] + by_type[LeafType.VOID_COMMITMENT]
    numbers = Counter(item.number for kind, item in found if kind is LeafType.COMMITMENT)
    assert set(numbers.values()) <= {1}
    return by_type


def test_a_report_is_registered_logged_and_judged_valid_in_the_house(kit: HouseKit) -> None:
    kit.send(fine("乌市监罚〔2024〕1号"))
    done = _issued(kit)
    assert hashlib.sha256(done.pdf).hexdigest() == done.sha256
    assert done.level == "B-LT"
    assert file_of(kit.context, done.number) == done.pdf
    now = kit.tick()
    trust = export(kit.context, now).opened
    verifier = Verifier(trust, HouseRegister(kit.context.store, kit.context))
    try:
        verdict = verifier.verify(done.pdf, "a.pdf", policy=builtin(), now=now)
        stranger = Verifier(trust, None)
        outside = stranger.verify(done.pdf, "a.pdf", policy=builtin(), now=now)
        stranger.close()
    finally:
        verifier.close()
    assert (verdict.status, verdict.code) == (Status.VALID, Code.OK)
    assert verdict.content is not None
    assert (verdict.content.state, verdict.content.records) == ("records", 1)
    assert (outside.status, outside.code) == (Status.INDETERMINATE, Code.STATUS_UNAVAILABLE)
    assert outside.authenticity is Authenticity.GENUINE
    story = show(kit.context.store, done.number)
    assert [item.type for item in story.leaves] == [LeafType.COMMITMENT, LeafType.SIGNED_FILE]
    assert story.state == "valid"
    assert _audit(kit)[LeafType.SIGNED_FILE] == 1


def test_the_released_bytes_do_not_lie_open_in_the_database(kit: HouseKit) -> None:
    done = _issued(kit)
    with kit.context.store.reading() as work:
        sealed = work.reports.file(done.number)
        draft = work.drafts.get(done.number)
    assert sealed is not None
    assert b"%PDF" not in sealed
    assert kit.context.vault.unseal(sealed, f"{FILE_PURPOSE}:{done.number}") == done.pdf
    assert draft is not None
    assert draft.b0_sealed is None, "what is released is kept once"


def test_both_variants_state_the_same_facts(kit: HouseKit) -> None:
    kit.send(fine("乌市监罚〔2024〕1号"))
    summary, full = _issued(kit), _issued(kit, variant=Variant.FULL)
    assert summary.number != full.number
    with kit.context.store.reading() as work:
        lines = [work.reports.get(item.number) for item in (summary, full)]
    assert [line.records for line in lines if line] == [1, 1]
    assert [line.variant for line in lines if line] == ["summary", "full"]


def test_a_time_stamp_outage_stops_no_report(kit: HouseKit) -> None:
    class Down:
        def stamp(self, message_imprint: bytes, nonce: int | None, now: object) -> bytes:
            raise DependencyUnavailable("tsa_unavailable", source="x", cause="refused")

    desk = IssuingDesk(replace(kit.context, stamper=Down()), kit.verifier)
    done = desk.issue(Order(subject=FIRM))
    assert isinstance(done, Issued)
    assert done.level == "B-B"
    assert show(kit.context.store, done.number).state == "valid"
    with kit.context.store.reading() as work:
        # The key was used twice: once for nothing, which the log says.
        assert sorted(intent.outcome for intent in work.drafts.intents(done.number)) == ["file", "void"]


@pytest.mark.parametrize("step", DEADLY)
def test_what_a_death_leaves_is_finished_or_answered(kit: HouseKit, step: str) -> None:
    with pytest.raises(Killed):
        _killed_at(kit, step).issue(Order(subject=FIRM))
    done = recover(kit.desk)
    before_a = step in ("reserved", "composed", "laid_out")
    assert [item.outcome for item in done] == ([] if before_a or step == "registered" else ["released"])
    by_type = _audit(kit)
    assert by_type[LeafType.SIGNED_FILE] == (0 if before_a else 1)
    # The intent of a signature that never came to be registered is void.
    assert by_type[LeafType.VOID_INTENT] == int(step in ("intent_stored", "signed", "verified"))
    assert recover(kit.desk) == ()


@pytest.mark.parametrize("step", ["committed", "signed"])
def test_an_old_commitment_is_void_and_the_order_takes_a_new_number(kit: HouseKit, step: str) -> None:
    with pytest.raises(Killed):
        _killed_at(kit, step).issue(Order(subject=FIRM))
    kit.now += timedelta(minutes=9)
    (item,) = recover(kit.desk)
    assert item.outcome == "reissued"
    assert item.new_number not in (None, item.number)
    assert show(kit.context.store, item.number).state == "void"
    assert _audit(kit)[LeafType.VOID_COMMITMENT] == 1
    with pytest.raises(NotFound):
        file_of(kit.context, item.number)


def test_a_living_process_is_left_alone(kit: HouseKit) -> None:
    with pytest.raises(Killed):
        _killed_at(kit, "committed").issue(Order(subject=FIRM))
    with kit.context.store.reading() as work:
        ((number, _),) = work.drafts.unanswered()
    with working_on(kit.context, number) as ours:
        assert ours
        assert [item.outcome for item in recover(kit.desk)] == ["busy"]
    assert [item.outcome for item in recover(kit.desk)] == ["released"]
    _audit(kit)


def test_a_file_that_our_own_verifier_rejects_is_never_released(kit: HouseKit) -> None:
    class Strict:
        def at(self, now: object) -> object:
            raise InvariantBroken("self_verification_failed", number="x", found="altered", check="shape")

    desk = IssuingDesk(kit.context, Strict())  # type: ignore[arg-type]
    with pytest.raises(InvariantBroken):
        desk.issue(Order(subject=FIRM))
    by_type = _audit(kit)
    assert by_type[LeafType.SIGNED_FILE] == 0
    assert by_type[LeafType.VOID_INTENT] == by_type[LeafType.VOID_COMMITMENT] == 1


def test_a_past_instant_needs_operator_and_reason_and_tells_what_was_known_then(kit: HouseKit) -> None:
    then = kit.tick()
    kit.send(fine("乌市监罚〔2024〕1号"))
    with pytest.raises(Refused, match="as_of_needs_reason"):
        kit.desk.issue(Order(subject=FIRM, as_of=then))
    with pytest.raises(Refused, match="not_an_operator"):
        kit.desk.issue(Order(subject=FIRM, as_of=then, by="路人", reason="诉讼"))
    with pytest.raises(Refused, match="as_of_in_future"):
        kit.desk.issue(Order(subject=FIRM, as_of=kit.now + timedelta(days=1), by="王操作", reason="x"))
    done = _issued(kit, as_of=then, by="王操作", reason="诉讼举证")
    story = show(kit.context.store, done.number)
    assert story.line is not None
    assert (story.line.records, story.line.as_of) == (0, then)
    assert [(event.act, event.reason) for event in story.events] == [("historical_report", "诉讼举证")]


def test_who_may_not_have_a_report_gets_no_number(kit: HouseKit) -> None:
    kit.register(
        firm("乌海市某事业单位", uscc("12150300MB0N0A09"), 主体类型="事业单位"),
        firm("乌海市丁注销公司", uscc("91150302MA0N0A08"), 登记状态="注销"),
    )
    for code, expected in (
        (uscc("12150300MB0N0A09"), "not_eligible"),
        (uscc("91150302MA0N0A08"), "subject_deregistered"),
    ):
        with pytest.raises(Refused, match=expected):
            kit.desk.issue(Order(subject=code))
    with pytest.raises(NotFound, match="subject_unknown"):
        kit.desk.issue(Order(subject=uscc("91150302MA0N0A07")))
    with kit.context.store.reading() as work:
        assert not [leaf for leaf in work.log.leaves() if leaf.number]


def test_a_subject_id_names_the_subject_as_well(kit: HouseKit) -> None:
    with kit.context.store.reading() as work:
        subject = work.subjects.by_uscc(FIRM)
    assert subject is not None
    done = kit.desk.issue(Order(subject=str(subject.id)))
    assert isinstance(done, Issued)


def test_the_signed_list_is_never_older_than_an_hour(kit: HouseKit) -> None:
    _issued(kit)
    kit.now += timedelta(days=3)
    done = _issued(kit)
    assert done.level == "B-LT"


def test_the_number_is_taken_once_whatever_chance_says(kit: HouseKit) -> None:
    draws: list[int] = []

    def unlucky(count: int) -> bytes:
        # Numbers and places in the status list are drawn four bytes at a time: the first eight are all zero.
        if count == 4:
            draws.append(count)
        return bytes(count) if count == 4 and len(draws) <= 8 else kit.context.entropy(count)

    desk = IssuingDesk(replace(kit.context, entropy=unlucky), kit.verifier)
    first, second = desk.issue(Order(subject=FIRM)), desk.issue(Order(subject=FIRM))
    assert isinstance(first, Issued)
    assert isinstance(second, Issued)
    assert first.number.endswith("00000000")
    assert second.number != first.number
    assert len(draws) > 8


@pytest.mark.parametrize("column", ["b0_sealed", "content_sealed"])
def test_what_cannot_be_read_again_is_void_in_the_log_too(kit: HouseKit, column: str) -> None:
    with pytest.raises(Killed):
        _killed_at(kit, "committed").issue(Order(subject=FIRM))
    with kit.context.store.engine.begin() as connection:
        connection.execute(text(f"UPDATE drafts SET {column} = :bytes"), {"bytes": b"\0"})
    assert [item.outcome for item in recover(kit.desk)] == ["void"]
    assert _audit(kit)[LeafType.VOID_COMMITMENT] == 1
    assert recover(kit.desk) == ()


def test_a_death_between_void_and_new_number_loses_no_order(kit: HouseKit) -> None:
    with pytest.raises(Killed):
        _killed_at(kit, "committed").issue(Order(subject=FIRM))
    kit.now += timedelta(minutes=9)
    with pytest.raises(Killed):
        recover(_killed_at(kit, "reserved"))
    assert recover(kit.desk, reissue=False) == ()
    (item,) = recover(kit.desk)
    assert item.outcome == "reissued"
    assert recover(kit.desk) == ()
    by_type = _audit(kit)
    assert by_type[LeafType.SIGNED_FILE] == by_type[LeafType.VOID_COMMITMENT] == 1


def test_a_death_after_the_new_commitment_issues_it_once(kit: HouseKit) -> None:
    with pytest.raises(Killed):
        _killed_at(kit, "committed").issue(Order(subject=FIRM))
    kit.now += timedelta(minutes=9)
    with pytest.raises(Killed):
        recover(_killed_at(kit, "committed"))
    assert [item.outcome for item in recover(kit.desk)] == ["released"]
    assert recover(kit.desk) == ()
    assert _audit(kit)[LeafType.SIGNED_FILE] == 1


def test_what_is_owed_and_no_longer_allowed_is_settled(kit: HouseKit) -> None:
    with pytest.raises(Killed):
        _killed_at(kit, "committed").issue(Order(subject=FIRM))
    kit.register(firm("乌海市甲商贸有限公司", FIRM, 登记状态="注销"))
    kit.now += timedelta(minutes=9)
    assert [item.outcome for item in recover(kit.desk)] == ["void"]
    assert recover(kit.desk) == ()
    assert _audit(kit)[LeafType.VOID_COMMITMENT] == 1


def _left_open(kit: HouseKit, count: int) -> list[str]:
    """The numbers of ``count`` reports whose processes died right after transaction A."""
    numbers: list[str] = []
    with ExitStack() as living:
        for _ in range(count):
            with pytest.raises(Killed):
                _killed_at(kit, "committed").issue(Order(subject=FIRM))
            with kit.context.store.reading() as work:
                (number,) = {number for number, _ in work.drafts.unanswered()} - set(numbers)
            # Held, as by a process that still lives, so that the next one does not answer it.
            living.enter_context(working_on(kit.context, number))
            numbers.append(number)
    return numbers


def test_the_next_report_answers_what_deaths_left(kit: HouseKit) -> None:
    left = _left_open(kit, 2)
    assert _issued(kit).number not in left
    assert [show(kit.context.store, number).state for number in left] == ["valid", "valid"]
    assert _audit(kit)[LeafType.SIGNED_FILE] == 3


def test_one_broken_draft_stops_neither_the_others_nor_the_new_report(kit: HouseKit) -> None:
    broken, sound = _left_open(kit, 2)
    kit.now += timedelta(minutes=9)
    with kit.context.store.engine.begin() as connection:
        connection.execute(text("UPDATE drafts SET leaf_index = 9999 WHERE number = :it"), {"it": broken})
    _issued(kit)
    assert show(kit.context.store, sound).state == "void"
    story = show(kit.context.store, broken)
    assert story.state == "open"
    assert [(event.act, event.fields) for event in story.events] == [
        ("recovery_failed", {"cause": "leaf_missing"})
    ]
    assert [item.outcome for item in recover(kit.desk)] == ["failed"]


def _reserved(kit: HouseKit) -> int:
    with kit.context.store.engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM reservations")).scalar_one())


def test_a_house_that_may_not_sign_spends_no_number(kit: HouseKit) -> None:
    kit.now += timedelta(days=370)
    with pytest.raises(Refused, match="key_use_ended"):
        kit.desk.issue(Order(subject=FIRM))
    assert _reserved(kit) == 0


def test_a_list_out_of_its_time_is_told_before_a_number_is_spent(kit: HouseKit) -> None:
    # The issuing CA's list is made for the present instant; a clock that went back finds it too young.
    _issued(kit)
    kit.now -= timedelta(days=30)
    with pytest.raises(Refused, match="log_time_ahead"):
        kit.desk.issue(Order(subject=FIRM))
    assert _reserved(kit) == 1
    with for_writing(kit.context.store.engine).begin() as work:
        work.execute(text("UPDATE log_state SET last_time_ms = 0"))  # as if the log had not been written to
    with pytest.raises(Refused, match="signer_"):
        kit.desk.issue(Order(subject=FIRM))
    assert _reserved(kit) == 1

"""The window's and the feedback's services: sealed, bounded, written down for the subject (R27, R34)."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from api.services.access.looks import looks_of
from api.services.desk import feedback, window
from domain.errors import Conflict, MalformedInput, NotFound, Refused
from tests.unit.api.desk_kit import firm, staff
from tests.unit.api.house_kit import FIRM, HouseKit

SCAN = b"%PDF-1.7\n" + b"x" * 2000
ZHAO = window.Applicant(
    name="赵一", paper="resident_id", number="150302198001010012", authority="legal_representative"
)


@pytest.mark.parametrize("asked", [FIRM, FIRM.lower(), "乌海市甲商贸有限公司", " 乌海市甲商贸有限公司 "])
def test_the_window_finds_by_code_or_whole_name_with_a_reason(kit: HouseKit, asked: str) -> None:
    assert [one.uscc for one in window.find(kit.context, staff(), asked, "窗口申请")] == [FIRM]
    with kit.context.store.reading() as work:
        looks = looks_of(work, firm(kit).id)
    assert [(look.act, look.purpose, look.viewer_role) for look in looks] == [
        ("search", "窗口申请", "window")
    ]


def test_part_of_a_name_finds_nobody_and_no_reason_nothing(kit: HouseKit) -> None:
    assert window.find(kit.context, staff(), "甲商贸", "窗口申请") == ()
    with pytest.raises(Refused, match="reason_needed"):
        window.find(kit.context, staff(), FIRM, "  ")
    assert window.find(kit.context, staff(territory="包头市"), FIRM, "窗口申请") == ()


def test_an_applicant_is_sealed_and_shown_masked(kit: HouseKit) -> None:
    visit = window.take_down(kit.context, staff(), firm(kit), ZHAO, SCAN, "窗口申请")
    kept = window.visit_of(kit.context, visit, staff().person)
    shown = window.applicant_of(kit.context, kept)
    assert (shown.name, shown.number, shown.authority) == (
        "赵一",
        "150*************12",
        "legal_representative",
    )
    with kit.context.store.engine.connect() as connection:
        (row,) = connection.execute(text("SELECT * FROM visits")).mappings()
    for column, value in row.items():
        if isinstance(value, bytes):
            assert b"150302198001010012" not in value, column
            assert "赵一".encode() not in value
            assert b"%PDF" not in value
    with kit.context.store.reading() as work:
        sealed = work.desk.scan_of(visit)
    assert sealed is not None
    assert kit.context.vault.unseal(sealed, f"window-scan:{visit}") == SCAN


def test_another_clerks_visit_is_not_found(kit: HouseKit) -> None:
    visit = window.take_down(kit.context, staff(), firm(kit), ZHAO, None, "窗口申请")
    for person in (UUID(int=10), None):
        with pytest.raises(NotFound, match="not_found"):
            window.visit_of(kit.context, visit, person)


def test_an_agent_needs_papers_and_the_form_its_fields(kit: HouseKit) -> None:
    from dataclasses import replace

    with pytest.raises(Refused, match="scan_needed"):
        window.take_down(kit.context, staff(), firm(kit), replace(ZHAO, authority="agent"), None, "窗口申请")
    for wrong in (replace(ZHAO, name=" "), replace(ZHAO, number=""), replace(ZHAO, authority="king")):
        with pytest.raises(MalformedInput, match="window_applicant"):
            window.take_down(kit.context, staff(), firm(kit), wrong, SCAN, "窗口申请")
    with kit.context.store.reading() as work:
        assert looks_of(work, firm(kit).id) == ()


@given(st.binary(max_size=64))
def test_any_bytes_are_a_known_scan_or_malformed(data: bytes) -> None:
    try:
        assert window.kind_of_scan(data) in ("pdf", "jpeg", "png")
    except MalformedInput as error:
        assert error.code == "window_scan"


def test_a_scan_over_the_limit_is_refused() -> None:
    with pytest.raises(MalformedInput, match="window_scan"):
        window.kind_of_scan(b"%PDF-" + b"x" * window.MAX_SCAN)


def test_feedback_is_found_by_its_reference_and_answered_once(kit: HouseKit) -> None:
    reference = feedback.write(
        kit.context,
        page="/desk/reports/1503002026061500000000",
        channel="web",
        message="打不开",
        contact="13800000000",
    )
    assert len(reference) == 14
    mine = feedback.read(kit.context, reference.lower().replace("-", " "))
    assert (mine.page, mine.message, mine.contact, mine.state) == ("desk", "打不开", None, "open")
    (note,) = feedback.open_notes(kit.context)
    assert note.contact == "13800000000"
    feedback.answer(kit.context, note.id, "请换浏览器", "王操作")
    assert feedback.read(kit.context, reference).answer == "请换浏览器"
    with pytest.raises(Conflict, match="feedback_answered"):
        feedback.answer(kit.context, note.id, "再答", "王操作")
    with pytest.raises(NotFound, match="feedback_unknown"):
        feedback.read(kit.context, "AAAA-BBBB-CCCC")


def test_feedback_keeps_neither_words_nor_numbers_in_the_open(kit: HouseKit) -> None:
    feedback.write(
        kit.context, page="/q/1503002026061500000000?x=1", channel="web", message="我叫赵一", contact="z@x.cn"
    )
    with kit.context.store.engine.connect() as connection:
        (row,) = connection.execute(text("SELECT * FROM feedback")).mappings()
    plain = " ".join(str(value) for value in row.values() if not isinstance(value, bytes))
    sealed = b" ".join(value for value in row.values() if isinstance(value, bytes))
    assert "赵一" not in plain and "1503002026061500000000" not in plain
    assert "赵一".encode() not in sealed and b"z@x.cn" not in sealed


@pytest.mark.parametrize(("message", "contact", "code"), [
    ("  ", "", "feedback_message"), ("字" * 2001, "", "feedback_message"), ("好", "x" * 121, "feedback_contact"),
])  # fmt: skip
def test_feedback_is_bounded(kit: HouseKit, message: str, contact: str, code: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        feedback.write(kit.context, page="/", channel="web", message=message, contact=contact)
    assert caught.value.code == code


def test_a_page_is_kept_by_its_first_word() -> None:
    assert [feedback.part_of(page) for page in ("/", "/desk/x", "/q/1?y", "//evil", "/%3Cb%3E", "/<b>")] == [
        "home", "desk", "q", "evil", "home", "home",
    ]  # fmt: skip

"""The enterprise's own desk: ask once, see only one's own, see what changed (R12, R21, R26, R28)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Lock

import pytest

from api.services.access.looks import looks_of
from api.services.desk import applying, own
from api.services.desk.asking import Wish, form, order_of
from api.services.desk.changes import changes_since
from api.services.desk.preview import preview
from api.services.desk.statistics import LEAST, statistics
from api.services.issuing.issue import Issued
from api.services.issuing.orders import Order
from api.services.issuing.review import Waiting
from api.services.machines.once import begin
from domain.errors import MalformedInput, NotFound, Refused
from tests.unit.api.desk_kit import HELD, enterprise, firm, issued, review_by_person, stranger
from tests.unit.api.house_kit import FIRM, HouseKit, fine


def test_a_matter_fills_in_purpose_and_the_whole_report_where_nobody_chooses(kit: HouseKit) -> None:
    order = order_of(kit.context, firm(kit), Wish(matter="bidding"), "desk")
    assert (order.purpose, order.domains, order.window_from, order.matter) == (
        "参与招标投标", None, None, "bidding",
    )  # fmt: skip
    assert order.as_of is None
    shown = preview(kit.context, order)
    assert shown.content.purpose == "参与招标投标"
    assert any("请向人民法院、公安机关了解" in note for note in shown.content.notes)
    with kit.context.store.reading() as work:
        assert work.reports.of_subject(firm(kit).id) == ()


def test_unknown_matters_and_long_purposes_are_refused(kit: HouseKit) -> None:
    with pytest.raises(Refused, match="matter_not_in_force"):
        form(kit.context, "marriage")
    with pytest.raises(MalformedInput, match="purpose_too_long"):
        preview(kit.context, order_of(kit.context, firm(kit), Wish(purpose="长" * 61), "desk"))


def test_a_choice_is_refused_where_the_region_has_none(kit: HouseKit) -> None:
    order = order_of(kit.context, firm(kit), Wish(domains=("taxation",)), "desk")
    with pytest.raises(Refused, match="choice_not_allowed"):
        preview(kit.context, order)


def test_the_same_form_sent_many_times_at_once_issues_one_report(kit: HouseKit) -> None:
    order = order_of(kit.context, firm(kit), Wish(matter="bidding"), "desk")
    turn, desk = Lock(), kit.desk

    def issue(asked: Order) -> Issued | Waiting:
        with turn:
            return desk.issue(asked)

    def send(_: int) -> applying.Submitted:
        return applying.submit(kit.context, issue, enterprise(), firm(kit), order, "form-1")

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(6)))
    numbers = {answer.number for answer in answers if answer.number}
    assert len(numbers) == 1
    again = send(0)
    assert again.number in numbers
    with kit.context.store.reading() as work:
        assert [line.number for line in work.reports.of_subject(firm(kit).id)] == list(numbers)
        looks = looks_of(work, firm(kit).id)
    assert [(look.act, look.number) for look in looks] == [("issue", again.number)]


def test_another_form_or_another_person_is_another_report(kit: HouseKit) -> None:
    order = order_of(kit.context, firm(kit), Wish(matter="bidding"), "desk")
    first = applying.submit(kit.context, kit.desk.issue, enterprise(), firm(kit), order, "form-1")
    second = applying.submit(kit.context, kit.desk.issue, enterprise(), firm(kit), order, "form-2")
    assert first.number != second.number
    with pytest.raises(MalformedInput, match="form_key"):
        applying.submit(kit.context, kit.desk.issue, enterprise(), firm(kit), order, "")


def test_a_form_whose_issue_was_refused_may_be_sent_again(kit: HouseKit) -> None:
    order = order_of(kit.context, firm(kit), Wish(domains=("taxation",)), "desk")
    for _ in range(2):
        with pytest.raises(Refused, match="choice_not_allowed"):
            applying.submit(kit.context, kit.desk.issue, enterprise(), firm(kit), order, "form-1")


def test_a_form_of_a_dead_process_is_free_again_after_two_minutes(kit: HouseKit) -> None:
    order = order_of(kit.context, firm(kit), Wish(matter="bidding"), "desk")

    def issue(asked: Order) -> Issued | Waiting:
        return kit.desk.issue(asked)

    key_hash, asked = applying._key(kit.context, enterprise(), order, "form-1")
    assert begin(kit.context, key_hash, asked)
    assert applying.submit(kit.context, issue, enterprise(), firm(kit), order, "form-1").at_work
    kit.now += timedelta(minutes=3)
    assert applying.submit(kit.context, issue, enterprise(), firm(kit), order, "form-1").number


def test_a_waiting_application_is_answered_once_too(kit: HouseKit) -> None:
    review_by_person(kit)
    kit.send(HELD)
    order = order_of(kit.context, firm(kit), Wish(matter="bidding"), "desk")
    assert preview(kit.context, order).stops == ("pending:market_regulation",)
    first = applying.submit(kit.context, kit.desk.issue, enterprise(), firm(kit), order, "form-1")
    again = applying.submit(kit.context, kit.desk.issue, enterprise(), firm(kit), order, "form-1")
    assert first.application is not None
    assert again == first
    (mine,) = own.start(kit.context, firm(kit)).applications
    assert (mine.id, mine.state) == (first.application, "waiting")


def test_only_ones_own_reports_are_found(kit: HouseKit) -> None:
    done = issued(kit)
    mine, theirs = own.subject_of(kit.context, enterprise()), own.subject_of(kit.context, stranger())
    assert own.report_of(kit.context, mine, done.number.lower()).number == done.number
    for number in (done.number, "1503002026061500000000", "x"):
        with pytest.raises(NotFound, match="not_found"):
            own.report_of(kit.context, theirs, number)
    assert own.start(kit.context, theirs).reports == ()
    assert own.pdf_of(kit.context, done.number) == done.pdf


def test_nobody_acts_for_what_the_house_does_not_know(kit: HouseKit) -> None:
    from tests.unit.api.house_kit import THIRD_FIRM

    with pytest.raises(NotFound, match="no_subject_here"):
        own.subject_of(kit.context, enterprise(THIRD_FIRM))


def test_file_names_are_plain_ascii_and_in_full(kit: HouseKit) -> None:
    done = issued(kit)
    subject = firm(kit)
    line = own.report_of(kit.context, subject, done.number)
    plain, full = own.file_names("专用信用信息报告", line, subject)
    assert plain == f"{done.number}.pdf"
    assert full == f"专用信用信息报告_{subject.name}_{done.number}.pdf"


def test_what_changed_since_is_counted_against_the_report(kit: HouseKit) -> None:
    done = issued(kit)
    assert changes_since(kit.context, done.number).nothing_new
    kit.send(fine("乌市监罚〔2024〕1号"), complete_to=date(2026, 6, 14))
    changes = changes_since(kit.context, done.number)
    assert not changes.nothing_new
    assert changes.now is not None
    assert (changes.then.records, changes.now.records) == (0, 1)
    assert [item.name for item in changes.domains] == ["市场监管"]


def test_a_subject_that_may_have_no_report_any_more_is_told_so(kit: HouseKit) -> None:
    from tests.unit.api.house_kit import firm as row

    done = issued(kit)
    kit.register(row("乌海市甲商贸有限公司", FIRM, 登记状态="注销"))
    changes = changes_since(kit.context, done.number)
    assert changes.refused is not None
    assert changes.refused.code == "subject_deregistered"
    assert not changes.nothing_new


def test_statistics_are_counts_by_matter_and_channel(kit: HouseKit) -> None:
    issued(kit, matter="bidding", purpose="参与招标投标")
    issued(kit)
    found = statistics(kit.context)
    assert found.reports == 2
    assert dict(found.by_channel) == {"desk": 2}
    # One report each: the lines are added up, since one of them could be an enterprise everybody knows.
    assert (found.by_matter.lines, found.by_matter.others) == ((), 2)
    assert (found.by_department.lines, found.by_department.others) == ((), 2)
    assert (found.by_district.lines, found.by_district.others) == ((), 2)


def test_statistics_name_what_is_not_small_by_district_and_matter(kit: HouseKit) -> None:
    done = [issued(kit, matter="bidding", purpose="参与招标投标") for _ in range(LEAST)]
    issued(kit)
    found = statistics(kit.context)
    assert found.by_matter.lines == (("参与招标投标", LEAST),)
    assert found.by_matter.others == 1
    # The firm's residence is 乌海市海勃湾区新华大街1号; its registration authority is the city's.
    assert found.by_district.lines == (("海勃湾区", LEAST + 1),)
    (used,) = found.templates
    assert used.count == LEAST + 1
    first, last = (
        own.report_of(kit.context, firm(kit), n).released_at for n in (done[0].number, _newest(kit))
    )
    assert (used.first, used.last) == (first, last)


def _newest(kit: HouseKit) -> str:
    with kit.context.store.reading() as work:
        return work.reports.of_subject(firm(kit).id)[0].number

"""What becomes of a unit's rows: new, unchanged, corrected, held, cleared; never lost, never counted twice."""

from __future__ import annotations

import io
from datetime import date, timedelta
from uuid import UUID

import openpyxl
import pytest
from sqlalchemy import text

from api.services.intake.assigning import NewUnit, assign, unknown_names
from api.services.intake.returning import returned_sheet_of
from domain.errors import MalformedInput, NotFound
from records.model import Kind, Repair
from tests.unit.api.house_kit import (
    FIRM,
    OTHER_FIRM,
    PENALTY_HEADER,
    THIRD_FIRM,
    HouseKit,
    fine,
    firm,
    table,
)

REPAIR_HEADER = (
    "处罚机关代码", "处罚机关", "决定书文号", "统一社会信用代码", "修复状态", "修复日期", "修复渠道", "决定文号",
)  # fmt: skip


def _accounted(done: object) -> bool:
    figures = ("accepted", "unchanged", "quarantined", "skipped")
    return done.rows == sum(getattr(done, name) for name in figures)  # type: ignore[attr-defined]


def test_the_same_file_again_changes_nothing(kit: HouseKit) -> None:
    first = kit.send(fine("乌市监罚〔2024〕1号"), fine("乌市监罚〔2024〕2号"))
    again = kit.send(fine("乌市监罚〔2024〕1号"), fine("乌市监罚[2024]2号"))
    assert (first.accepted, first.unchanged) == (2, 0)
    assert (again.accepted, again.unchanged) == (1, 1), "another bracket is another text of the same record"
    assert len(kit.records()) == 2
    assert _accounted(first)
    assert _accounted(again)


def test_a_corrected_row_is_a_new_version_and_the_old_one_stays_known(kit: HouseKit) -> None:
    kit.send(fine("乌市监罚〔2024〕1号"))
    before = kit.tick()
    (old,) = kit.records()
    kit.send(fine("乌市监罚〔2024〕1号", **{"处罚内容": "罚款3000元", "罚款金额(万元)": "0.3"}))
    (new,) = kit.records()
    assert (old.fine_fen, new.fine_fen) == (200_000, 300_000)
    assert new.id == old.id
    assert new.version != old.version
    with kit.context.store.reading() as work:
        (then,) = work.records.of_subject(new.subject, before)
    assert then.version == old.version
    assert then.superseded_at is not None


def test_one_document_number_may_name_several_firms(kit: HouseKit) -> None:
    kit.send(
        fine("乌市监罚〔2024〕1号"),
        fine("乌市监罚〔2024〕1号", OTHER_FIRM, "乌海市乙建材有限公司"),
    )
    assert len(kit.records(FIRM)) == len(kit.records(OTHER_FIRM)) == 1


def test_each_source_keeps_its_own_version(kit: HouseKit) -> None:
    kit.send(fine("乌市监罚〔2024〕1号"))
    kit.send(fine("乌市监罚〔2024〕1号", 修复状态="已修复", 修复日期="2025/01/01"), unit="public_security",
             header=(*PENALTY_HEADER, "修复状态", "修复日期"))  # fmt: skip
    both = kit.records()
    assert len({record.identity for record in both}) == 1
    assert {record.provenance[0].unit for record in both} == {"market_regulation", "public_security"}


def test_a_held_row_casts_doubt_until_exactly_it_is_mended(kit: HouseKit) -> None:
    done = kit.send(
        fine("乌市监罚〔2024〕1号", 处罚决定日期="2024/02/30"),
        fine("乌市监罚〔2024〕2号", 处罚决定日期="不详"),
        fine("乌市监罚〔2024〕3号"),
    )
    assert (done.accepted, done.quarantined) == (1, 2)
    assert _accounted(done)
    assert len(kit.doubts()) == 2
    with_doubts = kit.tick()

    book = openpyxl.load_workbook(io.BytesIO(returned_sheet_of(kit.context, done.batch, "zh")))
    sheet = book.active
    header = [cell.value for cell in sheet[1]]
    column = header.index("处罚决定日期") + 1
    sheet.cell(2, column).value = "2024/02/28"
    mended = io.BytesIO()
    book.save(mended)
    again = kit.send_file(mended.getvalue(), file_name="mended.xlsx")
    assert (again.accepted, again.quarantined) == (1, 1)
    assert again.cleared == 2, "both rows carry their references: one is answered, one held anew"
    assert len(kit.doubts()) == 1
    assert len(kit.doubts(as_of=with_doubts)) == 2, "what was doubtful then is doubtful then for good"


def test_the_right_row_without_a_reference_answers_the_held_one(kit: HouseKit) -> None:
    kit.send(fine("乌市监罚〔2024〕1号", 处罚内容="罚款8000元"))
    assert len(kit.doubts()) == 1
    done = kit.send(fine("乌市监罚〔2024〕1号"))
    assert (done.accepted, done.cleared) == (1, 1)
    assert kit.doubts() == ()


def test_the_same_bad_file_again_holds_each_row_once(kit: HouseKit) -> None:
    for _ in range(2):
        kit.send(fine("乌市监罚〔2024〕1号", 处罚决定日期="2024/02/30"))
    assert len(kit.doubts()) == 1


def test_a_row_about_a_firm_that_comes_later_finds_it(kit: HouseKit) -> None:
    done = kit.send(fine("乌市监罚〔2024〕9号", THIRD_FIRM, "乌海市丙运输有限公司"))
    assert (done.accepted, done.unmatched) == (1, 1)
    imported = kit.register(firm("乌海市丙运输有限公司", THIRD_FIRM))
    assert imported.matched == 1
    (record,) = kit.records(THIRD_FIRM)
    assert record.provenance[0].row == 2
    assert kit.doubts(THIRD_FIRM) == ()


def test_a_bare_name_never_hits_and_always_casts_doubt(kit: HouseKit) -> None:
    row = fine("乌市监罚〔2024〕9号", "")
    done = kit.send(row)
    assert kit.records() == ()
    assert done.unmatched + done.quarantined == 1
    assert len(kit.doubts()) == 1


def test_an_unknown_unit_is_assigned_once_and_its_rows_go_through(kit: HouseKit) -> None:
    name = "乌海市联合执法专班"
    rows = [fine(f"联执罚〔2024〕{n}号", 处罚机关=name) for n in (1, 2)]
    done = kit.send(*rows)
    assert (done.accepted, done.quarantined) == (0, 2)
    assert unknown_names(kit.context) == {name: 2}
    assigned = assign(
        kit.context, name, new=NewUnit(id="joint_squad", domains=("market_regulation",)), by="王操作"
    )
    assert (assigned.waited, assigned.accepted, assigned.still_held) == (2, 2, 0)
    assert [record.unit for record in kit.records()] == ["joint_squad"] * 2
    assert kit.doubts() == ()
    assert unknown_names(kit.context) == {}
    assert kit.send(*rows).unchanged == 2


def test_assigning_needs_one_unit_and_a_known_domain(kit: HouseKit) -> None:
    with pytest.raises(MalformedInput, match="unit_choice"):
        assign(kit.context, "某局", by="王操作")
    with pytest.raises(NotFound, match="unit_not_found"):
        assign(kit.context, "某局", to="没有这个单位", by="王操作")
    with pytest.raises(MalformedInput, match="domain_unknown"):
        assign(kit.context, "某局", new=NewUnit(id="x", domains=("没有",)), by="王操作")


def test_a_returned_repair_marks_the_penalty_and_a_resent_file_keeps_it(kit: HouseKit) -> None:
    kit.send(fine("乌市监罚〔2024〕1号"))
    row = {
        "处罚机关": "乌海市市场监督管理局", "决定书文号": "乌市监罚(2024)1号", "统一社会信用代码": FIRM,
        "修复状态": "已修复", "修复日期": "2025/03/01", "修复渠道": "信用中国", "决定文号": "修〔2025〕7号",
    }  # fmt: skip
    done = kit.send(row, header=REPAIR_HEADER, kind=Kind.REPAIR)
    assert (done.accepted, done.quarantined) == (1, 0)
    (repaired,) = kit.records()
    assert (repaired.repair, repaired.repaired_on) == (Repair.REPAIRED, date(2025, 3, 1))
    assert len(repaired.provenance) == 2
    assert kit.send(row, header=REPAIR_HEADER, kind=Kind.REPAIR).unchanged == 1
    assert kit.send(fine("乌市监罚〔2024〕1号")).unchanged == 1
    kit.send(fine("乌市监罚〔2024〕1号", 违法行为类型="虚假广告"))
    assert kit.records()[0].repair is Repair.REPAIRED


def test_a_repair_of_a_penalty_that_is_not_here_is_held(kit: HouseKit) -> None:
    row = {
        "处罚机关": "乌海市市场监督管理局", "决定书文号": "乌市监罚〔2024〕404号", "统一社会信用代码": FIRM,
        "修复状态": "已修复", "修复日期": "2025/03/01", "修复渠道": "信用中国",
    }  # fmt: skip
    done = kit.send(row, header=REPAIR_HEADER, kind=Kind.REPAIR)
    assert [held.code for held in done.held] == ["repair_target_missing"]
    assert len(kit.doubts()) == 1


def test_watermarks_join_and_are_never_attested_ahead(kit: HouseKit) -> None:
    today = date(2026, 6, 15)
    first = kit.send_file(None, complete_from=date(2024, 1, 1), complete_to=date(2025, 12, 31))
    second = kit.send_file(None, complete_from=date(2026, 1, 1), complete_to=today)
    apart = kit.send_file(None, complete_from=date(2021, 1, 1), complete_to=date(2021, 12, 31))
    assert first.attested == (date(2024, 1, 1), date(2025, 12, 31))
    assert second.attested == (date(2024, 1, 1), today)
    assert apart.attested == (date(2021, 1, 1), date(2021, 12, 31))
    with kit.context.store.reading() as work:
        assert len(work.batches.watermarks()) == 2
    with pytest.raises(MalformedInput, match="through_in_future"):
        kit.send_file(None, complete_to=today + timedelta(days=1))
    with pytest.raises(MalformedInput, match="nil_needs_through"):
        kit.send_file(None)


def test_a_refused_delivery_leaves_nothing_behind(kit: HouseKit) -> None:
    for more in ({"unit": "没有这个局"}, {"domain": "没有这个领域"}):
        with pytest.raises((MalformedInput, NotFound)):
            kit.send(fine("乌市监罚〔2024〕1号"), **more)
    with pytest.raises(MalformedInput):
        kit.send_file(b"%PDF-1.7 no table at all")
    with kit.context.store.reading() as work:
        count = work._connection.execute(text("SELECT count(*) FROM batches WHERE kind = 'penalty'")).scalar()
    assert count == 0


def test_certificate_numbers_of_people_stand_nowhere_in_the_clear(kit: HouseKit) -> None:
    number = "150302199003074513"
    row = fine(
        "乌公罚〔2024〕1号", "", "王小明", 行政相对人类别="自然人", 违法事实=f"王小明({number})殴打他人。"
    )
    row |= {"证件类型": "身份证", "证件号码": number}
    bad = row | {"行政处罚决定书文号": "乌公罚〔2024〕2号", "处罚决定日期": "2024/02/30"}
    kit.send(row, bad, header=(*PENALTY_HEADER, "证件类型", "证件号码"))
    home = kit.context.home
    kit.close()
    for path in home.rglob("*"):
        if path.is_file():
            assert number.encode() not in path.read_bytes(), path


def test_subjects_are_versions_too(kit: HouseKit) -> None:
    before = kit.tick()
    done = kit.register(
        firm("乌海市甲商贸有限公司", FIRM, 登记状态="吊销"), firm("乌海市乙建材有限公司", OTHER_FIRM)
    )
    assert (done.accepted, done.unchanged) == (1, 1)
    with kit.context.store.reading() as work:
        now, then = work.subjects.by_uscc(FIRM), work.subjects.by_uscc(FIRM, before)
    assert now is not None
    assert then is not None
    assert (now.registered_state, then.registered_state) == ("吊销", "存续")
    assert isinstance(now.id, UUID)
    assert now.id == then.id


def test_a_file_in_gb18030_is_the_same_file(kit: HouseKit) -> None:
    data = table(PENALTY_HEADER, [fine("乌市监罚〔2024〕1号")])
    assert kit.send_file(data).accepted == 1
    assert kit.send_file(data.decode().encode("gb18030")).unchanged == 1

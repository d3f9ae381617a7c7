"""People's data past their time go, class by class; what was issued or held stays provable (R7)."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from api.services.desk import feedback
from api.services.house.retention import erase_expired, past_their_time
from api.services.intake.listing import open_rows
from api.services.intake.returning import returned_sheet_of
from api.store.entries_desk import Visit
from domain.errors import NotFound
from domain.identifiers import uuid7
from records.regions import load_region, shipped_regions
from records.settings import Retention
from tests.unit.api.house_kit import HouseKit, fine

YEAR = timedelta(days=365)


def _rows(kit: HouseKit, after: timedelta, *, erase: bool = False) -> dict[str, int]:
    now = kit.now + after
    done = (
        erase_expired(kit.context, by="王操作", now=now) if erase else past_their_time(kit.context, now=now)
    )
    return {each.name: each.rows for each in done}


def _visit(kit: HouseKit) -> UUID:
    id_ = uuid7(kit.tick(), kit.context.entropy)
    with kit.context.store.writing() as work:
        visit = Visit(
            id=id_,
            subject=id_,
            applicant_sealed=b"sealed",
            authority="",
            scan_sha256=None,
            at=kit.tick(),
            by=id_,
        )
        work.desk.visit(visit, b"scan")
        work.commit()
    return id_


def test_each_class_has_its_days_and_open_rows_keep_their_file(kit: HouseKit) -> None:
    bad = kit.send(fine("乌市监罚〔2024〕2号", 处罚决定日期="2024/02/30"))
    kit.send(fine("乌市监罚〔2024〕1号"))
    visit = _visit(kit)
    reference = feedback.write(
        kit.context, page="/desk", channel="web", message="看不懂", contact="13900000000"
    )
    (note,) = feedback.open_notes(kit.context)
    feedback.answer(kit.context, note.id, "请看指南", "王操作")
    assert set(_rows(kit, timedelta(days=364)).values()) == {0}
    assert _rows(kit, YEAR + timedelta(days=1))["feedback"] == 1
    # The register of subjects and the good file go after two years; the bad row's file waits with it.
    assert _rows(kit, 2 * YEAR + timedelta(days=1))["files"] == 2
    gone = _rows(kit, 4 * YEAR, erase=True)
    assert (gone["files"], gone["applicant"], gone["feedback"], gone["returned"]) == (2, 1, 1, 0)
    assert set(_rows(kit, 4 * YEAR, erase=True).values()) == {0}
    assert feedback.read(kit.context, reference).message == ""
    assert feedback.read(kit.context, reference).answer == "请看指南"
    with kit.context.store.reading() as work:
        found = work.desk.visit_of(visit)
        assert found is not None
        assert (found.applicant_sealed, work.desk.scan_of(visit)) == (b"", None)
        assert work.batches.file_of(bad.batch) is not None
    assert returned_sheet_of(kit.context, bad.batch, "zh")


def test_an_answered_row_loses_its_cells_and_casts_its_doubt_as_before(kit: HouseKit) -> None:
    bad = kit.send(fine("乌市监罚〔2024〕2号", 处罚决定日期="2024/02/30"))
    then = kit.tick()
    kit.send(fine("乌市监罚〔2024〕2号"))
    assert not open_rows(kit.context).rows
    assert _rows(kit, 3 * YEAR, erase=True)["returned"] == 1
    assert [doubt.code for doubt in kit.doubts(as_of=then)] == ["date_unreadable"]
    assert kit.records()
    with pytest.raises(NotFound, match="nothing_held"):
        returned_sheet_of(kit.context, bad.batch, "zh")
    with kit.context.store.reading() as work:
        assert work.batches.file_of(bad.batch) is None
        kept = work.batches.get(bad.batch)
    assert kept is not None
    assert kept.file_sha256


def test_erasing_leaves_an_event_and_looking_leaves_none(kit: HouseKit) -> None:
    _rows(kit, 4 * YEAR)
    assert not _events(kit)
    _rows(kit, 4 * YEAR, erase=True)
    ((actor, fields),) = _events(kit)
    assert actor == "王操作"
    assert '"files":1' in fields.replace(" ", "")


def _events(kit: HouseKit) -> list[tuple[str, str]]:
    with kit.context.store.engine.connect() as connection:
        rows = connection.execute(text("SELECT actor, fields FROM events WHERE act = 'retention'"))
        return [(str(row.actor), str(row.fields)) for row in rows]


@pytest.mark.parametrize("name", sorted(shipped_regions()))
def test_each_region_says_how_long_and_one_that_does_not_keeps_everything(name: str) -> None:
    data = shipped_regions()[name]
    day = date(2026, 6, 15)
    said = load_region(data).settings_at(day).retention
    assert None not in (said.files_days, said.returned_days, said.applicant_days, said.feedback_days)
    head, _, rest = data.partition(b"[[retention]]")
    without = head + rest[rest.index(b"[[lateness]]") :]
    assert load_region(without).settings_at(day).retention == Retention()
    later = data + b"\n[[retention]]\nfrom = 2030-01-01\nfiles_days = 90\n"
    changed = load_region(later)
    assert changed.settings_at(day).retention == said
    assert changed.settings_at(date(2030, 1, 1)).retention == Retention(files_days=90)

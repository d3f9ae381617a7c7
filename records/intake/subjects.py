"""The register file: who may ask for a report (主体名称 ... 登记状态; people: 姓名, 证件类型, 证件号码)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from domain.catalogue import subject_kind_of
from records.intake import cells
from records.intake.column_names import SUBJECTS
from records.intake.headers import map_columns
from records.intake.model import (
    ParsedSubject,
    ParsedSubjects,
    Quarantined,
    Repeated,
    Row,
    SubjectDraft,
    Table,
)
from records.intake.parsing import as_sent, checked_reference, warn_about_file
from records.intake.row_reader import Notices, RowReader
from records.intake.subject_keys import person_number, salvage_keys
from records.matching import normalise_name
from records.model import SubjectKeys
from records.region_model import Region

PERSON: Final = "natural_person"
_STATES: Final = {
    "在营": "存续", "开业": "存续", "在业": "存续", "正常": "存续", "在册": "存续",
    "存续(在营、开业、在册)": "存续",
    "登记成立": "存续", "吊销未注销": "吊销", "吊销,未注销": "吊销", "已吊销": "吊销", "吊销后注销": "注销",
    "吊销,已注销": "注销", "吊销已注销": "注销", "已注销": "注销", "迁出": "迁出", "已迁出": "迁出",
}  # fmt: skip
_DEREGISTERED: Final = re.compile("(?<![未拟])注销(?!中|公告|申请|备案)")
"""An announced or asked-for 注销 is not one yet."""
_REVOKED: Final = re.compile("(?<![未拟])吊销(?!中|公告|听证)")


def parse_subjects(table: Table, region: Region, received_at: datetime) -> ParsedSubjects:
    """Every subject of a register file; a person's number stands plain in ``keys`` and nowhere else.

    ``region`` is kept for callers' symmetry with ``parse``: whom a region accepts is decided
    when a report is asked for, since a subject may be in others' records all the same.
    Raises MalformedInput ``columns_missing`` or ``columns_repeated``; a bad row never raises.
    """
    del region
    notices = Notices()
    columns = map_columns(table.columns, SUBJECTS)
    warn_about_file(table, columns, notices)
    sorter = _Sorter(RowReader(table, columns, received_at, notices))
    for row in table.rows:
        sorter.take(row)
    return ParsedSubjects(
        rows=tuple(sorter.rows),
        repeated=tuple(sorter.repeated),
        quarantined=tuple(sorter.quarantined),
        skipped=table.skipped,
        warnings=notices.all(),
        unknown_columns=tuple(column.header for column in columns.unknown),
    )


class _Sorter:
    def __init__(self, reader: RowReader) -> None:
        self.reader = reader
        self.rows: list[ParsedSubject] = []
        self.repeated: list[Repeated] = []
        self.quarantined: list[Quarantined] = []
        self._first: dict[str, ParsedSubject] = {}

    def take(self, row: Row) -> None:
        """Read one row."""
        reader = self.reader
        reader.load(row)
        draft = _draft(reader)
        reference = checked_reference(reader)
        first = self._first.get(_key(draft))
        if first is not None and first.draft != draft and not reader.problems:
            reader.fail("统一社会信用代码", "conflict_in_file", first_row=first.row)
        if reader.problems:
            self._quarantine(row, draft, reference)
        elif first is not None:
            self.repeated.append(Repeated(row.number, first.row, reference))
        else:
            parsed = self._first[_key(draft)] = ParsedSubject(row.number, draft, reference)
            self.rows.append(parsed)

    def _quarantine(self, row: Row, draft: SubjectDraft, reference: str | None) -> None:
        self.quarantined.append(
            Quarantined(
                row=row.number,
                problems=tuple(self.reader.problems),
                keys=salvage_keys(draft.keys, self.reader, "统一社会信用代码", "主体名称"),
                domains=(),
                unit=None,
                named_unit=None,
                identity=None,
                reference=reference,
                cells=as_sent(self.reader.table, row),
            )
        )


def _key(draft: SubjectDraft) -> str:
    return draft.uscc or draft.keys.person_number or draft.organisation_code or f"={draft.keys.name}"


def _draft(reader: RowReader) -> SubjectDraft:
    name = reader.need("主体名称")
    kind = _kind(reader)
    uscc = reader.uscc("统一社会信用代码")
    # A trader's or a firm's row may carry its owner's number: only a person's own is kept.
    person = person_number(reader, "证件号码", "证件类型") if kind in (PERSON, None) else None
    if kind == PERSON:
        if not person and not reader.text("证件号码"):
            reader.fail("证件号码", "required_missing")
    elif uscc is None and not reader.text("统一社会信用代码"):
        reader.fail("统一社会信用代码", "required_missing")
    organisation = cells.organisation_code_of(reader.text("组织机构代码"))
    keys = SubjectKeys(
        name=normalise_name(name),
        uscc=uscc,
        registration_number=reader.code("工商注册号"),
        organisation_code=organisation,
        person_number=person,
        person_number_type=(reader.text("证件类型") or "身份证") if person else None,
    )
    return SubjectDraft(
        keys=keys,
        name=name,
        kind=kind or "",
        uscc=uscc,
        registration_number=keys.registration_number,
        organisation_code=organisation or (uscc[8:17] if uscc else None),
        legal_representative=reader.words("法定代表人") or None,
        established_on=reader.day("成立日期"),
        residence=reader.words("住所") or None,
        registration_authority=reader.words("登记机关") or None,
        registered_state=_state(reader),
        parent_uscc=reader.uscc("总公司统一社会信用代码"),
    )


def _kind(reader: RowReader) -> str | None:
    text = reader.need("主体类型")
    kind = subject_kind_of(text) or subject_kind_of(cells.folded(text)) if text else None
    if text and kind is None:
        reader.fail("主体类型", "subject_kind_unknown", value=cells.shown(text))
    return kind


def _state(reader: RowReader) -> str:
    """登记状态 in one word where its meaning is sure; registers have many for 注销 and 吊销 (rule R9)."""
    text = reader.words("登记状态")
    if not text:
        return "存续"
    plain = cells.folded(text)
    known = _STATES.get(text) or _STATES.get(plain)
    if known:
        return known
    if _DEREGISTERED.search(plain):
        return "注销"
    return "吊销" if _REVOKED.search(plain) else text

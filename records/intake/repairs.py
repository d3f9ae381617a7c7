"""Returned repair results as drafts: what a platform decided about a penalty that is here (rule R17)."""

from __future__ import annotations

from typing import Final

from records.intake.drafting import Desk, Outcome
from records.intake.identity import document_identity
from records.intake.model import RepairDraft
from records.intake.penalty import repair_state
from records.intake.row_reader import RowReader
from records.intake.subject_keys import person_number
from records.matching import normalise_name
from records.model import Kind, SubjectKeys

SPENT: Final = frozenset({
    "统一社会信用代码", "证件号码", "处罚机关代码", "处罚机关", "决定书文号", "修复状态", "修复日期",
    "修复渠道",
    "决定文号", "领域",
})  # fmt: skip


class RepairParser:
    """Reads one row of a repair file."""

    name_key = "主体名称"
    code_key = "统一社会信用代码"

    def __call__(self, desk: Desk, outcome: Outcome) -> None:
        """Leave a draft in ``outcome`` unless the reader has problems."""
        reader = desk.reader
        outcome.keys = keys = _keys(reader)
        number = reader.need("决定书文号")
        if not reader.text("修复状态"):
            reader.fail("修复状态", "required_missing")
        state, repaired_on = repair_state(reader)
        self._unit(desk, outcome)
        if outcome.unit and number:
            outcome.identity = document_identity(Kind.PENALTY, outcome.unit, number)
        if reader.problems or outcome.unit is None or outcome.identity is None:
            return
        outcome.draft = RepairDraft(
            target=outcome.identity,
            unit=outcome.unit,
            domains=outcome.domains,
            keys=keys,
            document_number=number,
            repair=state,
            repaired_on=repaired_on,
            channel=reader.words("修复渠道") or None,
            decision_number=reader.words("决定文号") or None,
            fields=desk.kept.of_row(),
        )

    @staticmethod
    def _unit(desk: Desk, outcome: Outcome) -> None:
        """The penalty's unit; which of its domains does not matter here."""
        before = len(desk.reader.problems)
        desk.place(outcome, "处罚机关", "处罚机关代码", kind=Kind.PENALTY)
        if outcome.unit is not None:
            del desk.reader.problems[before:]


def _keys(reader: RowReader) -> SubjectKeys:
    uscc = reader.uscc("统一社会信用代码")
    person = person_number(reader, "证件号码", "证件类型") if uscc is None else None
    name = normalise_name(reader.words("主体名称"))
    if uscc is None and person is None and not name and not reader.problems:
        reader.fail("统一社会信用代码", "required_missing")
    return SubjectKeys(
        name=name, uscc=uscc, person_number=person, person_number_type="身份证" if person else None
    )

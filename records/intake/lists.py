"""Rows of 严重失信主体名单 and 经营异常名录 as drafts (rule R16: entry and removal are facts, both kept)."""

from __future__ import annotations

import re
from typing import Final

from records.intake.drafting import Desk, Outcome
from records.intake.identity import list_identity
from records.intake.model import RecordDraft
from records.intake.penalty import repair_state, review_state, under_age
from records.intake.subject_keys import MIXED_CELLS, mixed_keys
from records.model import Kind

_SHARED: Final = frozenset({
    "统一社会信用代码", "工商注册号", "组织机构代码", "纳税人识别号", "证件号码", "列入日期", "移出日期",
    "修复状态", "修复日期", "修复渠道", "变更情形", "变更日期", "变更文号", "领域",
})  # fmt: skip
ABNORMAL: Final = "经营异常名录"
DISHONEST_SPENT: Final = _SHARED | {"名单名称", "移出事由"}
ABNORMAL_SPENT: Final = _SHARED | {"移出原因"}
_DOCUMENT: Final = re.compile("[〔\\[(（【]?(?:19|20)[0-9]{2}[〕\\])）】]?.{0,12}[0-9]+号?$")


class DishonestListParser:
    """Reads one row of a 严重失信主体名单."""

    name_key = "主体名称"
    code_key = "统一社会信用代码"

    def __call__(self, desk: Desk, outcome: Outcome) -> None:
        """Leave a draft in ``outcome`` unless the reader has problems."""
        reader = desk.reader
        list_name = reader.words("名单名称") or desk.batch.list_name
        if not list_name:
            reader.fail("名单名称", "required_missing")
        elif ABNORMAL in list_name:
            # Another kind, which regions count by other rules: taken for this one it could tell a lie.
            reader.fail("名单名称", "list_of_other_kind", value=list_name)
        basis = reader.words("认定依据")
        number = basis if len(basis) <= 60 and _DOCUMENT.search(basis) else None
        _draft(
            desk,
            outcome,
            list_name,
            ("认定部门", "认定部门统一社会信用代码"),
            ("移出日期", "移出事由"),
            number,
            "",
        )


class AbnormalListParser:
    """Reads one row of the 经营异常名录."""

    name_key = "主体名称"
    code_key = "统一社会信用代码"

    def __call__(self, desk: Desk, outcome: Outcome) -> None:
        """Leave a draft in ``outcome`` unless the reader has problems."""
        reason = desk.reader.words("列入经营异常名录原因类型名称")
        _draft(
            desk,
            outcome,
            None,
            ("列入决定机关名称", "列入决定机关统一社会信用代码"),
            ("移出日期", "移出原因"),
            None,
            reason,
        )


def _draft(
    desk: Desk,
    outcome: Outcome,
    list_name: str | None,
    authority: tuple[str, str],
    removal: tuple[str, str],
    number: str | None,
    reason: str,
) -> None:
    reader = desk.reader
    outcome.keys = keys = reader.once(MIXED_CELLS, mixed_keys)
    entered_on = reader.day("列入日期", needed=True)
    ended_on = reader.day(removal[0])
    if entered_on and ended_on and ended_on < entered_on:
        reader.fail(removal[0], "date_order", first=entered_on.isoformat(), second=ended_on.isoformat())
    if reader.text(removal[1]) and ended_on is None and not reader.text(removal[0]):
        reader.fail(removal[0], "removal_date_missing")
    repair, repaired_on = repair_state(reader)
    review, review_on = review_state(reader)
    if list_name or desk.kind is Kind.ABNORMAL_LIST:
        desk.place(outcome, *authority, list_name=list_name)
    if outcome.unit and entered_on:
        outcome.identity = list_identity(desk.kind, outcome.unit, list_name, entered_on, reason)
    if reader.problems or outcome.unit is None or outcome.identity is None:
        return
    outcome.draft = RecordDraft(
        kind=desk.kind,
        identity=outcome.identity,
        keys=keys,
        unit=outcome.unit,
        domains=outcome.domains,
        list_name=list_name,
        document_number=number,
        decided_on=entered_on,
        ended_on=ended_on,
        ended_why=reader.redacted[reader.text(removal[1])] or None,
        repair=repair,
        repaired_on=repaired_on,
        repair_channel=reader.words("修复渠道") or None,
        review=review,
        review_on=review_on,
        review_number=reader.words("变更文号") or None,
        minor=under_age(keys, entered_on),
        fields=desk.kept.of_row(),
    )

"""Rows of 行政强制, 刑事裁判 and other declared data as drafts (rules R15, R18)."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Final

from records.intake.drafting import Desk, Outcome
from records.intake.identity import document_identity, plain_document_number
from records.intake.model import RecordDraft
from records.intake.penalty import by_public_security_law, repair_state, review_state, under_age
from records.intake.subject_keys import MIXED_CELLS, mixed_keys

_SHARED: Final = frozenset({
    "统一社会信用代码", "工商注册号", "组织机构代码", "纳税人识别号", "证件号码",
    "修复状态", "修复日期", "修复渠道", "变更情形", "变更日期", "变更文号", "领域",
})  # fmt: skip
COERCION_SPENT: Final = _SHARED | {"决定书文号", "决定日期", "解除日期"}
JUDGMENT_SPENT: Final = _SHARED | {"案号", "判决日期", "生效日期"}
OTHER_SPENT: Final = _SHARED | {"信息类别", "文号", "决定日期", "解除日期"}


class CoercionParser:
    """Reads one row of 行政强制."""

    name_key = "主体名称"
    code_key = "统一社会信用代码"

    def __call__(self, desk: Desk, outcome: Outcome) -> None:
        """Leave a draft in ``outcome`` unless the reader has problems."""
        reader = desk.reader
        number = reader.need("决定书文号")
        decided_on = reader.day("决定日期", needed=True)
        ended_on = reader.day("解除日期")
        if decided_on and ended_on and ended_on < decided_on:
            reader.fail("解除日期", "date_order", first=decided_on.isoformat(), second=ended_on.isoformat())
        desk.place(outcome, "决定机关", "决定机关统一社会信用代码", basis_key="依据")
        _finish(desk, outcome, number, decided_on, ended_on=ended_on)


class JudgmentParser:
    """Reads one row of 刑事裁判; without 生效日期 it is kept and never counts (rule R15)."""

    name_key = "主体名称"
    code_key = "统一社会信用代码"

    def __call__(self, desk: Desk, outcome: Outcome) -> None:
        """Leave a draft in ``outcome`` unless the reader has problems."""
        reader = desk.reader
        number = reader.need("案号")
        decided_on = reader.day("判决日期", needed=not reader.has("生效日期"))
        effective_on = reader.day("生效日期", past=False)
        if decided_on and effective_on and effective_on < decided_on:
            reader.fail(
                "生效日期", "date_order", first=decided_on.isoformat(), second=effective_on.isoformat()
            )
        if effective_on is None and not reader.text("生效日期"):
            reader.warn("judgment_not_effective", "生效日期")
        desk.place(outcome, "审理法院", "审理法院统一社会信用代码", basis_key="罪名")
        _finish(desk, outcome, number, decided_on or effective_on, effective_on=effective_on)


class OtherParser:
    """Reads one row of data that a region's plan declares (--kind other)."""

    name_key = "主体名称"
    code_key = "统一社会信用代码"

    def __call__(self, desk: Desk, outcome: Outcome) -> None:
        """Leave a draft in ``outcome`` unless the reader has problems."""
        reader = desk.reader
        catalogue = reader.words("信息类别") or desk.batch.list_name
        if not catalogue:
            reader.fail("信息类别", "required_missing")
        decided_on = reader.day("决定日期", needed=True)
        ended_on = reader.day("解除日期", past=False)
        number = reader.words("文号")
        desk.place(outcome, "决定机关", "决定机关统一社会信用代码", list_name=catalogue, basis_key="依据")
        made = number or _made_number(decided_on, reader.text("内容"))
        _finish(
            desk, outcome, made, decided_on, ended_on=ended_on, list_name=catalogue, printed=number or None,
            part=plain_document_number(catalogue or ""),
        )  # fmt: skip


def _made_number(decided_on: date | None, content: str) -> str:
    """Stands for a missing 文号: the day and what the row says on it."""
    digest = hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()[:16]
    return f"{decided_on.isoformat() if decided_on else ''}#{digest}"


_SAME: Final = "\x00"


def _finish(
    desk: Desk,
    outcome: Outcome,
    number: str,
    decided_on: date | None,
    *,
    effective_on: date | None = None,
    ended_on: date | None = None,
    list_name: str | None = None,
    printed: str | None = _SAME,
    part: str = "",
) -> None:
    reader = desk.reader
    outcome.keys = keys = reader.once(MIXED_CELLS, mixed_keys)
    repair, repaired_on = repair_state(reader)
    review, review_on = review_state(reader)
    if outcome.unit and number:
        outcome.identity = document_identity(desk.kind, outcome.unit, part + number)
    if reader.problems or outcome.unit is None or outcome.identity is None:
        return
    outcome.draft = RecordDraft(
        kind=desk.kind,
        identity=outcome.identity,
        keys=keys,
        unit=outcome.unit,
        domains=outcome.domains,
        list_name=list_name,
        document_number=number if printed == _SAME else printed,
        decided_on=decided_on,
        effective_on=effective_on,
        ended_on=ended_on,
        repair=repair,
        repaired_on=repaired_on,
        repair_channel=reader.words("修复渠道") or None,
        review=review,
        review_on=review_on,
        review_number=reader.words("变更文号") or None,
        minor=under_age(keys, decided_on),
        public_security=by_public_security_law(reader.text("依据")),
        fields=desk.kept.of_row(),
    )

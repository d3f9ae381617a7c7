"""A penalty row (行政处罚公示信息, 30 standard columns) as a draft: rules R6, R13 to R15."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from domain.errors import MalformedInput, Refused
from domain.identifiers import birthday_of
from records.intake import amounts, cells
from records.intake.categories import categories_of, settle
from records.intake.drafting import Desk, Outcome
from records.intake.identity import document_identity
from records.intake.model import RecordDraft
from records.intake.row_reader import RowReader
from records.intake.subject_keys import PENALTY_CELLS, penalty_keys
from records.model import Category, Kind, Procedure, Repair, Review, SubjectKeys

SPENT: Final = frozenset({
    "CF_XDR_SHXYM", "CF_XDR_GSZC", "CF_XDR_ZZJG", "CF_XDR_SWDJ", "CF_XDR_SYDW", "CF_XDR_SHZZ", "CF_XDR_ZJHM",
    "CF_WSH", "CF_NR_FK", "罚款金额(元)", "CF_NR_WFFF", "没收金额(元)", "CF_JDRQ", "处罚程序", "简易程序确认",
    "修复状态", "修复日期", "修复渠道", "变更情形", "变更日期", "变更文号", "领域",
})  # fmt: skip
"""Columns that become typed fields, or that must not be kept as text."""

_STANDARD: Final = ("CF_WFXW", "CF_SY", "CF_YJ", "CF_YXQ", "CF_SJLY")
"""Mandatory in the standard, but nothing that counts depends on them: their absence warns."""
_VALIDITY_CELLS: Final = ("CF_YXQ", "CF_GSJZQ")
_PUBLIC_SECURITY: Final = re.compile("治安管理处罚法|治安处罚")
_ADULT_YEARS: Final = 18


_MONEY_CELLS: Final = ("CF_NR", "CF_CFLB", "CF_NR_FK", "罚款金额(元)", "CF_NR_WFFF", "没收金额(元)")
_STATE_CELLS: Final = (
    "简易程序确认", "修复状态", "修复日期", "修复渠道", "变更情形", "变更日期", "变更文号",
    "CF_YJ", "CF_WFXW",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Money:
    """What a row imposes: categories, and money in fen."""

    categories: tuple[Category, ...]
    fine_fen: int
    confiscated_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """What happened to a decision after it was made, and whether it was one under public security law."""

    simple_confirmed: bool
    repair: Repair
    repaired_on: date | None
    repair_channel: str | None
    review: Review | None
    review_on: date | None
    review_number: str | None
    public_security: bool
    """A 治安违法记录 (rule R6)."""


class PenaltyParser:
    """Reads one penalty row."""

    name_key = "CF_XDR_MC"
    code_key = "CF_XDR_SHXYM"

    def __call__(self, desk: Desk, outcome: Outcome) -> None:
        """Leave a draft in ``outcome`` unless the reader has problems."""
        reader = desk.reader
        outcome.keys = keys = reader.once(PENALTY_CELLS, penalty_keys)
        number = reader.need("CF_WSH")
        decided_on = reader.day("CF_JDRQ", needed=True)
        desk.place(outcome, "CF_CFJG", "CF_CFJGDM", basis_key="CF_YJ", behaviour_key="CF_WFXW")
        if outcome.unit and number:
            outcome.identity = document_identity(Kind.PENALTY, outcome.unit, number)
        money = reader.once(_MONEY_CELLS, _money)
        procedure = _procedure(desk, keys, money.fine_fen)
        since = reader.once(_STATE_CELLS, _since)
        _warn_standard(reader)
        if reader.problems or outcome.unit is None or outcome.identity is None:
            return
        outcome.draft = RecordDraft(
            kind=Kind.PENALTY,
            identity=outcome.identity,
            keys=keys,
            unit=outcome.unit,
            domains=outcome.domains,
            document_number=number,
            decided_on=decided_on,
            procedure=procedure,
            simple_confirmed=since.simple_confirmed,
            categories=money.categories,
            fine_fen=money.fine_fen,
            confiscated_fen=money.confiscated_fen,
            repair=since.repair,
            repaired_on=since.repaired_on,
            repair_channel=since.repair_channel,
            review=since.review,
            review_on=since.review_on,
            review_number=since.review_number,
            minor=_minor(reader, keys, decided_on),
            public_security=since.public_security,
            fields=desk.kept.of_row(),
        )


def _categories(reader: RowReader, content: str) -> tuple[Category, ...]:
    text = reader.text("CF_CFLB")
    if not text:
        if not content:
            reader.fail("CF_CFLB", "required_missing")
        return ()
    found = categories_of(text)
    if found.unknown:
        reader.warn("category_unknown", "CF_CFLB", value=cells.shown(found.unknown[0]))
    return found.found


def _since(reader: RowReader) -> Since:
    repair, repaired_on = repair_state(reader)
    review, review_on = review_state(reader)
    return Since(
        simple_confirmed=cells.yes(reader.text("简易程序确认")),
        repair=repair,
        repaired_on=repaired_on,
        repair_channel=reader.words("修复渠道") or None,
        review=review,
        review_on=review_on,
        review_number=reader.words("变更文号") or None,
        public_security=_public_security(reader),
    )


def _money(reader: RowReader) -> Money:
    content = reader.text("CF_NR")
    column = _categories(reader, content)
    fine, taken = _sums(reader, content, column)
    return Money(settle(column, content, fine + taken), fine, taken)


def _sums(reader: RowReader, content: str, column: tuple[Category, ...]) -> tuple[int, int]:
    """Fine and confiscated money in fen, as columns and 处罚内容 say them together."""
    stated = amounts.stated_in(content)
    fine = _amount(reader, "CF_NR_FK", "罚款金额(元)")
    taken = _amount(reader, "CF_NR_WFFF", "没收金额(元)")
    if fine is None or taken is None:
        return 0, 0  # The row goes back anyway: an unreadable amount is no mismatch as well.
    if taken and (problem := amounts.compare(taken, stated.taken)):
        if problem == "amount_unit":
            reader.fail("CF_NR_WFFF", problem, column_yuan=_yuan(taken), text_yuan=_yuan(stated.taken[0]))
        else:
            # Goods are valued in words of their own, so only the factor of 10,000 is proof of a slip.
            reader.warn("confiscated_differs", "CF_NR_WFFF")
    elif not taken and stated.taken:
        taken = sum(set(stated.taken))
        reader.warn("amount_from_content", "CF_NR_WFFF")
    return _checked_fine(reader, fine, stated.fines, column), taken


def _amount(reader: RowReader, wan_key: str, yuan_key: str) -> int | None:
    fen = reader.money(wan_key)
    return reader.money(yuan_key, in_yuan=True) if fen == 0 and reader.has(yuan_key) else fen


def _checked_fine(reader: RowReader, fine: int, stated: tuple[int, ...], column: tuple[Category, ...]) -> int:
    key = "CF_NR_FK" if reader.has("CF_NR_FK") or not reader.has("罚款金额(元)") else "罚款金额(元)"
    if fine == 0:
        return _missing_fine(reader, key, stated, column)
    if problem := amounts.compare(fine, stated):
        reader.fail(key, problem, column_yuan=_yuan(fine), text_yuan="、".join(_yuan(f) for f in stated))
    return fine


def _missing_fine(reader: RowReader, key: str, stated: tuple[int, ...], column: tuple[Category, ...]) -> int:
    """The fine of a row whose amount cell is empty or 0, taken from 处罚内容 where that states one."""
    explicit = reader.text(key) != ""
    if stated:
        if explicit and Category.NO_PENALTY not in column and Category.FINE in column:
            reader.fail(
                key, "amount_mismatch", column_yuan="0", text_yuan="、".join(_yuan(f) for f in stated)
            )
        reader.warn("amount_from_content", key)
        return sum(set(stated))
    if Category.FINE in column and not explicit:
        reader.fail(key, "amount_missing")
    return 0


def _yuan(fen: int) -> str:
    yuan, rest = divmod(fen, 100)
    return f"{yuan}.{rest:02d}" if rest else str(yuan)


def _procedure(desk: Desk, keys: SubjectKeys, fine_fen: int) -> Procedure:
    reader = desk.reader
    text = reader.text("处罚程序")
    found = cells.procedure_of(text)
    if found is None:
        reader.warn("procedure_unknown", "处罚程序", value=cells.shown(text))
        found = Procedure.UNSTATED
    if found is Procedure.UNSTATED:
        if desk.batch.no_simple:
            return Procedure.ORDINARY_DECLARED
        reader.warn("procedure_unstated", "处罚程序")
    elif found is Procedure.SIMPLE:
        if desk.batch.no_simple:
            reader.fail("处罚程序", "procedure_contradicts_batch")
        if not cells.yes(reader.text("简易程序确认")) and _above_ceiling(desk, keys, fine_fen):
            reader.warn("simple_above_ceiling", "处罚程序")
    return found


def _above_ceiling(desk: Desk, keys: SubjectKeys, fine_fen: int) -> bool:
    """Whether a 简易程序 fine is higher than its law allows (rule R14); counting decides, this only warns."""
    try:
        settings = desk.region.settings_at(desk.reader.today)
    except Refused:
        return False
    citizen = keys.person_number is not None and keys.uscc is None
    ceiling = settings.simple_ceiling_citizen_fen if citizen else settings.simple_ceiling_organisation_fen
    return fine_fen > ceiling


def repair_state(reader: RowReader) -> tuple[Repair, date | None]:
    """修复状态 and 修复日期; a date alone means repaired, a repair without a date is a problem."""
    text = reader.text("修复状态")
    state = cells.repair_of(text)
    repaired_on = reader.day("修复日期")
    if state is None:
        reader.fail("修复状态", "value_unknown", value=cells.shown(text), known="未修复、已修复")
        return Repair.NOT_REPAIRED, repaired_on
    if state is Repair.REPAIRED and repaired_on is None:
        if not reader.text("修复日期"):
            reader.fail("修复日期", "repair_date_missing")
    elif state is Repair.NOT_REPAIRED and repaired_on is not None:
        if not cells.blank(text):
            reader.fail("修复状态", "repair_contradiction", day=repaired_on.isoformat())
        state = Repair.REPAIRED
    return state, repaired_on


def review_state(reader: RowReader) -> tuple[Review | None, date | None]:
    """变更情形 and 变更日期 (rule R15)."""
    text = reader.text("变更情形")
    if not text:
        return None, None
    try:
        review = cells.review_of(text)
    except MalformedInput as error:
        reader.fail("变更情形", error.code, **error.fields)
        return None, None
    return review, reader.day("变更日期", needed=review is not None)


def _minor(reader: RowReader, keys: SubjectKeys, decided_on: date | None) -> bool:
    act = reader.day("违法行为发生日期") if reader.has("违法行为发生日期") else None
    return under_age(keys, act or decided_on)


def under_age(keys: SubjectKeys, act: date | None) -> bool:
    """Under 18 at the act (rule R6), by the birthday inside the resident identity number."""
    born = birthday_of(keys.person_number) if keys.person_number else None
    if born is None or act is None:
        return False
    years = act.year - born.year - ((act.month, act.day) < (born.month, born.day))
    return years < _ADULT_YEARS


def _public_security(reader: RowReader) -> bool:
    return by_public_security_law(reader.text("CF_YJ")) or reader.text("CF_WFXW").startswith("治安")


def by_public_security_law(basis: str) -> bool:
    """True for a 治安违法记录 by its 依据 (rule R6)."""
    return _PUBLIC_SECURITY.search(basis) is not None


def _warn_standard(reader: RowReader) -> None:
    for key in reader.empty_among(_STANDARD):
        reader.warn("standard_missing", key)
    reader.once(_VALIDITY_CELLS, _warn_validity)


def _warn_validity(reader: RowReader) -> None:
    for key in _VALIDITY_CELLS:
        text = reader.text(key)
        if text and text not in cells.OPEN_ENDED and not _readable_day(reader, text):
            reader.warn("date_left_as_text", key)


def _readable_day(reader: RowReader, text: str) -> bool:
    # These two never take a record out of a report (rule R17), so a slip in them keeps no row back.
    return not isinstance(reader.peek_day(text), MalformedInput)

"""From a table to drafts: every data row ends as accepted, repeated or quarantined (rule R20)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from domain.errors import MalformedInput
from records.intake import documents, lists, penalty, repairs
from records.intake import reference as references
from records.intake.drafting import Desk, Outcome, RowParser, open_desk
from records.intake.headers import ColumnMap, map_columns, own_columns
from records.intake.identity import same_content, subject_key
from records.intake.model import (
    BatchInfo,
    Parsed,
    ParsedRow,
    Problem,
    Quarantined,
    RecordDraft,
    RepairDraft,
    Repeated,
    Row,
    Table,
)
from records.intake.placing import Placer, Resolve, unit_tree
from records.intake.row_reader import Notices, RowReader
from records.intake.subject_keys import salvage_keys
from records.model import Kind
from records.region_model import Region, UnitEntry

_PARSERS: Final[Mapping[Kind, tuple[RowParser, frozenset[str]]]] = {
    Kind.PENALTY: (penalty.PenaltyParser(), penalty.SPENT),
    Kind.DISHONEST_LIST: (lists.DishonestListParser(), lists.DISHONEST_SPENT),
    Kind.ABNORMAL_LIST: (lists.AbnormalListParser(), lists.ABNORMAL_SPENT),
    Kind.COERCION: (documents.CoercionParser(), documents.COERCION_SPENT),
    Kind.JUDGMENT: (documents.JudgmentParser(), documents.JUDGMENT_SPENT),
    Kind.REPAIR: (repairs.RepairParser(), repairs.SPENT),
    Kind.OTHER: (documents.OtherParser(), documents.OTHER_SPENT),
}


def parse(
    table: Table,
    kind: Kind,
    region: Region,
    units: Sequence[UnitEntry],
    batch: BatchInfo,
    resolve: Resolve | None = None,
    *,
    only: Collection[int] | None = None,
) -> Parsed:
    """Everything the table says as records of one kind.

    ``units`` are those operators added; ``resolve`` replaces the region's unit tree; ``only``
    reads the named rows again (after a unknown unit was assigned) and leaves the others out.
    Raises MalformedInput ``columns_missing`` or ``columns_repeated``; a bad row never raises.
    """
    columns = map_columns(table.columns, kind)
    parser, spent = _PARSERS[kind]
    placer = Placer(resolve or unit_tree(region, units))
    desk = open_desk(table, columns, kind, region, batch, placer, spent)
    warn_about_file(table, columns, desk.notices)
    sorter = _Sorter(desk, parser)
    for row in _chosen(table.rows, only):
        sorter.take(row)
    return Parsed(
        rows=tuple(sorter.rows),
        repeated=tuple(sorter.repeated),
        quarantined=tuple(sorter.quarantined),
        skipped=table.skipped if only is None else (),
        warnings=desk.notices.all(),
        unknown_columns=tuple(column.header for column in columns.unknown),
    )


def _chosen(rows: Sequence[Row], only: Collection[int] | None) -> Iterable[Row]:
    return rows if only is None else (row for row in rows if row.number in only)


def warn_about_file(table: Table, columns: ColumnMap, notices: Notices) -> None:
    """Report what was understood about the file as a whole."""
    for column in columns.unknown:
        notices.add("column_unknown", column.header)
    for name in table.other_sheets:
        notices.add("sheet_not_read", name)
    for key in ("CF_NR_FK", "CF_NR_WFFF"):
        count = table.text_numbers.get(columns.index.get(key, -1), 0)
        if count:
            notices.add("number_as_text", columns.header[key], cells=count)


class _Sorter:
    """Puts each row in exactly one place."""

    def __init__(self, desk: Desk, parser: RowParser) -> None:
        self.desk = desk
        self.parser = parser
        self.rows: list[ParsedRow] = []
        self.repeated: list[Repeated] = []
        self.quarantined: list[Quarantined] = []
        self._first: dict[tuple[str, str], ParsedRow] = {}

    def take(self, row: Row) -> None:
        """Read one row."""
        desk, outcome = self.desk, Outcome()
        reader = desk.reader
        reader.load(row)
        self.parser(desk, outcome)
        reference = checked_reference(reader)
        draft = outcome.draft
        if draft is None:
            self._quarantine(row, outcome, reader.problems, reference)
            return
        key = (outcome.identity or "", subject_key(draft.keys))
        first = self._first.get(key)
        if first is None:
            self._first[key] = parsed = ParsedRow(row.number, draft, reference)
            self.rows.append(parsed)
        elif _says_the_same(first.draft, draft):
            self.repeated.append(Repeated(row.number, first.row, reference))
        else:
            problem = Problem(None, "conflict_in_file", {"first_row": first.row})
            self._quarantine(row, outcome, [problem], reference)

    def _quarantine(
        self, row: Row, outcome: Outcome, problems: Sequence[Problem], reference: str | None
    ) -> None:
        reader = self.desk.reader
        self.quarantined.append(
            Quarantined(
                row=row.number,
                problems=tuple(problems),
                keys=salvage_keys(outcome.keys, reader, self.parser.code_key, self.parser.name_key),
                domains=outcome.domains,
                unit=outcome.unit,
                named_unit=outcome.named_unit,
                identity=outcome.identity,
                reference=reference,
                cells=as_sent(reader.table, row),
            )
        )


def as_sent(table: Table, row: Row) -> dict[str, str]:
    """The unit's own cells of a row, so that the same row sent again is seen to be the same."""
    ours = {table.columns[index].header for index in own_columns(table.columns)}
    return {header: text for header, text in table.cells(row).items() if header not in ours}


def checked_reference(reader: RowReader) -> str | None:
    """The row's 行标识 if it is whole; a damaged one is reported and the row read as a new one."""
    text = reader.reference()
    if text is None:
        return None
    try:
        return references.encode(references.decode(text))
    except MalformedInput:
        reader.warn("reference_unknown", "退回行标识")
        return None


def _says_the_same(first: RecordDraft | RepairDraft, second: RecordDraft | RepairDraft) -> bool:
    if isinstance(first, RecordDraft) and isinstance(second, RecordDraft):
        return same_content(first, second)
    if isinstance(first, RepairDraft) and isinstance(second, RepairDraft):
        return (first.target, first.repair, first.repaired_on, first.channel, first.decision_number) == (
            second.target, second.repair, second.repaired_on, second.channel, second.decision_number,
        )  # fmt: skip
    return False

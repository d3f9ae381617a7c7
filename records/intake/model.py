"""The shapes that intake works with: tables as read, drafts as parsed, rows that must go back.

Accounting (rule R20) holds for every file::

    rows in file = accepted + unchanged + quarantined + recognised non-data rows

where ``Parsed.rows`` are those the caller accepts or finds unchanged, ``Parsed.repeated``
are unchanged within the file itself, and ``Parsed.skipped`` names each non-data row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from records.model import Category, Kind, Procedure, Repair, Review, SubjectKeys

NOTHING_SUSPECT: Final[Mapping[int, str]] = {}
"""Shared by the many rows in which no cell is suspect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How large a bureau's file may be; each refusal names the limit it met."""

    file_bytes: int = 50 * 1024 * 1024
    """Bytes as sent: a year of a large bureau's penalties is about 20 MB of GB18030."""
    unpacked_bytes: int = 100 * 1024 * 1024
    """Bytes of all parts of an XLSX together, counted while unpacking, not as declared."""
    unpack_ratio: int = 100
    """Unpacked over packed bytes; honest workbooks stay below 60."""
    rows: int = 200_000
    columns: int = 256
    cells: int = 8_000_000
    """Rows times width of the widest row: bounds memory for sparse sheets."""
    cell_chars: int = 32_767
    """What a cell of a spreadsheet program can hold; a longer one swallowed other rows."""
    sheets: int = 30


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the file."""

    index: int
    """0-based place in ``Row.values``."""
    header: str
    """As the unit wrote it, cleaned; ``第N列`` where the header cell is empty."""


@dataclass(slots=True)
class Row:
    """One data row as text; numbers and dates of a workbook are written out plainly."""

    number: int
    """1-based row as a spreadsheet program shows it."""
    values: list[str]
    """One text per column, at least as many as there are columns."""
    suspect: Mapping[int, str] = field(default_factory=lambda: NOTHING_SUSPECT)
    """Column index to quarantine code (``formula_cell``, ``digits_lost`` ...) for cells whose text
    must not be trusted; index -1 speaks of the whole row."""

    @property
    def formula(self) -> frozenset[int]:
        """Columns in which the file itself holds a formula."""
        return frozenset(index for index, code in self.suspect.items() if code == "formula_cell")


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that is no data, and what it was taken for."""

    row: int
    why: str
    """``title``, ``header``, ``header_repeated``, ``header_note``, ``blank`` or ``footer``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A bureau's file as rows of text."""

    header_row: int
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    skipped: tuple[Skipped, ...]
    format: str
    """``csv``, ``xlsx`` or ``xls``."""
    encoding: str | None = None
    """Of a CSV: ``utf-8``, ``utf-8-sig``, ``utf-16``, ``gb18030``."""
    sheet: str | None = None
    other_sheets: tuple[str, ...] = ()
    """Sheets with content but without a table header; reported, not read."""
    date_1904: bool = False
    """Serial day numbers count from 1904-01-01 instead of 1899-12-30."""
    text_numbers: Mapping[int, int] = field(default_factory=dict)
    """Column index to the number of cells in which a workbook stores a number as text."""

    @property
    def rows_in_file(self) -> int:
        """Every row of the file up to its last filled one."""
        return len(self.rows) + len(self.skipped)

    def cells(self, row: Row) -> dict[str, str]:
        """``row`` as header to text, with what stands beyond the last header as ``第N列``."""
        named = {column.header: row.values[column.index] for column in self.columns}
        extra = enumerate(row.values[len(self.columns) :], len(self.columns) + 1)
        return named | {f"第{place}列": value for place, value in extra if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchInfo:
    """What a unit's person says about a file when sending it."""

    id: UUID
    unit: str
    """Id of the sending unit."""
    file_sha256: str
    received_at: datetime
    confirmed_by: str
    domain: str | None = None
    """领域 for all rows that do not name one (``--domain``)."""
    no_simple: bool = False
    """Attested: 本批不含简易程序 (rule R14)."""
    list_name: str | None = None
    """名单名称 for all rows of a list file that has no such column."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason why a row went to quarantine."""

    column: str | None
    """Header as the unit wrote it; None: the row as a whole."""
    code: str
    """Has a sentence and a 处理建议 in ``templates/messages/intake.*.toml``."""
    fields: Mapping[str, object] = field(default_factory=dict)
    """What the sentence names; never a certificate number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A row that could not be taken, with all its problems at once."""

    row: int
    problems: tuple[Problem, ...]
    """At least one."""
    keys: SubjectKeys | None
    """What the row says about whom it concerns, as far as readable: it makes doubts (rule R3)."""
    domains: tuple[str, ...]
    """Empty: not mapped, so it casts doubt on all domains."""
    unit: str | None
    """Deciding unit where it could be mapped."""
    named_unit: str | None
    """The deciding unit's name as the row gives it: an operator assigns it once (rule R19)."""
    identity: str | None
    """Record identity where it could be made."""
    reference: str | None
    """行标识 the row carried, when it came from a returned sheet."""
    cells: Mapping[str, str]
    """The row as sent.  May hold certificate numbers: keep it encrypted, never log it."""

    @property
    def column(self) -> str | None:
        """Column of the first problem."""
        return self.problems[0].column

    @property
    def code(self) -> str:
        """Code of the first problem."""
        return self.problems[0].code

    @property
    def fields(self) -> Mapping[str, object]:
        """Fields of the first problem."""
        return self.problems[0].fields


@dataclass(slots=True, kw_only=True)
class RecordDraft:
    """A credit record without ids, subject, times and provenance: what one accepted row says.

    Not frozen, because one is made per row and freezing would cost a tenth of the parser's
    time; nobody changes one all the same.
    """

    kind: Kind
    identity: str
    keys: SubjectKeys
    unit: str
    domains: tuple[str, ...]
    list_name: str | None = None
    document_number: str | None = None
    decided_on: date | None = None
    effective_on: date | None = None
    ended_on: date | None = None
    ended_why: str | None = None
    procedure: Procedure | None = None
    simple_confirmed: bool = False
    categories: tuple[Category, ...] = ()
    fine_fen: int = 0
    confiscated_fen: int = 0
    repair: Repair = Repair.NOT_REPAIRED
    repaired_on: date | None = None
    repair_channel: str | None = None
    review: Review | None = None
    review_on: date | None = None
    review_number: str | None = None
    objected: bool = False
    minor: bool = False
    public_security: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairDraft:
    """A returned repair result for a penalty that is already here (rule R17)."""

    target: str
    """Identity of the penalty it speaks of."""
    unit: str
    domains: tuple[str, ...] = ()
    """Domains of the unit's penalties, for the doubt it makes where the penalty is not here."""
    keys: SubjectKeys
    document_number: str
    repair: Repair
    repaired_on: date | None
    channel: str | None
    decision_number: str | None
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectDraft:
    """A subject of the register file; ``keys.person_number`` is plain and stays in memory."""

    keys: SubjectKeys
    name: str
    """As written, for printing; ``keys.name`` is normalised."""
    kind: str
    """Slug of the subject kind."""
    uscc: str | None
    registration_number: str | None
    organisation_code: str | None
    legal_representative: str | None
    established_on: date | None
    residence: str | None
    registration_authority: str | None
    registered_state: str
    parent_uscc: str | None
    """USCC of the head office of a branch, where the file names it."""


class ParsedRow(NamedTuple):
    """An accepted row; ``reference`` names the quarantined row it mends, if any.

    A tuple, because one is made per row, and a frozen dataclass takes three times as long.
    """

    row: int
    draft: RecordDraft | RepairDraft
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedSubject:
    """An accepted row of a register file."""

    row: int
    draft: SubjectDraft
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Repeated:
    """A row that says again, word for word, what an earlier row of the file says."""

    row: int
    first_row: int
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something understood and reported that keeps no row back."""

    code: str
    column: str | None
    rows: tuple[int, ...]
    """Empty: it speaks of the file."""
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """Everything one file says, each of its rows in exactly one place."""

    rows: tuple[ParsedRow, ...]
    repeated: tuple[Repeated, ...]
    quarantined: tuple[Quarantined, ...]
    skipped: tuple[Skipped, ...]
    warnings: tuple[Notice, ...]
    unknown_columns: tuple[str, ...]
    """Headers nobody knows; their cells are kept in ``fields``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedSubjects:
    """Everything one register file says, each of its rows in exactly one place."""

    rows: tuple[ParsedSubject, ...]
    repeated: tuple[Repeated, ...]
    quarantined: tuple[Quarantined, ...]
    skipped: tuple[Skipped, ...]
    warnings: tuple[Notice, ...]
    unknown_columns: tuple[str, ...]

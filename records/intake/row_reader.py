"""Reads the cells of one row by canonical key and gathers every problem of it at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from operator import itemgetter
from typing import Any, Final

from domain.errors import MalformedInput
from domain.identifiers import UsccCheck, check_uscc, normalise_identifier
from domain.times import shanghai_day
from records.intake import cells
from records.intake.column_names import REFERENCE
from records.intake.headers import ColumnMap
from records.intake.model import Notice, Problem, Row, Table
from records.intake.redaction import (
    Redact,
    redact_numbers,
    redact_text,
)
from records.intake.remembering import CACHE, Remembered, Value, kept, remembering
from records.matching import normalise_name

MARKER: Final = "〔待核对〕"
"""Stands in a returned sheet before a value nobody may trust; a person checks it and takes it away."""
_EMPTY: Final = cells.BLANKS | {""}


class Notices:
    """Warnings of a whole file, gathered per code and column."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str | None], list[int]] = {}
        self._fields: dict[tuple[str, str | None], Mapping[str, object]] = {}

    def add(self, code: str, column: str | None, row: int | None = None, **fields: object) -> None:
        """Note that ``code`` holds of a row, or of the file."""
        key = (code, column)
        rows = self._rows.get(key)
        if rows is None:
            rows = self._rows[key] = []
            self._fields[key] = fields
        if row is not None:
            rows.append(row)

    def all(self) -> tuple[Notice, ...]:
        """Every warning in the order of its first appearance."""
        return tuple(
            Notice(
                code=code,
                column=column,
                rows=tuple(rows),
                fields={**self._fields[code, column], "count": len(rows)},
            )
            for (code, column), rows in self._rows.items()
        )


class RowReader:
    """The cells of the row last loaded, by canonical key; reading notes problems and goes on."""

    def __init__(self, table: Table, columns: ColumnMap, received_at: datetime, notices: Notices) -> None:
        self.table = table
        self.columns = columns
        self.today = shanghai_day(received_at)
        self.notices = notices
        self.values: list[str] = []
        self.number = 0
        self.problems: list[Problem] = []
        self._doubtful: frozenset[str | None] = frozenset()
        self._index = columns.index
        self._returned = REFERENCE in columns.index
        self._headers = {column.index: column.header for column in table.columns}
        self._days: dict[str, date | MalformedInput] = {}
        self._money: dict[str, int | MalformedInput] = {}
        self._codes: dict[str, UsccCheck] = {}
        self._groups: dict[Callable[[RowReader], Any], _Group] = {}
        self._together: dict[tuple[str, ...], Callable[[list[str]], tuple[str, ...]]] = {}
        self._noted = 0
        """Problems and warnings that reading brought up so far, in the whole file."""
        self.redacted = Remembered(redact_text)
        """A text as it may be kept."""
        self.plain_name: Redact = remembering(lambda text: normalise_name(redact_numbers(text)))
        """A name as it is compared."""

    def load(self, row: Row) -> None:
        """Turn to ``row``; cells that the file itself makes doubtful are problems already."""
        self.values = row.values
        self.number = row.number
        self.problems = []
        self._doubtful = frozenset[str | None]()
        if row.suspect:
            self._doubtful = frozenset(self._header_at(index) for index in row.suspect if index >= 0)
            for index, code in sorted(row.suspect.items()):
                self.problems.append(Problem(self._header_at(index), code, self._shown_at(index)))
        if self._returned:
            self._look_for_marker()

    def _header_at(self, index: int) -> str | None:
        return None if index < 0 else self._headers.get(index, f"第{index + 1}列")

    def _shown_at(self, index: int) -> Mapping[str, object]:
        return {"value": cells.shown(self.values[index])} if 0 <= index < len(self.values) else {}

    def _look_for_marker(self) -> None:
        for column in self.table.columns:
            if self.values[column.index].startswith(MARKER):
                self.problems.append(Problem(column.header, "marker_left"))

    def has(self, key: str) -> bool:
        """True if the file has that column."""
        return key in self._index

    def header(self, key: str) -> str:
        """The column as the unit calls it, or its canonical name where the file has none."""
        return self.columns.header.get(key, key)

    def text(self, key: str) -> str:
        """The cell's text; empty where the file has no such column, and for ``/``, ``无``, ``NULL`` ..."""
        place = self._index.get(key)
        if place is None:
            return ""
        value = self.values[place]
        return "" if value in _EMPTY else value

    def once(self, keys: tuple[str, ...], make: Callable[[RowReader], Value]) -> Value:
        """What ``make`` reads from the cells of ``keys``, worked out once per wording of them.

        ``make`` MUST read no other cell.  What brings up a problem or a warning is read again in
        each row, because both name the row.
        """
        group = self._groups.get(make)
        if group is None:
            group = self._groups[make] = _Group(self._index, keys)
        wording = group.wording(self.values)
        known: dict[object, Value] = group.known
        if wording in known:
            return known[wording]
        before = self._noted
        found = make(self)
        if self._noted == before:
            if len(known) > CACHE:
                known.clear()
            known[wording] = found
        return found

    def empty_among(self, keys: tuple[str, ...]) -> list[str]:
        """Those of ``keys`` for which the file has a column that is empty in this row."""
        together = self._together.get(keys)
        if together is None:
            together = self._together[keys] = _cells(self._index, keys)
        if _EMPTY.isdisjoint(together(self.values)):
            return []
        return [key for key in keys if key in self._index and not self.text(key)]

    def fail(self, key: str, code: str, **fields: object) -> None:
        """Note a problem of a column; of a doubtful cell nothing more is said than that it is one."""
        self._noted += 1
        header = self.header(key)
        if header not in self._doubtful:
            self.problems.append(Problem(header, code, fields))

    def warn(self, code: str, key: str | None = None, **fields: object) -> None:
        """Note a warning about this row."""
        self._noted += 1
        self.notices.add(code, None if key is None else self.header(key), self.number, **fields)

    def need(self, key: str) -> str:
        """The cell's text; an empty one is ``required_missing``."""
        value = self.text(key)
        if not value:
            self.fail(key, "required_missing")
        return redact_numbers(value)

    def words(self, key: str) -> str:
        """The cell's text without resident identity numbers, as names and 文号 are kept."""
        return redact_numbers(self.text(key))

    def day(self, key: str, *, needed: bool = False, past: bool = True) -> date | None:
        """The cell's day or None; ``past``: a day after receipt is ``date_future``."""
        value = self.need(key) if needed else self.text(key)
        if not value:
            return None
        found = self.peek_day(value)
        if isinstance(found, MalformedInput):
            self.fail(key, found.code, **found.fields)
            return None
        if past and found > self.today:
            self.fail(key, "date_future", value=found.isoformat(), today=self.today.isoformat())
            return None
        return found

    def peek_day(self, text: str) -> date | MalformedInput:
        """The day ``text`` names, or why it names none; notes nothing."""
        found = self._days.get(text)
        if found is None:
            found = kept(self._days, text, lambda: cells.day_of(text, date_1904=self.table.date_1904))
        return found

    def money(self, key: str, *, in_yuan: bool = False) -> int | None:
        """Fen of an amount cell, 0 where it is empty, None where it cannot be read."""
        value = self.text(key)
        if not value:
            return 0
        memo = f"{value}元" if in_yuan else value
        found = self._money.get(memo)
        if found is None:
            found = kept(self._money, memo, lambda: cells.fen_of(value, in_yuan=in_yuan))
        if isinstance(found, MalformedInput):
            self.fail(key, found.code, **found.fields)
            return None
        return found

    def uscc(self, key: str) -> str | None:
        """The cell's unified social credit code, if it is one; a wrong one is a problem."""
        value = self.text(key)
        if not value or not value.strip("0"):
            return None
        checked = self._codes.get(value)
        if checked is None:
            if len(self._codes) > CACHE:
                self._codes.clear()
            checked = self._codes[value] = check_uscc(value)
        if checked.problem is None:
            if checked.warnings:
                self.warn("uscc_organisation_digit", key)
            return checked.value
        if checked.value:
            self._refuse_uscc(key, checked)
        return None

    def _refuse_uscc(self, key: str, checked: UsccCheck) -> None:
        if cells.is_resident_number(checked.value):
            self.fail(key, "uscc_is_person_number")
        elif checked.problem == "uscc_length":
            self.fail(key, "uscc_length", length=len(checked.value))
        else:
            self.fail(key, str(checked.problem), value=cells.shown(checked.value))

    def code(self, key: str) -> str | None:
        """An identifier normalised to half width, without blanks; None where there is none, or a person's.

        SECURITY: these codes are kept plain; a certificate number in their column must not be (rule R7).
        """
        value = self.text(key)
        code = normalise_identifier(value) if value and value.strip("0") else ""
        return None if not code or cells.names_person(code) else code

    def person_code(self, keys: tuple[str, ...]) -> str | None:
        """A resident identity number that stands in a column made for another code."""
        found = (normalise_identifier(text) for key in keys if (text := self.text(key)))
        return next((code for code in found if cells.names_person(code)), None)

    def reference(self) -> str | None:
        """The 行标识 the row carries, when it comes from a returned sheet."""
        return normalise_identifier(self.text(REFERENCE)) or None if self._returned else None


def cells_at(places: Sequence[int]) -> Callable[[list[str]], tuple[str, ...]]:
    """What gives a row's cells in those places."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda values: tuple(values[place] for place in places)


def _cells(index: Mapping[str, int], keys: tuple[str, ...]) -> Callable[[list[str]], tuple[str, ...]]:
    """What gives a row's cells in those of the columns that the file has."""
    return cells_at([index[key] for key in keys if key in index])


class _Group:
    """Cells that are read together, and what each wording of them was found to say."""

    __slots__ = ("known", "wording")

    def __init__(self, index: Mapping[str, int], keys: tuple[str, ...]) -> None:
        self.wording = _cells(index, keys)
        self.known: dict[object, Any] = {}

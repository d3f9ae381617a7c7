"""Where the table stands inside a sheet: title rows, header, data, footers, blank rows (rule R20).

Every row up to the last filled one becomes a data row or a :class:`Skipped` with a reason;
nothing is dropped in silence.  A row counts as footer only if it is nearly empty and starts
with a footer word, so that a firm named 合计 keeps its records.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from domain.errors import MalformedInput
from records.intake.headers import known_names, recognised
from records.intake.model import Column, Limits, Row, Skipped

HEADER_WITHIN: Final = 40
"""A header is looked for in that many first rows; official forms have at most about ten above it."""
HEADER_NAMES: Final = 2
"""So many known column names make a row a header; one alone may stand in a title."""

_FOOTER: Final = re.compile(
    r"(?:(?:合|总|小|共)\s*计|填\s*表\s*(?:人|单位|日期|时间)|制\s*表\s*(?:人|单位|日期|时间)|审\s*核\s*人|复核人"
    r"|填\s*报\s*(?:人|单位|日期|时间)|报送(?:人|单位|日期|时间)|(?:单位)?负责人(?:签字|签章|签名)?|经办人|联系人"
    r"|联系电话|(?:单位)?(?:盖章|公章)|填表说明|填报说明|说明|备注|注)\s*(?:[:：(（].*)?"
    r"|[(（](?:单位)?(?:盖章|公章)[)）]|(?:数据)?导出时间\s*[:：].*|(?:合|总|小|共)\s*计\s*\d+\s*(?:条|行|户|家)?",
    re.DOTALL,
)
_NOTE_WORDS: Final = frozenset(
    {"必填", "选填", "非必填", "是", "否", "必填项", "选填项", "可选", "文本", "日期", "数值"}
)
_CODE_SHAPE: Final = re.compile(r"[0-9A-Z]{18}")


@dataclass(frozen=True, slots=True)
class Layout:
    """The parts of one sheet."""

    header_row: int
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    skipped: tuple[Skipped, ...]


def find_header(rows: Iterable[Sequence[str]]) -> tuple[int, int] | None:
    """(0-based place, names recognised) of the header among the first rows, or None."""
    best: tuple[int, int] | None = None
    for place, cells in enumerate(rows):
        if place >= HEADER_WITHIN:
            break
        names = recognised(cells)
        if names >= HEADER_NAMES and (best is None or names > best[1]):
            best = (place, names)
    return best


def lay_out(
    rows: Iterable[list[str]],
    header_at: int,
    suspects: Mapping[int, dict[int, str]],
    limits: Limits,
    *,
    ragged: bool,
) -> Layout:
    """The sheet as header, data rows and skipped rows.

    ``rows`` are all rows from the first on, cleaned; ``suspects`` maps a 0-based row to
    suspect cells; ``ragged``: cells beyond the header shift a row (CSV) and make it suspect.
    Raises MalformedInput ``too_many_rows`` or ``too_many_columns``.
    """
    source = iter(rows)
    above = [next(source) for _ in range(header_at)]
    header = next(source)
    columns = _columns(header, limits)
    skipped = [Skipped(n, "title" if any(cells) else "blank") for n, cells in enumerate(above, 1)]
    skipped.append(Skipped(header_at + 1, "header"))
    body = _Body(columns, suspects, limits, ragged)
    data = tuple(body.read(source, header_at + 2))
    skipped.extend(body.skipped)
    return Layout(header_at + 1, columns, data, tuple(_without_tail_blanks(skipped, data)))


def _columns(header: Sequence[str], limits: Limits) -> tuple[Column, ...]:
    width = len(header)
    while width and not header[width - 1]:
        width -= 1
    if width > limits.columns:
        raise MalformedInput("too_many_columns", columns=width, limit=limits.columns)
    seen: dict[str, int] = {}
    columns = []
    for index, cell in enumerate(header[:width]):
        name = " ".join(cell.split()) or f"第{index + 1}列"
        seen[name] = seen.get(name, 0) + 1
        columns.append(Column(index, name if seen[name] == 1 else f"{name}_{seen[name]}"))
    return tuple(columns)


class _Body:
    """Sorts the rows below the header."""

    def __init__(
        self,
        columns: tuple[Column, ...],
        suspects: Mapping[int, dict[int, str]],
        limits: Limits,
        ragged: bool,
    ) -> None:
        self.width = len(columns)
        self.names = known_names() | {column.header for column in columns}
        self.few = max(3, self.width // 3)
        self.suspects = suspects
        self.limits = limits
        self.ragged = ragged
        self.skipped: list[Skipped] = []

    def read(self, source: Iterator[list[str]], first: int) -> Iterator[Row]:
        width, few, suspects = self.width, self.few, self.suspects
        count = 0
        for number, values in enumerate(source, first):
            missing = width - len(values)
            if missing > 0:
                values.extend([""] * missing)
            filled = len(values) - values.count("")
            suspect = suspects.get(number - 1) if suspects else None
            if filled <= few and suspect is None and (why := self._no_data(values, filled)):
                self.skipped.append(Skipped(number, why))
                continue
            if values[0] in self.names and self._mostly_names(values):
                self.skipped.append(Skipped(number, "header_repeated"))
                continue
            count += 1
            if count > self.limits.rows:
                raise MalformedInput("too_many_rows", limit=self.limits.rows)
            yield self._row(number, values, suspect, missing)

    def _row(self, number: int, values: list[str], suspect: dict[int, str] | None, missing: int) -> Row:
        if missing < 0 and self.ragged and any(values[self.width :]):
            suspect = {**(suspect or {}), -1: "extra_cells"}
        return Row(number, values, suspect) if suspect else Row(number, values)

    def _no_data(self, values: Sequence[str], filled: int) -> str | None:
        if filled == 0:
            return "blank"
        cells = [cell for cell in values if cell]
        if any(_CODE_SHAPE.fullmatch(cell) for cell in cells):
            return None
        if _FOOTER.fullmatch(cells[0]):
            return "footer"
        return "header_note" if filled > 1 and all(cell in _NOTE_WORDS for cell in cells) else None

    def _mostly_names(self, values: Sequence[str]) -> bool:
        """A header printed again on each page, or the codes below the Chinese names."""
        filled = [cell for cell in values if cell]
        return recognised(filled) * 2 > len(filled) and len(filled) > 1


def _without_tail_blanks(skipped: list[Skipped], data: Sequence[Row]) -> Iterator[Skipped]:
    """Blank rows after the last filled row are no rows of the file."""
    last = max([row.number for row in data] + [s.row for s in skipped if s.why != "blank"])
    return (s for s in skipped if s.row <= last)

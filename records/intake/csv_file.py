"""CSV as bureaus send it: UTF-8 with or without BOM, UTF-16 with BOM, GB18030; comma, tab, semicolon or bar.

A file with a few unreadable bytes is still read: those rows carry U+FFFD and go to quarantine.
A quote that is never closed would swallow the rows after it, so it refuses the file.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from domain.errors import MalformedInput
from records.intake.layout import HEADER_WITHIN, find_header, lay_out
from records.intake.model import Limits, Table
from records.intake.remembering import Remembered
from records.intake.text import DAMAGED, clean

_DELIMITERS: Final = (",", "\t", ";", "|")
_EQUALS: Final = re.compile(r"(?:^|[,;|\t\n\r\"])\s*=")
_LITERAL: Final = re.compile(r'="([^"]*)"')
"""``="00123"``, which programs write so that leading zeros stay: a text, not a formula."""
_DAMAGE_RATIO: Final = 20
"""A file is taken as an encoding if fewer than one in so many non-ASCII characters is damaged."""


def decode_text(data: bytes) -> tuple[str, str]:
    """(text, encoding); raises MalformedInput ``encoding_unknown``."""
    if data.startswith(codecs.BOM_UTF8):
        return _decode(data[3:], "utf-8", "utf-8-sig")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decode(data, "utf-16", "utf-16")
    for encoding in ("utf-8", "gb18030"):
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    for encoding in ("utf-8", "gb18030"):
        text = data.decode(encoding, "replace")
        if _mostly_readable(text):
            return text, encoding
    raise MalformedInput("encoding_unknown")


def _decode(data: bytes, encoding: str, name: str) -> tuple[str, str]:
    text = data.decode(encoding, "replace")
    if DAMAGED in text and not _mostly_readable(text):
        raise MalformedInput("encoding_unknown")
    return text, name


def _mostly_readable(text: str) -> bool:
    damaged = text.count(DAMAGED)
    readable = sum(1 for char in text if char > "\x7f") - damaged
    return readable > _DAMAGE_RATIO * damaged


def read_csv(data: bytes, limits: Limits) -> Table:
    """The table in a CSV file; raises MalformedInput (``header_not_found``, ``csv_quote`` ...)."""
    text, encoding = decode_text(data)
    delimiter, header_at = _find_table(text)
    records = _Records(text, delimiter, limits)
    layout = lay_out(records.read(), header_at, records.suspects, limits, ragged=True)
    return Table(
        header_row=layout.header_row,
        columns=layout.columns,
        rows=layout.rows,
        skipped=layout.skipped,
        format="csv",
        encoding=encoding,
    )


def _find_table(text: str) -> tuple[str, int]:
    """(delimiter, 0-based row of the header): the delimiter under which most column names appear."""
    best: tuple[int, str, int] | None = None
    start = io.StringIO(text[:200_000], newline="")
    for delimiter in _DELIMITERS:
        start.seek(0)
        found = find_header(_first_rows(start, delimiter))
        if found is not None and (best is None or found[1] > best[0]):
            best = (found[1], delimiter, found[0])
    if best is None:
        raise MalformedInput("header_not_found", rows=HEADER_WITHIN)
    return best[1], best[2]


def _first_rows(lines: io.StringIO, delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for cells in islice(csv.reader(lines, delimiter=delimiter), HEADER_WITHIN):
            rows.append([clean(cell) for cell in cells])
    except csv.Error:
        pass  # The rows before the broken one may hold the header; reading the file names the broken row.
    return rows


class _Records:
    """The rows of a CSV as clean cells; ``suspects`` fills while they are read."""

    def __init__(self, text: str, delimiter: str, limits: Limits) -> None:
        self.suspects: dict[int, dict[int, str]] = {}
        self.text = text
        self.delimiter = delimiter
        self.limits = limits
        self.width = 0
        # Asked once for the whole file, because almost no file needs the slow way.
        self.damaged = DAMAGED in text
        self.formulas = "=" in text and _EQUALS.search(text) is not None
        self.long = any(len(line) > limits.cell_chars for line in text.split("\n"))

    def read(self) -> Iterator[list[str]]:
        lines = csv.reader(io.StringIO(self.text, newline=""), delimiter=self.delimiter, strict=True)
        # Equal cells become one text, which is cleaned and hashed once.
        cleaned = Remembered(clean)
        slow = self.damaged or self.formulas or self.long
        place = line = 0
        try:
            for place, record in enumerate(lines):
                values = [cleaned[cell] for cell in record]
                if slow or lines.line_num - line > 1:
                    self._look(place, values)
                line = lines.line_num
                yield values
        except csv.Error as error:
            raise MalformedInput("csv_quote", row=place + 2, line=lines.line_num) from error

    def _look(self, place: int, values: list[str]) -> None:
        """Note cells that must not be trusted; refuse a cell that swallowed rows."""
        found: dict[int, str] = {}
        for index, cell in enumerate(values):
            if cell.startswith("="):
                literal = _LITERAL.fullmatch(cell)
                if literal:
                    values[index] = literal.group(1).strip()
                else:
                    found[index] = "formula_cell"
            elif DAMAGED in cell:
                found[index] = "text_damaged"
            elif len(cell) > self.limits.cell_chars:
                found[index] = "cell_too_long"
            elif "\n" in cell and self._swallowed(cell, len(values)):
                raise MalformedInput("csv_quote", row=place + 1, line=place + 1)
        if found:
            self.suspects[place] = found

    def _swallowed(self, cell: str, width: int) -> bool:
        """True if a line inside the cell has as many delimiters as a row: a quote was left open."""
        self.width = max(self.width, width)
        return self.width > 2 and any(
            line.count(self.delimiter) >= self.width - 1 for line in cell.split("\n")[1:]
        )

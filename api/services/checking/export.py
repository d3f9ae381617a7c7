"""A batch as XLSX or CSV: no cell can become a formula, each row can be checked again."""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import xlsxwriter

from api.services.checking.matrix import Matrix, Row
from domain.money import format_fen
from domain.times import parse_rfc3339, shanghai_text
from domain.wording import Wording

BUNDLE_NAME: Final = "trust.jws"
COLUMNS: Final = (
    "place", "file", "document", "content", "scope", "reason", "next", "status", "code", "number", "subject",
    "uscc", "as_of", "window", "domains", "records", "fine", "latest", "repeats", "rule", "rule_notes",
    "sha256", "policy", "policy_sha256", "trust_sha256", "anchor", "verified_at", "command",
)  # fmt: skip
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\x00", "＝", "＋", "－", "＠")


def header(words: Wording) -> list[str]:
    """Return the column titles."""
    return [words.text(f"batch_column_{name}") for name in COLUMNS]


def cells(table: Matrix, words: Wording) -> Iterator[list[str | int | float | None]]:
    """Return one list a row; amounts in yuan as numbers, everything else as text."""
    for row in table.rows:
        yield [_cell(name, row, words) for name in COLUMNS]


def to_csv(table: Matrix, words: Wording) -> bytes:
    """Return RFC 4180 text in UTF-8 with a byte order mark, so that Excel reads the Chinese."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_MINIMAL)
    writer.writerow(header(words))
    for row in cells(table, words):
        writer.writerow(
            [defused(each) if isinstance(each, str) else "" if each is None else each for each in row]
        )
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")


def to_xlsx(table: Matrix, words: Wording, now: datetime) -> bytes:
    """Return a workbook with the table on one sheet and what it rests on upon another."""
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        bold, money = (
            book.add_format({"bold": True, "text_wrap": True}),
            book.add_format({"num_format": "#,##0.00"}),
        )
        sheet = book.add_worksheet(words.text("batch_sheet"))
        sheet.write_row(0, 0, header(words), bold)
        sheet.freeze_panes(1, 2)
        sheet.set_column(0, len(COLUMNS) - 1, 18)
        for place, row in enumerate(cells(table, words), 1):
            _write(sheet, place, row, money)
        notes = book.add_worksheet(words.text("batch_sheet_notes"))
        for place, text in enumerate(_notes(table, words, now)):
            notes.write_string(place, 0, text)
        notes.set_column(0, 0, 100)
    return out.getvalue()


def _write(sheet: Any, place: int, row: Sequence[str | int | float | None], money: Any) -> None:
    for column, value in enumerate(row):
        if value is None:
            continue
        if isinstance(value, str):
            # A string cell never calculates in Excel; the quote is for whoever saves the sheet as CSV later.
            sheet.write_string(place, column, defused(value))
        else:
            sheet.write_number(place, column, value, money if COLUMNS[column] == "fine" else None)


def defused(text: str) -> str:
    """Return ``text`` so that no spreadsheet takes it for a formula (ASVS 1.2.10)."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def command(row: Row) -> str:
    """Return the command line that checks the row again without this service."""
    # Of a file whose digest alone was sent the name is not known here: FILE stands for it.
    name = row.line.name or "FILE"
    path = f"./{name}" if name.startswith("-") else name
    if row.receipt:
        return f"daizheng verify-receipt {shlex.quote(path)} --trust {BUNDLE_NAME}"
    return f"daizheng verify {shlex.quote(path)} --trust {BUNDLE_NAME} --policy authenticity"


def rule_notes(row: Row, words: Wording) -> list[str]:
    """Return what the receiver's own rule says of the row, in words."""
    if row.rule is None:
        return []
    told = []
    for code, fields in row.rule.notes:
        shown = dict(fields)
        if "category" in shown:
            shown["category"] = words.text(f"batch_category_{shown['category']}")
        told.append(words.text(code, **shown))
    return told


def repeats(row: Row, words: Wording) -> str:
    """Return which earlier row this one repeats, or an empty text."""
    if row.same_file is not None:
        return words.text("batch_same_file", place=row.same_file)
    if row.same_number is not None:
        return words.text("batch_same_number", place=row.same_number)
    return ""


def _cell(name: str, row: Row, words: Wording) -> str | int | float | None:
    if name in _OF_ROW:
        return _OF_ROW[name](row, words)  # type: ignore[no-any-return]
    verdict = row.line.verdict or {}
    told = row.line.told.get(words.language, {})
    trust = (verdict.get("sources") or {}).get("trust_list") or {}
    values: dict[str, Any] = {
        "document": told.get("document") or words.text("portal_not_verified"),
        "content": told.get("content"),
        "scope": ";".join(told.get("scope", ())),
        "reason": told.get("reason")
        or (words.text(f"{row.line.problem}.line") if row.line.problem else None),
        "next": told.get("next") or (words.text(f"{row.line.problem}.next") if row.line.problem else None),
        "code": verdict.get("code") or row.line.problem,
        "policy": (verdict.get("policy") or {}).get("id"),
        "policy_sha256": (verdict.get("policy") or {}).get("sha256"),
        "trust_sha256": trust.get("sha256"),
        "anchor": trust.get("anchor_sha256"),
        "verified_at": _instant(verdict.get("verified_at")),
    }
    value = values[name]
    return value if value is None else str(value)


_OF_ROW: Final[dict[str, Any]] = {
    "place": lambda row, _: row.place,
    "file": lambda row, _: row.line.name,
    "status": lambda row, _: row.status,
    "number": lambda row, _: row.number,
    "subject": lambda row, _: row.subject,
    "uscc": lambda row, _: row.uscc,
    "as_of": lambda row, _: _instant(row.as_of),
    "window": lambda row, words: _span(row.window, words),
    "domains": lambda row, _: None if row.domains is None else row.domains.replace("/", " / "),
    "records": lambda row, _: row.records,
    "fine": lambda row, _: None if row.fine_fen is None else row.fine_fen / 100,
    "latest": lambda row, _: row.latest,
    "repeats": lambda row, words: repeats(row, words),
    "rule": lambda row, words: words.text(f"batch_rule_outcome_{row.rule.outcome}") if row.rule else None,
    "rule_notes": lambda row, words: ";".join(rule_notes(row, words)),
    "sha256": lambda row, _: row.line.sha256,
    "command": lambda row, _: command(row),
}  # fmt: skip


def _notes(table: Matrix, words: Wording, now: datetime) -> Iterator[str]:
    yield words.text("batch_note_made", at=shanghai_text(now), count=len(table.rows))
    yield words.text("batch_note_total", records=table.records, amount=format_fen(table.fine_fen))
    yield words.text("batch_note_rule")
    yield words.text("batch_note_again", bundle=BUNDLE_NAME)


def _span(window: tuple[str, str] | None, words: Wording) -> str | None:
    return None if window is None else words.text("portal_span", first=window[0], last=window[1])


def _instant(text: str | None) -> str | None:
    return None if text is None else shanghai_text(parse_rfc3339(text))

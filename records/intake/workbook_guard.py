"""What an XLSX archive may be before any reader sees it, and what its sheets hold beside values.

The archive is unpacked once here, counted while unpacking (threats: zip bombs, lying
sizes, duplicate names), every XML part is refused if it declares a document type (entities),
and only the checked bytes go on to the reader, packed anew without compression.

Formula cells (``<f>``) and error cells (``t="e"``) are found in the sheet's own XML,
because readers hand out the cached value.  ECMA-376 part 1, clause 18.3.1.
"""

from __future__ import annotations

import codecs
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from xml.parsers import expat

from domain.errors import MalformedInput
from records.intake.model import Limits

_CHUNK: Final = 1 << 16
_ENTRIES: Final = 2_000
_ENCODINGS: Final = frozenset({"UTF-8", "UTF8", "US-ASCII"})
_SMALL: Final = 1 << 20
"""Below this the ratio says nothing: a blank template packs very well."""
_KEPT: Final = re.compile(r"(\[Content_Types\]\.xml|_rels/.*|xl/.*\.(?:xml|rels))", re.IGNORECASE)
_CELL: Final = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")
_MAYBE_SUSPECT: Final = re.compile(rb"[<:]f[\s/>]|\bt\s*=\s*[\"']e[\"']")
_CELL_TAG: Final = re.compile(rb"[<:]c[\s/>]")
_REFERENCE: Final = re.compile(rb"[<:]c\s[^<>]*?\br=\"([A-Z]{1,3})[0-9]{1,7}\"")
_ROW: Final = re.compile(rb"[<:]c\s[^<>]*?\br=\"[A-Z]{1,3}([0-9]{1,7})\"")
_RELATION: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT_RELATION: Final = "http://purl.oclc.org/ooxml/officeDocument/relationships"


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRef:
    """One worksheet as the workbook names it."""

    name: str
    path: str


@dataclass(slots=True)
class SheetFacts:
    """What the sheet's XML says beside values; rows and columns are 0-based."""

    suspects: dict[int, dict[int, str]] = field(default_factory=dict)
    """Row to column to ``formula_cell`` or ``cell_error``."""
    last_row: int = -1
    last_column: int = -1


@dataclass(frozen=True, slots=True)
class SafeWorkbook:
    """A workbook all of whose parts were counted and checked."""

    parts: Mapping[str, bytes]
    sheets: tuple[SheetRef, ...]
    date_1904: bool

    def repacked(self) -> bytes:
        """The checked parts as an archive without compression: what was checked is what is read."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            for name, content in self.parts.items():
                archive.writestr(zipfile.ZipInfo(name), content)
        return out.getvalue()


def open_workbook(data: bytes, limits: Limits) -> SafeWorkbook:
    """The checked workbook; raises MalformedInput ``archive_*``, ``xml_*`` or ``workbook_damaged``."""
    parts = _unpack(data, limits)
    for name, content in parts.items():
        _parse(content, name)
    workbook = next((name for name in parts if name.lower() == "xl/workbook.xml"), None)
    if workbook is None:
        raise MalformedInput("workbook_damaged", part="xl/workbook.xml")
    sheets, date_1904 = _sheets(parts, workbook, limits)
    return SafeWorkbook(parts, sheets, date_1904)


def _unpack(data: bytes, limits: Limits) -> dict[str, bytes]:
    parts: dict[str, bytes] = {}
    total = 0
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > _ENTRIES:
                raise MalformedInput("archive_too_many_parts", parts=len(entries), limit=_ENTRIES)
            for entry in entries:
                content = _unpack_entry(archive, entry, total, limits)
                total += len(content)
                _refuse_ratio(total, len(data), limits)
                if _KEPT.fullmatch(entry.filename):
                    if entry.filename in parts:
                        raise MalformedInput("workbook_damaged", part=entry.filename[:80])
                    parts[entry.filename] = content
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as error:
        # RuntimeError: an encrypted entry; NotImplementedError: a compression nobody uses in workbooks.
        raise MalformedInput("workbook_damaged", part="zip") from error
    return parts


def _unpack_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, before: int, limits: Limits) -> bytes:
    """The whole entry; counted by what comes out, since declared sizes may lie."""
    chunks: list[bytes] = []
    size = 0
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if before + size > limits.unpacked_bytes:
                raise MalformedInput("archive_too_large", limit_mb=limits.unpacked_bytes >> 20)
            chunks.append(chunk)
    return b"".join(chunks)


def _refuse_ratio(total: int, packed: int, limits: Limits) -> None:
    if total > _SMALL and total > packed * limits.unpack_ratio:
        raise MalformedInput("archive_ratio", ratio=limits.unpack_ratio)


Start = Callable[[str, dict[str, str]], None]


def _parse(
    content: bytes, part: str, start: Start | None = None, end: Callable[[str], None] | None = None
) -> None:
    """Feed one XML part; a document type declaration (entities, XXE) is refused, as ECMA-376 has none."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True

    def refuse(*_: Any) -> None:
        raise MalformedInput("xml_doctype", part=part[:80])

    def declared(_version: str, encoding: str | None, _standalone: int) -> None:
        # SECURITY: the reader must see the very text that was checked, so only one encoding is taken.
        if encoding is not None and encoding.upper() not in _ENCODINGS:
            raise MalformedInput("workbook_damaged", part=part[:80])

    parser.XmlDeclHandler = declared
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    if start is not None:
        parser.StartElementHandler = start
    if end is not None:
        parser.EndElementHandler = end
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise MalformedInput("workbook_damaged", part=part[:80])
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        # LookupError and ValueError: the declaration names an encoding that is none.
        raise MalformedInput("workbook_damaged", part=part[:80]) from error


def _sheets(parts: Mapping[str, bytes], workbook: str, limits: Limits) -> tuple[tuple[SheetRef, ...], bool]:
    targets = _relations(parts)
    sheets: list[SheetRef] = []
    epoch: list[bool] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        local = tag.rpartition(" ")[2]
        if local == "sheet":
            relation = attributes.get(f"{_RELATION} id") or attributes.get(f"{_STRICT_RELATION} id") or ""
            if path := targets.get(relation):
                sheets.append(SheetRef(name=attributes.get("name", ""), path=path))
        elif local == "workbookPr":
            epoch.append(attributes.get("date1904", "0") in ("1", "true"))

    _parse(parts[workbook], workbook, start)
    if len(sheets) > limits.sheets:
        raise MalformedInput("too_many_sheets", sheets=len(sheets), limit=limits.sheets)
    return tuple(sheets), any(epoch)


def _relations(parts: Mapping[str, bytes]) -> dict[str, str]:
    """Relation id to path of a worksheet part."""
    name = next((part for part in parts if part.lower() == "xl/_rels/workbook.xml.rels"), None)
    found: dict[str, str] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag.endswith(" Relationship") and attributes.get("Type", "").endswith("/worksheet"):
            target = attributes.get("Target", "")
            path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if path in parts:
                found[attributes.get("Id", "")] = path

    if name is not None:
        _parse(parts[name], name, start)
    return found


def scan_sheet(content: bytes, part: str, limits: Limits) -> SheetFacts:
    """Where formulas and errors stand in one sheet, and how far it reaches."""
    plain = _plain_facts(content, limits)
    return plain if plain is not None else _slow_scan(content, part)


def _plain_facts(content: bytes, limits: Limits) -> SheetFacts | None:
    """The facts of a sheet that surely holds no formula and no error, without visiting its cells; else None.

    Most sheets are so, and visiting 30 cells a row costs more than reading them.  Tags cannot
    be hidden: the part is UTF-8 without entities, which was checked before.
    """
    if _MAYBE_SUSPECT.search(content):
        return None
    references = _REFERENCE.findall(content)
    if len(references) != len(_CELL_TAG.findall(content)):
        return None
    last_row = max((int(row) for row in set(_ROW.findall(content))), default=0) - 1
    last_column = max((column_index(name.decode("ascii")) for name in set(references)), default=-1)
    if last_column >= limits.columns or (last_row + 1) * (last_column + 1) > limits.cells:
        return None  # Styled empty cells may reach far; only visiting the cells tells.
    return SheetFacts(last_row=last_row, last_column=last_column)


def _slow_scan(content: bytes, part: str) -> SheetFacts:
    scan = _SheetScan()
    _parse(content, part, scan.start)
    return scan.facts


class _SheetScan:
    """Follows cells by their references, or by counting where a writer leaves references out."""

    def __init__(self) -> None:
        self.facts = SheetFacts()
        self.row = self.column = -1
        self.columns: dict[str, int] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        local = tag.rpartition(" ")[2]
        if local == "c":
            self._cell(attributes)
        elif local in ("v", "is"):
            self._filled()
        elif local == "f":
            self._formula(attributes)
        elif local == "row":
            self.row = _number(attributes.get("r"), self.row + 1)
            self.column = -1

    def _cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        if reference is None:
            self.column += 1
        else:
            letters = reference.rstrip("0123456789")
            place = self.columns.get(letters)
            if place is None:
                place = self.columns[letters] = column_index(letters)
            self.column = place
            digits = reference[len(letters) :]
            if digits:
                self.row = _number(digits, self.row)
        if attributes.get("t") == "e":
            self._suspect(self.row, self.column, "cell_error")

    def _filled(self) -> None:
        facts = self.facts
        facts.last_row = max(self.row, facts.last_row)
        facts.last_column = max(self.column, facts.last_column)

    def _formula(self, attributes: dict[str, str]) -> None:
        self._filled()
        self._suspect(self.row, self.column, "formula_cell")
        if attributes.get("t") in ("array", "dataTable"):
            for row, column in _area(attributes.get("ref", "")):
                self._suspect(row, column, "formula_cell")

    def _suspect(self, row: int, column: int, code: str) -> None:
        self.facts.suspects.setdefault(row, {})[column] = code


def _number(digits: str | None, otherwise: int) -> int:
    return (
        int(digits) - 1 if digits and digits.isascii() and digits.isdigit() and len(digits) < 9 else otherwise
    )


def column_index(letters: str) -> int:
    """0-based index of a column name; 16,384 and more for what is none."""
    index = 0
    for char in letters[:4].upper():
        index = index * 26 + (ord(char) - 64 if "A" <= char <= "Z" else 26 * 26 * 26)
    return index - 1


def _area(reference: str) -> Iterator[tuple[int, int]]:
    """Cells of ``A1:B5``; at most 100,000, beyond which the first cell alone has been marked."""
    first, _, last = reference.upper().partition(":")
    a, b = _CELL.fullmatch(first), _CELL.fullmatch(last or first)
    if a is None or b is None:
        return
    rows = range(int(a.group(2)) - 1, int(b.group(2)))
    columns = range(column_index(a.group(1)), column_index(b.group(1)) + 1)
    if len(rows) * len(columns) <= 100_000:
        yield from ((row, column) for row in rows for column in columns)

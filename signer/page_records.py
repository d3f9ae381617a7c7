"""The pages of records: what this variant shows of each, and which fields it withholds.

Field ids are standard codes or, where the standard has none, the unit's own Chinese header.
Columns are found by meaning, so that a new record kind needs no new page.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from domain.catalogue import FIELD_NAMES, MARKS, RECORD_KINDS
from domain.report import RecordItem, ReportContent, ShownField, Variant
from domain.verdict import JsonValue
from signer import text

_Pair = tuple[str, str]

_UNIT: Final = ("CF_CFJG", "认定部门", "列入决定机关名称", "决定机关", "审理法院")
_DATE: Final = ("CF_JDRQ", "列入日期", "决定日期", "判决日期")
_SHORT_LABEL: Final = 9
_SHORT_VALUE: Final = 16
_BREAKABLE: Final = 1500
"""Characters from which a record may break across pages; below, it is kept together."""
_PAST: Final = frozenset({"repaired", "removed", "lifted"})


def record_pages(content: ReportContent) -> dict[str, JsonValue]:
    """The records in two groups, those still standing first, and the commitments made."""
    names = {line.id: text.printable(line.name) for line in content.domains}
    standing = [item for item in content.records if not _PAST.intersection(item.marks)]
    past = [item for item in content.records if _PAST.intersection(item.marks)]
    numbered = {item.leaf: number for number, item in enumerate((*standing, *past), start=1)}
    return {
        "full": content.variant is Variant.FULL,
        "groups": [
            [title, [_record(item, numbered[item.leaf], names) for item in items]]
            for title, items in (("记录", standing), ("已修复、已移出或已解除的记录", past))
            if items
        ],
        "commitments": [text.printable(line.name) for line in content.domains if line.commitment],
    }


def _record(item: RecordItem, number: int, names: dict[str, str]) -> dict[str, JsonValue]:
    shown = {field.id: field.value for field in item.fields if isinstance(field, ShownField)}
    withheld = [_label(field.id) for field in item.fields if not isinstance(field, ShownField)]
    unit, date = _first(shown, _UNIT), _first(shown, _DATE)
    heads = [(_label(id_), text.wrapping(shown[id_])) for id_ in (unit, date) if id_]
    rest = [(_label(id_), text.wrapping(value)) for id_, value in shown.items() if id_ not in (unit, date)]
    rest = [pair for pair in rest if pair[1]]
    return {
        "number": number,
        "kind": RECORD_KINDS[item.kind].zh if item.kind in RECORD_KINDS else text.printable(item.kind),
        "domains": "、".join(names.get(slug, text.printable(slug)) for slug in item.domains),
        "marks": [MARKS[mark].zh if mark in MARKS else text.printable(mark) for mark in item.marks],
        "unit": text.wrapping(shown.get(unit, "—")),
        "date": text.wrapping(shown.get(date, "—")),
        "rest": [[label, value] for label, value in rest],
        "lines": [[[label, value] for label, value in line] for line in _lines(heads + rest)],
        "long": sum(len(value) for _, value in rest) > _BREAKABLE,
        "withheld": "、".join(withheld),
    }


def _lines(pairs: list[_Pair]) -> list[tuple[_Pair, ...]]:
    """Label and value pairs, two short ones to a line."""
    lines: list[tuple[_Pair, ...]] = []
    for pair in pairs:
        if lines and len(lines[-1]) == 1 and _short(pair) and _short(lines[-1][0]):
            lines[-1] = (*lines[-1], pair)
        else:
            lines.append((pair,))
    return lines


def _short(pair: _Pair) -> bool:
    return len(pair[0]) <= _SHORT_LABEL and len(pair[1]) <= _SHORT_VALUE


def _first(shown: Collection[str], wanted: tuple[str, ...]) -> str:
    return next((id_ for id_ in wanted if id_ in shown), "")


def _label(field_id: str) -> str:
    return FIELD_NAMES[field_id].zh if field_id in FIELD_NAMES else text.wrapping(field_id)

"""Details opened out of a report, as lines and as JSON; they were proven before they come here."""

from __future__ import annotations

from collections.abc import Iterator

from domain.catalogue import CODED_FIELDS, FIELD_NAMES, HEADER_NAMES
from domain.disclosure import DetailItem, Details
from domain.report import ShownField
from domain.verdict import JsonValue
from domain.wording import Wording, clean


def field_label(field_id: str, language: str) -> str:
    """Give a field's name as people read it; a field that no list knows is its own name."""
    name = FIELD_NAMES.get(field_id)
    if name is not None:
        return name.zh if language == "zh" else name.en
    return clean(field_id) if language == "zh" else HEADER_NAMES.get(field_id, clean(field_id))


def field_value(field_id: str, value: str, language: str) -> str:
    """Give a value as people read it: words of a closed list in their language, text as it was filed."""
    coded = {} if language == "zh" else CODED_FIELDS.get(field_id, {})
    english = {name.zh: name.en for name in coded.values()}
    said = value.split("、")
    if not all(word in english for word in said):
        return clean(value)
    return ", ".join(english[word] for word in said)


def details_json(details: Details) -> dict[str, JsonValue]:
    """Give the opened fields for programs; ``records`` counts those of which anything is shown."""
    items: list[JsonValue] = [
        {
            "leaf": item.leaf,
            "fields": [{"id": field.id, "value": field.value} for field in _shown(item)],
            "withheld": len(item.fields) - len(_shown(item)),
        }
        for item in details.items
    ]
    return {"number": details.number, "root": details.root, "records": len(items), "items": items}


def details_lines(details: Details, words: Wording) -> Iterator[str]:
    """Yield each record's opened fields, one a line, control characters and people's numbers taken out."""
    if not details.items:
        yield f"    {words.text('details.none')}"
    for item in details.items:
        yield f"    {words.text('details.record', place=item.leaf + 1)}"
        for field in _shown(item):
            value = field_value(field.id, field.value, words.language)
            yield f"      {field_label(field.id, words.language)}: {value}"
        if hidden := len(item.fields) - len(_shown(item)):
            yield f"      {words.text('details.withheld', count=hidden)}"


def _shown(item: DetailItem) -> tuple[ShownField, ...]:
    return tuple(field for field in item.fields if isinstance(field, ShownField))

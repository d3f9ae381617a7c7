"""The unit tree as the house knows it: the region file's units and what operators added (R19)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from api.store.unit_of_work import UnitOfWork
from domain.errors import NotFound
from domain.verdict import JsonValue
from records.region_model import Serves, UnitEntry
from records.units import UnitIndex


def added_units(work: UnitOfWork, as_of: datetime | None = None) -> tuple[UnitEntry, ...]:
    """Give the entries operators added, as known at ``as_of`` (None: now)."""
    return tuple(_entry(entry, recorded) for entry, recorded in work.regions.units(as_of))


def find_unit(index: UnitIndex, text: str) -> UnitEntry:
    """Give the unit that ``text`` (name, USCC or id) means; NotFound ``unit_not_found``."""
    found = index.find(text, text) or index.unit(text)
    if found is None:
        raise NotFound("unit_not_found", unit=text[:80])
    return found


def entry_json(unit: UnitEntry) -> Mapping[str, JsonValue]:
    """Give a unit entry as it is kept."""
    return {
        "id": unit.id,
        "names": list(unit.names),
        "serves": [
            {"domain": item.domain, "kinds": list(item.kinds), "lists": list(item.lists)}
            for item in unit.serves
        ],
        "uscc": unit.uscc,
        "parent": unit.parent,
        "district": unit.district,
        "expected": unit.expected,
        "covers_district": unit.covers_district,
        "invented": unit.invented,
        "from": None if unit.from_ is None else unit.from_.isoformat(),
        "to": None if unit.to is None else unit.to.isoformat(),
    }


def _entry(kept: Mapping[str, Any], recorded: datetime) -> UnitEntry:
    return UnitEntry(
        id=kept["id"],
        names=tuple(kept["names"]),
        serves=_serves(kept["serves"]),
        uscc=kept["uscc"],
        parent=kept["parent"],
        district=kept["district"],
        expected=kept["expected"],
        covers_district=kept["covers_district"],
        invented=kept["invented"],
        from_=date.fromisoformat(kept["from"]) if kept["from"] else None,
        to=date.fromisoformat(kept["to"]) if kept["to"] else None,
        recorded_at=recorded,
    )


def _serves(rows: Sequence[Mapping[str, Any]]) -> tuple[Serves, ...]:
    return tuple(
        Serves(domain=row["domain"], kinds=tuple(row["kinds"]), lists=tuple(row["lists"])) for row in rows
    )

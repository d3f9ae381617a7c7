"""Region files: what counts where, as TOML data; ``decode`` only, the bytes are the authority.

Grammar: ``templates/schemas/region-1.schema.json`` (JSON Schema 2020-12) over the TOML
document with its dates written YYYY-MM-DD, and beyond it: every domain is in the shared
dictionary, every reference names something that exists, every id and name stands once,
every group of dated settings is in ascending order.  A file that breaks any of this is
refused with the place and what to do; nothing falls back to a default silently.
"""

from __future__ import annotations

import hashlib
import importlib.resources
import json
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, Final

import jsonschema

from domain.catalogue import DOMAINS, SUBJECT_KINDS
from domain.errors import MalformedInput, NotFound
from records.matters import check_matter, read_matters
from records.region_model import (
    District,
    DomainEntry,
    ListEntry,
    OtherCatalogue,
    Phase,
    Region,
    RowRule,
    Serves,
    UnitEntry,
)
from records.region_settings import GROUPS, settings_history

__all__ = ["MAX_BYTES", "Region", "UnitEntry", "load_region", "shipped_region", "shipped_regions"]

MAX_BYTES: Final = 1_000_000
"""A region file of a whole province with every county office stays below half of this."""


@lru_cache(maxsize=32)
def load_region(data: bytes) -> Region:
    """The region that these bytes describe, checked against schema and cross references.

    Raises MalformedInput ``region_too_large``, ``region_not_toml``, ``region_shape``,
    ``region_unknown_reference``, ``region_duplicate``, ``region_order`` or
    ``look_back_malformed``, with ``path`` naming the place in the file.
    """
    tree = _checked_tree(data)
    _check_references(tree)
    units = tuple(_unit(row) for row in tree.get("units", ()))
    return Region(
        code=tree["code"],
        version=tree["version"],
        sha256=hashlib.sha256(data).hexdigest(),
        name=tree["name"],
        territory=tree["territory"],
        level=tree["level"],
        status=tree["status"],
        source=tree["source"],
        districts=tuple(District(id=row["id"], name=row["name"]) for row in tree.get("districts", ())),
        authority_endings=tuple(tree.get("authority_endings", ())),
        domains=tuple(_domain(row, units) for row in tree["domains"]),
        lists=_lists(tree),
        units=units,
        row_rules=tuple(
            RowRule(units=tuple(row.get("units", ())), words=tuple(row["words"]), domain=row["domain"])
            for row in tree.get("row_rules", ())
        ),
        others=tuple(_other(row) for row in tree.get("others", ())),
        matters=read_matters(tree),
        phases=tuple(Phase(from_=_day(row["from"]), name=row["name"]) for row in tree["phases"]),
        history=settings_history(tree),
    )


@cache
def shipped_regions() -> Mapping[str, bytes]:
    """The region files that come with the product: ``CODE-VERSION`` to file bytes."""
    folder = importlib.resources.files("records") / "regions"
    files = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda e: e.name
    )
    return {entry.name.removesuffix(".toml"): entry.read_bytes() for entry in files}


def shipped_region(code: str) -> Region:
    """The newest shipped version of one region; raises NotFound ``region_unknown``."""
    versions = [name for name in shipped_regions() if name.startswith(code + "-")]
    if not versions:
        raise NotFound("region_unknown", region=code, known=", ".join(shipped_regions()))
    return load_region(shipped_regions()[max(versions)])


@cache
def _validator() -> jsonschema.Draft202012Validator:
    text = (importlib.resources.files("templates") / "schemas" / "region-1.schema.json").read_text("utf-8")
    return jsonschema.Draft202012Validator(json.loads(text))


def _checked_tree(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_BYTES:
        raise MalformedInput("region_too_large", size=len(data), limit=MAX_BYTES)
    try:
        tree = _plain(tomllib.loads(data.decode("utf-8")))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise MalformedInput("region_not_toml", problem=str(error)) from error
    fault = jsonschema.exceptions.best_match(_validator().iter_errors(tree))
    if fault is not None:
        raise MalformedInput("region_shape", path=_path(fault.absolute_path), problem=_brief(fault.message))
    checked: dict[str, Any] = tree
    return checked


def _plain(value: Any) -> Any:
    """Dates as text, so that the schema can speak about them; other values unchanged."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date | datetime | time) else value


def _path(parts: Iterable[str | int]) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts).lstrip(".")
    return path or "(file)"


def _brief(text: str, limit: int = 200) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _optional_day(row: Mapping[str, Any], key: str) -> date | None:
    return _day(row[key]) if key in row else None


def _unit(row: Mapping[str, Any]) -> UnitEntry:
    serves = [Serves(domain=domain) for domain in row.get("domains", ())]
    serves += [
        Serves(
            domain=entry["domain"], kinds=tuple(entry.get("kinds", ())), lists=tuple(entry.get("lists", ()))
        )
        for entry in row.get("serves", ())
    ]
    return UnitEntry(
        id=row["id"],
        names=tuple(row["names"]),
        serves=tuple(serves),
        uscc=row.get("uscc"),
        parent=row.get("parent"),
        district=row.get("district"),
        expected=row.get("expected", True),
        covers_district=row.get("covers_district", False),
        invented=row.get("invented", False),
        from_=_optional_day(row, "from"),
        to=_optional_day(row, "to"),
    )


def _domain(row: Mapping[str, Any], units: tuple[UnitEntry, ...]) -> DomainEntry:
    expected = tuple(
        unit.id for unit in units if unit.expected and any(s.domain == row["id"] for s in unit.serves)
    )
    return DomainEntry(
        id=row["id"],
        name=row["name"],
        aliases=tuple(row.get("aliases", ())),
        kinds=tuple(row["kinds"]),
        lists=tuple(row.get("lists", ())),
        units=expected,
    )


def _lists(tree: Mapping[str, Any]) -> dict[str, ListEntry]:
    facts = {row["name"]: row for row in tree.get("lists", ())}
    domains: dict[str, list[str]] = {}
    for row in tree["domains"]:
        for name in row.get("lists", ()):
            domains.setdefault(name, []).append(row["id"])
    return {
        name: ListEntry(
            name=name,
            aliases=tuple(facts.get(name, {}).get("aliases", ())),
            domains=tuple(ids),
            from_=_optional_day(facts.get(name, {}), "from"),
            to=_optional_day(facts.get(name, {}), "to"),
        )
        for name, ids in domains.items()
    }


def _other(row: Mapping[str, Any]) -> OtherCatalogue:
    return OtherCatalogue(
        name=row["name"],
        domains=tuple(row.get("domains", ())),
        counted=row["counted"],
        basis=row.get("basis"),
        columns=tuple(row.get("columns", ())),
    )


def _check_references(tree: Mapping[str, Any]) -> None:
    """Raise MalformedInput where an id stands twice or names nothing, or dates run backwards."""
    domains = _once("domains", [row["id"] for row in tree["domains"]])
    _known("domains", domains, DOMAINS)
    _once("domains", [name for row in tree["domains"] for name in (row["name"], *row.get("aliases", ()))])
    districts = _once("districts", [row["id"] for row in tree.get("districts", ())])
    units = _once("units", [row["id"] for row in tree.get("units", ())])
    _once("units", [name for row in tree.get("units", ()) for name in row["names"]])
    lists = {name for row in tree["domains"] for name in row.get("lists", ())}
    _once("lists", [row["name"] for row in tree.get("lists", ())])
    _known("lists", [row["name"] for row in tree.get("lists", ())], lists)
    for place, row in enumerate(tree.get("units", ())):
        path = f"units[{place}]"
        _known(
            path + ".domains",
            [*row.get("domains", ()), *(s["domain"] for s in row.get("serves", ()))],
            domains,
        )
        _known(path + ".serves", [name for s in row.get("serves", ()) for name in s.get("lists", ())], lists)
        _known(path + ".parent", [row["parent"]] if "parent" in row else [], units)
        _known(path + ".district", [row["district"]] if "district" in row else [], districts)
    for place, row in enumerate(tree.get("row_rules", ())):
        _known(f"row_rules[{place}].units", row.get("units", ()), units)
        _known(f"row_rules[{place}].domain", [row["domain"]], domains)
    for place, row in enumerate(tree.get("others", ())):
        _known(f"others[{place}].domains", row.get("domains", ()), domains)
    _once("matters", [row["id"] for row in tree.get("matters", ())])
    for place, row in enumerate(tree.get("matters", ())):
        _known(f"matters[{place}].domains", row.get("domains", ()), domains)
        check_matter(row, f"matters[{place}]")
    for place, row in enumerate(tree["eligibility"]):
        _known(f"eligibility[{place}]", [*row["subject_kinds"], *row.get("by_analogy", ())], SUBJECT_KINDS)
    for place, row in enumerate(tree["counting"]):
        _known(f"counting[{place}].citizen_kinds", row["citizen_kinds"], SUBJECT_KINDS)
    for group in ("phases", *GROUPS):
        _ascending(group, [row["from"] for row in tree[group]])
    _real_days(tree, "")


def _once(path: str, names: list[str]) -> list[str]:
    name, count = Counter(names).most_common(1)[0] if names else ("", 0)
    if count > 1:
        raise MalformedInput("region_duplicate", path=path, name=name)
    return names


def _known(path: str, names: Iterable[str], known: Iterable[str]) -> None:
    for name in names:
        if name not in known:
            raise MalformedInput("region_unknown_reference", path=path, name=name)


def _ascending(group: str, days: list[str]) -> None:
    for earlier, later in pairwise(days):
        if earlier >= later:
            raise MalformedInput("region_order", path=group, day=later)


def _real_days(value: Any, path: str) -> None:
    """Raise where a day written as text (``"2024-02-30"``) is no day of the calendar."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        place = f"{path}[{key}]" if isinstance(key, int) else f"{path}.{key}".lstrip(".")
        if key in ("from", "to") or (key == "look_back" and not str(item).startswith("P")):
            try:
                _day(item)
            except ValueError as error:
                raise MalformedInput("region_shape", path=place, problem=str(error)) from error
        else:
            _real_days(item, place)

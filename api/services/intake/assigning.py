"""Units an operator adds, and unknown names assigned once: the waiting rows go through (R19)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from api.services.context import Context
from api.services.house.regions import own_region
from api.services.intake import quarantine
from api.services.intake.ingest import FILE_PURPOSE, refused, write_rows
from api.services.intake.units import added_units, entry_json, find_unit
from api.services.status.late import Arrival
from api.store.entries import Batch, Event, HeldRow
from api.store.unit_of_work import UnitOfWork
from domain.errors import InvariantBroken, MalformedInput, NotFound
from domain.identifiers import check_uscc, uuid7
from domain.verdict import JsonValue
from records.intake import BatchInfo, Parsed, Table, parse, read_table, unmasked
from records.matching import normalise_name
from records.model import Kind
from records.region_model import Region, Serves, UnitEntry
from records.regions import load_region
from records.units import UnitIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """What became of the rows that waited for a unit."""

    unit: str
    waited: int
    accepted: int
    unchanged: int
    still_held: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUnit:
    """A unit that neither the region file nor an operator has named before."""

    id: str
    domains: tuple[str, ...]
    district: str | None = None
    parent: str | None = None
    invented: bool = False


def unknown_names(context: Context) -> Mapping[str, int]:
    """Give each name that waits for an operator, with the number of its rows."""
    with context.store.reading() as work:
        return work.quarantine.unknown_units()


def add_units(context: Context, data: bytes, *, by: str, now: datetime) -> tuple[UnitEntry, ...]:
    """Add the units of a TOML file written like ``[[units]]`` of a region file.

    Raises MalformedInput as a region file would, with the place in the file.
    """
    with context.store.reading() as work:
        stored = work.regions.current(context.house.region)
    if stored is None:
        raise NotFound("region_unknown", region=context.house.region, known="-")
    units = _units_of(stored.data, data)
    with context.store.writing() as work:
        recorded = context.clock()
        for unit in units:
            _add(context, work, unit, by, recorded)
        fields: dict[str, JsonValue] = {"units": [unit.id for unit in units]}
        work.house.record(Event(at=now, actor=by, act="units_added", fields=fields))
        work.commit()
    return units


def _units_of(region: bytes, data: bytes) -> tuple[UnitEntry, ...]:
    """Read the file as if it stood at the end of the region file: same schema, same cross-checks."""
    known = {unit.id for unit in load_region(region).units}
    try:
        tables = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MalformedInput("region_not_toml", problem=str(error)) from error
    if set(tables) != {"units"}:
        raise MalformedInput("units_file", found=", ".join(sorted(tables)) or "-")
    whole = load_region(region.rstrip() + b"\n\n" + data)
    return tuple(unit for unit in whole.units if unit.id not in known)


def assign(
    context: Context,
    name: str,
    *,
    to: str | None = None,
    new: NewUnit | None = None,
    uscc: str | None = None,
    by: str,
) -> Assigned:
    """Say once which unit ``name`` is; every row that waited for it is read again.

    ``to`` names a known unit, which gets ``name`` as a further spelling; ``new`` makes
    one.  Raises NotFound ``unit_not_found``, MalformedInput ``unit_choice``,
    ``uscc_invalid`` or ``domain_unknown``.
    """
    if (to is None) == (new is None):
        raise MalformedInput("unit_choice")
    with context.store.writing() as work:
        now = context.clock()
        region = own_region(context, work)
        entry = _entry(work, region, name, to, new, uscc)
        _add(context, work, entry, by, now)
        done = _release(context, work, region, entry.id, name, now)
        fields: dict[str, JsonValue] = {"unit": entry.id, "name": name, "rows": done.waited}
        work.house.record(Event(at=now, actor=by, act="unit_assigned", fields=fields))
        work.commit()
    return done


def _entry(
    work: UnitOfWork, region: Region, name: str, to: str | None, new: NewUnit | None, uscc: str | None
) -> UnitEntry:
    if uscc is not None and check_uscc(uscc).problem is not None:
        raise MalformedInput("uscc_invalid", value=uscc[:18])
    code = None if uscc is None else check_uscc(uscc).value
    if to is not None:
        known = find_unit(UnitIndex(region, added_units(work)), to)
        return UnitEntry(id=known.id, names=(known.name, name), uscc=code)
    assert new is not None
    domains = [(text, region.domain_of(text)) for text in new.domains]
    for text, domain in domains:
        if domain is None:
            raise MalformedInput("domain_unknown", domain=text[:40], region=region.name)
    return UnitEntry(
        id=new.id,
        names=(name,),
        serves=tuple(Serves(domain=domain) for _, domain in domains if domain is not None),
        uscc=code,
        district=new.district,
        parent=new.parent,
        invented=new.invented,
    )


def _add(context: Context, work: UnitOfWork, entry: UnitEntry, by: str, now: datetime) -> None:
    work.regions.add_unit(uuid7(now, context.entropy), entry.id, entry_json(entry), by, now)


def _release(
    context: Context, work: UnitOfWork, region: Region, unit: str, name: str, now: datetime
) -> Assigned:
    waiting = work.quarantine.waiting_for_unit(normalise_name(name))
    by_batch: dict[UUID, list[HeldRow]] = {}
    for row in waiting:
        by_batch.setdefault(row.batch, []).append(row)
    units = added_units(work)
    accepted = unchanged = held = 0
    for batch, rows in by_batch.items():
        work.quarantine.clear([row.id for row in rows], now, batch)
        parsed, kept, table = _read_again(context, work, batch, region, units, rows)
        arrival = Arrival(batch=batch, source=kept.unit, kind=Kind(kept.kind), by=kept.confirmed_by)
        written = write_rows(context, work, parsed.rows, arrival, now=now)
        back = (*parsed.quarantined, *refused(parsed, table, written))
        again = quarantine.hold(context, work, back, batch=batch, unit=kept.unit, kind=kept.kind, now=now)
        accepted += len(written.accepted)
        unchanged += len(written.unchanged) + len(parsed.repeated)
        held += len(again)
    return Assigned(unit=unit, waited=len(waiting), accepted=accepted, unchanged=unchanged, still_held=held)


def _read_again(
    context: Context,
    work: UnitOfWork,
    batch: UUID,
    region: Region,
    units: Sequence[UnitEntry],
    rows: Sequence[HeldRow],
) -> tuple[Parsed, Batch, Table]:
    """Read those rows of a stored file with what is known now; their provenance stays their own."""
    kept, sealed = work.batches.get(batch), work.batches.file_of(batch)
    if kept is None or sealed is None:
        raise InvariantBroken("batch_missing", batch=str(batch))
    info = BatchInfo(
        id=batch,
        unit=kept.unit,
        file_sha256=kept.file_sha256,
        received_at=kept.received_at,
        confirmed_by=kept.confirmed_by,
        domain=kept.domain,
        no_simple=kept.no_simple,
        list_name=kept.list_name,
    )
    sent = read_table(context.vault.unpack(sealed, FILE_PURPOSE), kept.file_name or "")
    table = unmasked(sent, {row.row: quarantine.cells_of(context, row) for row in rows})
    only = frozenset(row.row for row in rows)
    parsed = parse(table, Kind(kept.kind), region, tuple(units), info, only=only)
    return parsed, kept, table

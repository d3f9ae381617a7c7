"""The house's own row, its operators, region files, units and events."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, insert, select, update

from api.store.entries import Event, House, StoredRegion
from api.store.repositories.rows import build, columns, known_at, table_of
from api.store.tables import EventRow, HouseRow, OperatorRow, RegionFileRow, UnitRow
from domain.errors import InvariantBroken
from domain.identifiers import hide_person_numbers
from domain.verdict import JsonValue

_HOUSE, _OPERATORS = table_of(HouseRow), table_of(OperatorRow)
_REGIONS, _UNITS, _EVENTS = table_of(RegionFileRow), table_of(UnitRow), table_of(EventRow)


class HouseRepository:
    """What the house is and who works in it."""

    def __init__(self, connection: Connection) -> None:
        """Read and write through ``connection``; never commit."""
        self._connection = connection

    def found(self, house: House) -> None:
        """Write the one row; a second one breaks the primary key."""
        self._connection.execute(insert(_HOUSE), {**columns(house), "id": 1, "bundle_sequence": 0})

    def get(self) -> House | None:
        """Give the house; None in an empty database."""
        row = self._connection.execute(select(_HOUSE)).mappings().first()
        return None if row is None else build(House, row)

    def next_bundle_sequence(self) -> int:
        """Count one more trust bundle and give its sequence."""
        self._connection.execute(update(_HOUSE).values(bundle_sequence=_HOUSE.c.bundle_sequence + 1))
        value = self._connection.execute(select(_HOUSE.c.bundle_sequence)).scalar()
        if value is None:
            raise InvariantBroken("no_house", home="database")
        return int(value)

    def add_operator(self, id_: UUID, name: str, role: str, now: datetime) -> None:
        """Take a person into the list of operators (R25)."""
        self._connection.execute(insert(_OPERATORS), {"id": id_, "name": name, "role": role, "added_at": now})

    def operator_role(self, name: str) -> str | None:
        """Give the role of the operator ``name``, or None for a stranger or a leaver."""
        here = (_OPERATORS.c.name == name) & _OPERATORS.c.left_at.is_(None)
        return self._connection.execute(select(_OPERATORS.c.role).where(here)).scalar()

    def record(self, event: Event) -> None:
        """Add ``event`` to the list that is only ever added to; nobody's certificate number is in it (R7)."""
        said = columns(event)
        said |= {
            "actor": hide_person_numbers(event.actor),
            "reason": event.reason and hide_person_numbers(event.reason),
            "fields": {name: _plain(value) for name, value in event.fields.items()},
        }
        self._connection.execute(insert(_EVENTS), said)

    def events(self, *, number: str | None = None) -> tuple[Event, ...]:
        """Give the events about report ``number`` (or all), oldest first."""
        query = select(_EVENTS).order_by(_EVENTS.c.id)
        if number is not None:
            query = query.where(_EVENTS.c.number == number)
        return tuple(build(Event, row) for row in self._connection.execute(query).mappings())

    def events_of(self, act: str) -> tuple[Event, ...]:
        """Give the events of one kind, oldest first."""
        query = select(_EVENTS).where(_EVENTS.c.act == act).order_by(_EVENTS.c.id)
        return tuple(build(Event, row) for row in self._connection.execute(query).mappings())


def _plain(value: JsonValue) -> JsonValue:
    return hide_person_numbers(value) if isinstance(value, str) else value


class RegionRepository:
    """Region files as bytes, and the units that operators added."""

    def __init__(self, connection: Connection) -> None:
        """Read and write through ``connection``; never commit."""
        self._connection = connection

    def add(self, region: StoredRegion) -> None:
        """Store a region file; the one in force of the same code is superseded from now on."""
        same = (_REGIONS.c.code == region.code) & _REGIONS.c.superseded_at.is_(None)
        self._connection.execute(update(_REGIONS).where(same).values(superseded_at=region.recorded_at))
        self._connection.execute(insert(_REGIONS), columns(region))

    def current(self, code: str, as_of: datetime | None = None) -> StoredRegion | None:
        """Give the file of region ``code`` as known at ``as_of`` (None: now)."""
        query = select(_REGIONS).where(_REGIONS.c.code == code, known_at(_REGIONS, as_of))
        row = self._connection.execute(query).mappings().first()
        return None if row is None else build(StoredRegion, row)

    def all(self) -> tuple[StoredRegion, ...]:
        """Give every region file the house ever had, oldest first."""
        rows = self._connection.execute(select(_REGIONS).order_by(_REGIONS.c.recorded_at)).mappings()
        return tuple(build(StoredRegion, row) for row in rows)

    def known(self, sha256: str) -> bool:
        """Say whether exactly these bytes are stored already."""
        found = self._connection.execute(select(_REGIONS.c.id).where(_REGIONS.c.sha256 == sha256))
        return found.first() is not None

    def add_unit(self, id_: UUID, unit: str, entry: Mapping[str, JsonValue], by: str, now: datetime) -> None:
        """Store what an operator says about ``unit``; entries about one unit add up."""
        values = {"id": id_, "unit": unit, "entry": dict(entry), "added_by": by, "recorded_at": now}
        self._connection.execute(insert(_UNITS), values)

    def units(self, as_of: datetime | None = None) -> tuple[tuple[Mapping[str, JsonValue], datetime], ...]:
        """Give the unit entries known at ``as_of`` with the instant they came in, oldest first."""
        query = select(_UNITS.c.entry, _UNITS.c.recorded_at).where(known_at(_UNITS, as_of))
        rows = self._connection.execute(query.order_by(_UNITS.c.recorded_at, _UNITS.c.id))
        return tuple((row.entry, row.recorded_at) for row in rows)

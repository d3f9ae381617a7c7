"""What a region is: its domains, lists, units and dated settings, as frozen records.

The byte format is :mod:`records.regions`; nothing here knows any region by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from domain.errors import Refused
from domain.report import RegionRef
from records.matters import MatterEntry
from records.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Serves:
    """One domain that a unit sends data for."""

    domain: str
    kinds: tuple[str, ...] = ()
    """Only these record kinds; empty: all kinds of the domain."""
    lists: tuple[str, ...] = ()
    """Only these lists; empty: all lists of the domain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitEntry:
    """A unit (数源单位, 出证机关) of the region file, or one that an operator added later.

    An added entry with the id of a known unit completes it (its USCC, more names, more
    domains); the id stays (design.md, 'Identifiers').
    """

    id: str
    """USCC where known at first sight, else a slug."""
    names: tuple[str, ...]
    """The full name first, then every other spelling."""
    serves: tuple[Serves, ...] = ()
    uscc: str | None = None
    parent: str | None = None
    district: str | None = None
    expected: bool = True
    """True: its attestation is awaited (rule R4); False: only its name is known for mapping."""
    covers_district: bool = False
    """True for a district as a whole: offices of that district speak for it, and unknown
    offices whose name begins with the district's name fall back to it (rule R19)."""
    invented: bool = False
    """Made up for a demonstration: said in the scope profile and on each report."""
    from_: date | None = None
    to: date | None = None
    recorded_at: datetime | None = None
    """None for a unit of the region file itself."""
    superseded_at: datetime | None = None

    @property
    def name(self) -> str:
        """The full name as printed."""
        return self.names[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntry:
    """A named list (名单) and the domains it belongs to (rule R16)."""

    name: str
    aliases: tuple[str, ...]
    domains: tuple[str, ...]
    from_: date | None
    to: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainEntry:
    """One domain as this region names it, with the kinds of data it consists of."""

    id: str
    name: str
    aliases: tuple[str, ...]
    kinds: tuple[str, ...]
    lists: tuple[str, ...]
    units: tuple[str, ...]
    """Ids of the units whose attestation is awaited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """A district (区, 县, 旗) of the territory."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRule:
    """For a unit of several domains: words in a row that decide for one of them (rule R19)."""

    units: tuple[str, ...]
    """Empty: for every unit."""
    words: tuple[str, ...]
    """Looked for in 处罚依据 and 违法行为类型."""
    domain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherCatalogue:
    """A declared catalogue of further data (``--kind other``, rule R18)."""

    name: str
    domains: tuple[str, ...]
    """Empty: the domains of whichever unit sends it."""
    counted: bool
    basis: str | None
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """From when the plan is tried out, and from when it is carried out in full."""

    from_: date
    name: str
    """``trial`` (试行) or ``full``."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Region:
    """One version of a region file; compared by identity, named by its hash."""

    code: str
    version: str
    sha256: str
    """SHA-256 over the file's bytes, lower-case hex."""
    name: str
    territory: str
    level: str
    status: str
    source: str
    districts: tuple[District, ...]
    authority_endings: tuple[str, ...]
    """How names of public bodies end (局, 委员会 ...): only such names fall back to a known unit."""
    domains: tuple[DomainEntry, ...]
    lists: Mapping[str, ListEntry]
    units: tuple[UnitEntry, ...]
    row_rules: tuple[RowRule, ...]
    others: tuple[OtherCatalogue, ...]
    matters: tuple[MatterEntry, ...]
    """The catalogue of matters (替代事项清单), in the file's order (R28)."""
    phases: tuple[Phase, ...]
    history: tuple[tuple[date, Settings], ...]
    """Each day on which a setting changes, ascending, with the settings from that day on."""

    def __repr__(self) -> str:
        return f"<Region {self.code}-{self.version} {self.sha256[:8]}>"

    @property
    def ref(self) -> RegionRef:
        """How a report names this region file."""
        return RegionRef(
            code=self.code,
            version=self.version,
            sha256=self.sha256,
            name=self.name,
            territory=self.territory,
            level=self.level,
            status=self.status,
        )

    @property
    def domain_ids(self) -> tuple[str, ...]:
        """The ids of all domains, in the region's own order."""
        return tuple(entry.id for entry in self.domains)

    def domain(self, domain_id: str) -> DomainEntry | None:
        """The entry of one domain, or None when this region does not have it."""
        return next((entry for entry in self.domains if entry.id == domain_id), None)

    def domain_of(self, text: str) -> str | None:
        """The id for a 领域 as a row or an operator writes it: id, name or alias; else None."""
        wanted = text.strip()
        for entry in self.domains:
            if wanted in (entry.id, entry.name) or wanted in entry.aliases:
                return entry.id
        return None

    def matters_at(self, day: date) -> tuple[MatterEntry, ...]:
        """The matters that hold on ``day``."""
        return tuple(entry for entry in self.matters if entry.holds_on(day))

    def matter_at(self, matter_id: str, day: date) -> MatterEntry:
        """One matter; raises Refused ``matter_not_in_force`` where it does not hold on ``day``."""
        for entry in self.matters_at(day):
            if entry.id == matter_id:
                return entry
        raise Refused("matter_not_in_force", matter=matter_id[:64], day=day.isoformat())

    def settings_at(self, day: date) -> Settings:
        """The settings that hold on ``day``.

        Raises Refused ``settings_not_in_force`` before the first entry of any group.
        """
        for begin, settings in reversed(self.history):
            if begin <= day:
                return settings
        raise Refused("settings_not_in_force", day=day.isoformat(), first=self.history[0][0].isoformat())

    def phase_at(self, day: date) -> str:
        """``trial`` or ``full``; raises Refused ``phase_not_started`` before the first phase (R9)."""
        for phase in reversed(self.phases):
            if phase.from_ <= day:
                return phase.name
        raise Refused("phase_not_started", day=day.isoformat(), first=self.phases[0].from_.isoformat())

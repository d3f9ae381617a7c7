"""From a row's authority to a unit of the tree, and from the unit to the domains (rule R19).

A row maps by 处罚机关 (its USCC, then its name), not by who delivered the file.  A name
that is not in the tree is looked for in three steps: a known name in front of it (a
station of a known bureau), then the district in whose territory it sits; otherwise it is
``unit_unknown`` and waits for a person.  A unit of several domains is decided by the
row's own 领域, then by a row rule, else it is ``domain_ambiguous``.  Never nowhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Final

from records.model import Kind
from records.region_model import Region, Serves, UnitEntry

__all__ = ["Mapped", "UnitEntry", "UnitIndex", "Unmapped", "index_of", "map_row"]

_SEPARATORS: Final = re.compile(r"[、,;，；/|]+")
_SHORTEST_PREFIX: Final = 4
"""A known name shorter than this is never taken as the front of a longer one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """The unit that decided and the domains that its row belongs to."""

    unit_id: str
    domains: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmapped:
    """Why a row could not be mapped, and what it may be about (for the doubt it makes, R3)."""

    problem: str
    """``unit_unknown``, ``domain_ambiguous``, ``domain_unknown``, ``list_unknown``, ``kind_not_gathered``."""
    unit_id: str | None = None
    candidates: tuple[str, ...] = ()
    """Domains among which it could not be decided; empty: it may be any."""


class UnitIndex:
    """The units of a region and those an operator added, searchable by code and by name."""

    def __init__(self, region: Region, extra_units: Iterable[UnitEntry] = ()) -> None:
        """Index every unit; an added entry that was superseded is left out (see :func:`index_of`)."""
        self.region = region
        self._units = _merged(region, [unit for unit in extra_units if unit.superseded_at is None])
        self._by_code = {unit.uscc: unit for unit in self._units.values() if unit.uscc}
        self._by_code |= {unit.id: unit for unit in self._units.values()}
        self._by_name = {_plain(name): unit for unit in self._units.values() for name in unit.names}
        self._places = {_plain(d.name): d.id for d in region.districts}
        self._kinds = {entry.id: frozenset(entry.kinds) for entry in region.domains}
        self._served: dict[tuple[str, str], tuple[str, ...]] = {}
        self._serving: dict[tuple[str, str], tuple[UnitEntry, ...]] = {}
        self._found: dict[tuple[str, str], UnitEntry | None] = {}

    def units(self) -> tuple[UnitEntry, ...]:
        """Every unit, the region file's first, in a fixed order."""
        return tuple(self._units.values())

    def unit(self, unit_id: str) -> UnitEntry | None:
        """The unit of that id."""
        return self._units.get(unit_id)

    def find(self, name: str | None = None, uscc: str | None = None) -> UnitEntry | None:
        """The unit that a row means, by code, name, front of the name, or district; else None."""
        key = (name or "", uscc or "")
        if key not in self._found:
            self._found[key] = self._look_up(*key)
        return self._found[key]

    def _look_up(self, name: str, uscc: str) -> UnitEntry | None:
        by_code = self._by_code.get(_plain(uscc)) if uscc else None
        if by_code is not None or not name:
            return by_code
        wanted = _plain(name)
        exact = self._by_name.get(wanted) or self._units.get(name.strip())
        if exact is not None or not self._is_authority(wanted):
            return exact
        return self._by_front(wanted) or self._by_district(wanted)

    def _is_authority(self, name: str) -> bool:
        # Without this a company whose name begins with the district would pass for an office of it.
        return name.endswith(tuple(self.region.authority_endings)) if self.region.authority_endings else False

    def _by_front(self, name: str) -> UnitEntry | None:
        fronts = [n for n in self._by_name if len(n) >= _SHORTEST_PREFIX and name.startswith(n)]
        found = self._by_name[max(fronts, key=len)] if fronts else None
        return None if found is not None and found.covers_district else found

    def _by_district(self, name: str) -> UnitEntry | None:
        local = name.removeprefix(_plain(self.region.name))
        district = next((d for place, d in self._places.items() if local.startswith(place)), None)
        if district is None:
            return None
        return next((u for u in self._units.values() if u.covers_district and u.district == district), None)

    def map_row(
        self,
        *,
        unit_name: str | None = None,
        uscc: str | None = None,
        kind: Kind | str,
        list_name: str | None = None,
        row_domain: str | None = None,
        basis: str | None = None,
        behaviour: str | None = None,
    ) -> Mapped | Unmapped:
        """The unit and domains of one row, or why there are none."""
        unit = self.find(unit_name, uscc)
        if unit is None:
            return Unmapped(problem="unit_unknown")
        candidates = self._candidates(unit, str(kind), list_name)
        if isinstance(candidates, Unmapped):
            return candidates
        if row_domain and row_domain.strip():
            return self._by_row_domain(unit, candidates, row_domain)
        if len(candidates) == 1 or (list_name and candidates):
            return Mapped(unit_id=unit.id, domains=candidates)
        ruled = self._by_rule(unit, candidates, f"{basis or ''} {behaviour or ''}")
        if ruled is not None:
            return Mapped(unit_id=unit.id, domains=(ruled,))
        return Unmapped(problem="domain_ambiguous", unit_id=unit.id, candidates=candidates)

    def _candidates(self, unit: UnitEntry, kind: str, list_name: str | None) -> tuple[str, ...] | Unmapped:
        if kind == Kind.OTHER:
            return self._other_domains(unit, list_name)
        served = self.domains_served(unit, kind)
        if not served:
            return self._beside_the_plan(unit, kind)
        if kind != Kind.DISHONEST_LIST:
            return served
        return self._list_domains(unit, served, list_name or "")

    def _beside_the_plan(self, unit: UnitEntry, kind: str) -> tuple[str, ...] | Unmapped:
        """What the unit's domains do not gather.

        A kind that no domain gathers is kept and counts nowhere.  One that others gather would
        vanish here, and its subject would look clean: a person decides.
        """
        own = self._in_order(s.domain for s in unit.serves)
        if not any(kind in kinds for kinds in self._kinds.values()):
            return own
        return Unmapped(problem="kind_not_gathered", unit_id=unit.id, candidates=own)

    def domains_served(self, unit: UnitEntry, kind: str) -> tuple[str, ...]:
        """The domains for which this unit sends records of this kind, in the region's order."""
        key = (unit.id, kind)
        if key not in self._served:
            self._served[key] = self._in_order(
                s.domain
                for s in unit.serves
                if kind in self._kinds.get(s.domain, ()) and (not s.kinds or kind in s.kinds)
            )
        return self._served[key]

    def serving(self, domain: str, kind: str) -> tuple[UnitEntry, ...]:
        """The units that send records of this kind for this domain."""
        key = (domain, kind)
        if key not in self._serving:
            self._serving[key] = tuple(
                unit for unit in self._units.values() if domain in self.domains_served(unit, kind)
            )
        return self._serving[key]

    def _list_domains(
        self, unit: UnitEntry, served: tuple[str, ...], list_name: str
    ) -> tuple[str, ...] | Unmapped:
        wanted = _plain(list_name)
        entry = next(
            (e for e in self.region.lists.values() if wanted in map(_plain, (e.name, *e.aliases))), None
        )
        if entry is None:
            # A domain whose plan names no list takes every list of its unit.
            unnamed = {d.id for d in self.region.domains if not d.lists}
            open_domains = tuple(d for d in served if d in unnamed)
            return open_domains or Unmapped(problem="list_unknown", unit_id=unit.id, candidates=served)
        allowed = {s.domain for s in unit.serves if not s.lists or entry.name in s.lists}
        own = tuple(d for d in entry.domains if d in served and d in allowed)
        return own or Unmapped(problem="domain_ambiguous", unit_id=unit.id, candidates=entry.domains)

    def _other_domains(self, unit: UnitEntry, list_name: str | None) -> tuple[str, ...] | Unmapped:
        entry = next((o for o in self.region.others if o.name == (list_name or "").strip()), None)
        if entry is None:
            return Unmapped(
                problem="list_unknown",
                unit_id=unit.id,
                candidates=self._in_order(s.domain for s in unit.serves),
            )
        own = self._in_order(s.domain for s in unit.serves)
        return tuple(domain for domain in entry.domains if domain in own) or entry.domains or own

    def _by_row_domain(self, unit: UnitEntry, candidates: tuple[str, ...], text: str) -> Mapped | Unmapped:
        named = [self.region.domain_of(part) for part in _SEPARATORS.split(text) if part.strip()]
        known = tuple(domain for domain in named if domain is not None)
        if not known or len(known) < len(named):
            return Unmapped(problem="domain_unknown", unit_id=unit.id, candidates=candidates)
        if not set(known) <= set(candidates):
            return Unmapped(
                problem="domain_ambiguous", unit_id=unit.id, candidates=self._in_order({*candidates, *known})
            )
        return Mapped(unit_id=unit.id, domains=self._in_order(known))

    def _by_rule(self, unit: UnitEntry, candidates: tuple[str, ...], text: str) -> str | None:
        matched = {
            rule.domain
            for rule in self.region.row_rules
            if rule.domain in candidates
            and (not rule.units or unit.id in rule.units)
            and any(word in text for word in rule.words)
        }
        return matched.pop() if len(matched) == 1 else None

    def _in_order(self, domains: Iterable[str]) -> tuple[str, ...]:
        wanted = set(domains)
        return tuple(domain for domain in self.region.domain_ids if domain in wanted)


def map_row(
    region: Region,
    extra_units: Sequence[UnitEntry],
    *,
    unit_name: str | None = None,
    uscc: str | None = None,
    kind: Kind | str,
    list_name: str | None = None,
    row_domain: str | None = None,
    basis: str | None = None,
    behaviour: str | None = None,
) -> Mapped | Unmapped:
    """The same as :meth:`UnitIndex.map_row`; the index of the last few unit sets is kept."""
    return index_of(region, extra_units).map_row(
        unit_name=unit_name,
        uscc=uscc,
        kind=kind,
        list_name=list_name,
        row_domain=row_domain,
        basis=basis,
        behaviour=behaviour,
    )


def index_of(region: Region, extra_units: Iterable[UnitEntry], known_at: datetime | None = None) -> UnitIndex:
    """The index of a region and its added units; with ``known_at`` those that stood at that instant.

    The last few indexes are kept: building one costs more than composing a report.
    """
    if known_at is None:
        return _index(region, tuple(extra_units))
    stood = (unit for unit in extra_units if _stood(unit, known_at))
    return _index(region, tuple(replace(unit, superseded_at=None) for unit in stood))


@lru_cache(maxsize=8)
def _index(region: Region, extra_units: tuple[UnitEntry, ...]) -> UnitIndex:
    return UnitIndex(region, extra_units)


def _plain(text: str) -> str:
    """Full width and half width are one, spaces inside names are typing."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _merged(region: Region, extra_units: Iterable[UnitEntry]) -> dict[str, UnitEntry]:
    units = {unit.id: unit for unit in region.units}
    for entry in sorted(extra_units, key=lambda unit: (unit.id, str(unit.recorded_at))):
        units[entry.id] = _completed(units[entry.id], entry) if entry.id in units else entry
    return units


def _stood(entry: UnitEntry, instant: datetime) -> bool:
    begun = entry.recorded_at is None or entry.recorded_at <= instant
    return begun and (entry.superseded_at is None or instant < entry.superseded_at)


def _completed(known: UnitEntry, added: UnitEntry) -> UnitEntry:
    """The region's unit with what an operator found out about it; nothing is taken away."""
    served = {(s.domain, s.kinds, s.lists) for s in known.serves}
    more: tuple[Serves, ...] = tuple(s for s in added.serves if (s.domain, s.kinds, s.lists) not in served)
    return replace(
        known,
        names=tuple(dict.fromkeys((*known.names, *added.names))),
        serves=known.serves + more,
        uscc=added.uscc or known.uscc,
        parent=added.parent or known.parent,
        district=added.district or known.district,
        invented=known.invented or added.invented,
        from_=added.from_ or known.from_,
        to=added.to or known.to,
    )

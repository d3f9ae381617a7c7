"""The units that send the demo's files: a region's own, or invented ones where its annex was not supplied."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from records.region_model import DomainEntry, Region
from scripts.demo_data.codes import uscc


@dataclass(frozen=True, slots=True, kw_only=True)
class Bureau:
    """One unit in one of its domains."""

    name: str
    uscc: str
    """Invented: the annexes give names only."""
    domain: str
    domain_name: str
    kinds: tuple[str, ...]
    """Kinds of data it sends in this domain."""
    prefix: str
    """What its document numbers begin with."""
    offices: tuple[str, ...] = ()
    """District offices that decide in the same domain."""
    several: bool = False
    """True: the unit sends data of other domains too, so a row has to name its own."""


_INVENTED: Final = "{domain}数源单位（演示）"


def bureaus_of(draw: Random, region: Region) -> tuple[Bureau, ...]:
    """One bureau for each unit and domain of the region file that sends data of its own."""
    domains = {domain.id: domain for domain in region.domains}
    offices: dict[str, list[str]] = {}
    for unit in region.units:
        if not unit.expected and not unit.covers_district and len(unit.serves) == 1:
            offices.setdefault(unit.serves[0].domain, []).append(unit.name)
    return tuple(
        Bureau(
            name=unit.name,
            uscc=code,
            domain=serves.domain,
            domain_name=domains[serves.domain].name,
            kinds=serves.kinds or domains[serves.domain].kinds,
            prefix=_prefix(region, unit.name),
            offices=tuple(offices.get(serves.domain, ())),
            several=len(unit.serves) > 1,
        )
        for unit in region.units
        if unit.expected and not unit.covers_district
        for code in (unit.uscc or uscc(draw, region.code, "11"),)
        for serves in unit.serves
    )


def _prefix(region: Region, name: str) -> str:
    short = (
        name.removeprefix(region.name).removesuffix("（演示）").removesuffix("数源单位").rstrip("局委会院厅")
    )
    return f"{region.name[:1]}{short[:4]}"


def invented_name(domain: DomainEntry) -> str:
    """The name of the invented unit of a domain; it says 演示 wherever it is printed."""
    return _INVENTED.format(domain=domain.name)

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
    prefix: str
    """What its document numbers begin with."""


_INVENTED: Final = "{domain}数源单位(演示)"


def _bureau(draw: Random, region: Region, name: str, domain: str) -> Bureau:
    short = name.removeprefix(region.name).removesuffix("(演示)").rstrip("局委会院厅")[:4]
    return Bureau(
        name=name, uscc=uscc(draw, region.code, "11"), domain=domain, prefix=f"{region.name[:1]}{short}",
    )


def bureaus_of(draw: Random, region: Region) -> tuple[Bureau, ...]:
    """One bureau for each unit and domain of the region file; invented ones where it names no unit."""
    named = tuple(
        _bureau(draw, region, unit.name, serves.domain)
        for unit in region.units
        if unit.expected and not unit.covers_district
        for serves in unit.serves
    )
    return named or tuple(_bureau(draw, region, invented_name(domain), domain.id) for domain in region.domains)


def invented_name(domain: DomainEntry) -> str:
    """The name of the invented unit of a domain; it says 演示 wherever it is printed."""
    return _INVENTED.format(domain=domain.name)


def platform_of(draw: Random, region: Region) -> Bureau:
    """The unit that sends in what the national platform returns: the one for development and reform."""
    for bureau in bureaus_of(draw, region):
        if bureau.domain == "development_reform":
            return bureau
    raise LookupError("this region has no unit for development_reform")

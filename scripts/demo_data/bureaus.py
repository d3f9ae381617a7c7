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


def bureaus_of(draw: Random, region: Region) -> tuple[Bureau, ...]:
    """One bureau for each unit and domain of the region file that sends data of its own."""
    return tuple(
        Bureau(name=unit.name, uscc=code, domain=serves.domain, prefix=_prefix(region, unit.name))
        for unit in region.units
        if unit.expected and not unit.covers_district
        for code in (unit.uscc or uscc(draw, region.code, "11"),)
        for serves in unit.serves
    )


def _prefix(region: Region, name: str) -> str:
    short = (
        name.removeprefix(region.name).removesuffix("(演示)").removesuffix("数源单位").rstrip("局委会院厅")
    )
    return f"{region.name[:1]}{short[:4]}"


def invented_name(domain: DomainEntry) -> str:
    """The name of the invented unit of a domain; it says 演示 wherever it is printed."""
    return _INVENTED.format(domain=domain.name)

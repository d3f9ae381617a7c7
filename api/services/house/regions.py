"""Region files: checked, added, and given back as known at an instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from api.services.context import Context
from api.services.house.trust import FILE as BUNDLE_FILE
from api.store.entries import Event, StoredRegion
from api.store.unit_of_work import UnitOfWork
from domain.errors import Conflict, NotFound, Refused
from domain.identifiers import uuid7
from records.regions import Region, load_region


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionSummary:
    """What a region file says, in the figures a person compares."""

    code: str
    version: str
    sha256: str
    name: str
    status: str
    domains: int
    lists: int
    units: int
    own: bool
    """True where the house issues by this file, False for a partner's."""


def check(data: bytes, own_code: str | None = None) -> RegionSummary:
    """Give what the file says; MalformedInput with the place in it and what to do."""
    region = load_region(data)
    return RegionSummary(
        code=region.code,
        version=region.version,
        sha256=region.sha256,
        name=region.name,
        status=region.status,
        domains=len(region.domains),
        lists=len(region.lists),
        units=len(region.units),
        own=region.code == own_code,
    )


def add(context: Context, data: bytes, *, by: str, now: datetime) -> RegionSummary:
    """Install a new version of the house's own region file, or a partner's; in force from ``now``.

    Raises Conflict ``region_known`` for bytes that are installed already.
    """
    summary = check(data, context.house.region)
    with context.store.writing() as work:
        if work.regions.known(summary.sha256):
            raise Conflict("region_known", region=summary.code, version=summary.version)
        work.regions.add(
            StoredRegion(
                id=uuid7(now, context.entropy),
                code=summary.code,
                version=summary.version,
                sha256=summary.sha256,
                data=data,
                added_by=by,
                recorded_at=now,
            )
        )
        fields = {"code": summary.code, "version": summary.version, "sha256": summary.sha256}
        work.house.record(Event(at=now, actor=by, act="region_added", fields=dict(fields)))
        work.commit()
    # A file issued by the new version is judged by a bundle that names it.
    (context.home / BUNDLE_FILE).unlink(missing_ok=True)
    return summary


def own_region(context: Context, work: UnitOfWork, as_of: datetime | None = None) -> Region:
    """Give the region the house issues for, by the file in force at ``as_of`` (None: now).

    Raises Refused ``as_of_before_house`` for an instant before the house knew any.
    """
    stored = work.regions.current(context.house.region, as_of)
    if stored is None and as_of is not None:
        raise Refused("as_of_before_house", as_of=as_of.isoformat())
    if stored is None:
        raise NotFound("region_unknown", region=context.house.region, known="-")
    return load_region(stored.data)

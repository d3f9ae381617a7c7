"""The catalogue of matters as it stands today (R28)."""

from __future__ import annotations

from api.services.context import Context
from api.services.house.regions import own_region
from domain.times import shanghai_day
from records.matters import MatterEntry


def matters_today(context: Context) -> tuple[MatterEntry, ...]:
    """Give the matters in force today, in the region file's order."""
    with context.store.reading() as work:
        region = own_region(context, work)
    return region.matters_at(shanghai_day(context.clock()))

"""The house's own log audited, and every row that must fit it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from api.services.auditing.any_log import Audited, Kept, audit, in_order
from api.services.auditing.house_rules import check_house
from api.services.auditing.sources import HouseSource
from api.services.context import Context
from domain.trust_format import LogKeys
from keys.bundle_signing import log_vkeys


def audit_house(context: Context, now: datetime, kept: Kept | None = None, *, files: bool = True) -> Audited:
    """Audit the house's own log and every row that must fit it; ``files`` opens each released file too."""
    found = audit(HouseSource(context), own_keys(context), now, kept)
    with context.store.reading() as work:
        if work.log.size() != found.replay.size and found.clean:
            # Something was appended since: what is in the rows would be ahead of what was replayed.
            return audit_house(context, now, kept, files=files)
        check_house(context, work, found.replay, now, files=files)
    return replace(found, findings=in_order(found.replay.findings))


def own_keys(context: Context) -> LogKeys:
    """Give the house's log as its own trust bundle names it."""
    plan, origin = context.log_plan, context.house.log_origin
    return LogKeys(
        origin=origin, vkeys=log_vkeys(context.keys, origin), witnesses=plan.vkeys, quorum=plan.quorum
    )

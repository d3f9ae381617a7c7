"""The house's own log audited, and every row that must fit it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from api.services.auditing.any_log import Audited, Kept, audit, in_order
from api.services.auditing.house_rules import check_house
from api.services.auditing.sources import HouseSource
from api.services.context import Context
from api.services.log import heads
from domain.log_replay import Problem, Replay
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
    _check_memory(context, found.replay)
    return replace(found, findings=in_order(found.replay.findings))


def _check_memory(context: Context, replay: Replay) -> None:
    """The tree holds all that this house signed or a witness saw, as its directory remembers it.

    An older database fits itself in every row: only what stands outside it tells.
    """
    head = heads.remembered(context.home)
    if head is not None and head.size > replay.size:
        replay.found(replay.size, Problem.SHORTER, kept=head.size, file=heads.HEAD)
    elif head is not None and replay.root(head.size) != head.root:
        replay.found(None, Problem.HISTORY, kept=head.size, file=heads.HEAD)
    for witness, size in heads.seen(context.home).items():
        if size > replay.size:
            replay.found(replay.size, Problem.SHORTER, kept=size, witness=witness)


def own_keys(context: Context) -> LogKeys:
    """Give the house's log as its own trust bundle names it."""
    plan, origin = context.log_plan, context.house.log_origin
    return LogKeys(
        origin=origin, vkeys=log_vkeys(context.keys, origin), witnesses=plan.vkeys, quorum=plan.quorum
    )

"""Does each receipt that the house keeps fit its entry?  Rows are kept some days, their entries for good."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from api.services.checking.receipts import KEPT, stored_file
from api.services.context import Context
from api.store.unit_of_work import UnitOfWork
from domain.errors import CreditDocError
from domain.leaf import Leaf, receipt_digest
from domain.log_replay import Problem, Replay


def check_receipts(
    context: Context, work: UnitOfWork, replay: Replay, entries: Mapping[int, Leaf], now: datetime
) -> None:
    """What does not fit stands among the findings; ``entries`` are the log's receipt entries by place.

    A row may be gone once its days are over, and no sooner.
    """
    kept: set[int] = set()
    for row in work.audit.receipts():
        kept.add(row.log_index)
        entry = entries.get(row.log_index)
        try:
            # The sealed receipt itself is asked: row and entry may agree about another one.
            sealed = stored_file(context, row.id, row.receipt_sealed).sha256
            fits = entry is not None and sealed == row.sha256 and entry.digest == _digest(row.sha256)
        except (CreditDocError, ValueError):
            fits = False
        if not fits:
            problem = Problem.ENTRY_MISSING if entry is None else Problem.ROW_DIFFERS
            replay.found(row.log_index, problem, table="receipts")
    for index, entry in entries.items():
        if index not in kept and entry.time + KEPT > now:
            replay.found(index, Problem.ROW_MISSING, table="receipts")


def _digest(sha256: str) -> bytes:
    return receipt_digest(bytes.fromhex(sha256))

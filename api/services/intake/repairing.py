"""Returned repair results: a new version of the penalty they speak of, in every source's chain (R17)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from api.services.context import Context
from api.services.intake.record_writer import Written
from api.services.intake.subject_index import BatchIndex
from api.store.columns import dump_json
from api.store.repositories.record_rows import storable
from api.store.repositories.records import Standing
from api.store.unit_of_work import UnitOfWork
from domain.identifiers import uuid7
from domain.times import microseconds
from records.intake.model import RepairDraft
from records.matching import Matched, match, normalise_name
from records.model import Kind

DECISION_FIELD = "修复决定文号"


def apply(
    context: Context,
    work: UnitOfWork,
    rows: Sequence[tuple[int, RepairDraft]],
    *,
    batch: UUID,
    now: datetime,
) -> Written:
    """Give each named penalty its repair state; a row whose penalty is not here is left for quarantine."""
    written = Written()
    index = BatchIndex(work, context.vault, (draft.keys for _, draft in rows))
    standing: dict[str, list[Standing]] = {}
    for each in work.records.standing(Kind.PENALTY.value, (draft.target for _, draft in rows)):
        standing.setdefault(each.identity, []).append(each)
    changes: dict[UUID, tuple[int, RepairDraft]] = {}
    for row, draft in rows:
        found = match(draft.keys, index)
        subject = found.subject_id if isinstance(found, Matched) else None
        targets = [each for each in standing.get(draft.target, ()) if _is_target(each, subject, draft)]
        if not targets:
            written.without_target.append(row)
            continue
        open_ = [each for each in targets if not _says_so(each, draft)]
        changes.update({each.version: (row, draft) for each in open_})
        (written.accepted if open_ else written.unchanged).append(row)
    _change(context, work, changes, batch, now)
    return written


def _is_target(each: Standing, subject: UUID | None, draft: RepairDraft) -> bool:
    if subject is not None and each.subject == subject:
        return True
    if draft.keys.uscc or subject is not None:
        return each.key_uscc is not None and each.key_uscc == draft.keys.uscc
    return bool(draft.keys.name) and normalise_name(each.key_name) == normalise_name(draft.keys.name)


def _says_so(each: Standing, draft: RepairDraft) -> bool:
    told = (draft.repair.value, draft.repaired_on, draft.channel)
    return (each.repair, each.repaired_on, each.repair_channel) == told


def _change(
    context: Context,
    work: UnitOfWork,
    changes: dict[UUID, tuple[int, RepairDraft]],
    batch: UUID,
    now: datetime,
) -> None:
    made: list[dict[str, Any]] = []
    renewed: dict[UUID, UUID] = {}
    for before in work.records.rows_of(changes):
        _, draft = changes[before["version"]]
        version = renewed[before["version"]] = uuid7(now, context.entropy)
        fields = dict(before["fields"])
        if draft.decision_number:
            fields[DECISION_FIELD] = draft.decision_number
        # The content hash stays that of the unit's own row: sending it again changes nothing.
        made.append(
            storable(before)
            | {
                "version": version.hex,
                "repair": draft.repair.value,
                "repaired_on": None if draft.repaired_on is None else draft.repaired_on.isoformat(),
                "repair_channel": draft.channel,
                "fields": dump_json(fields),
                "recorded_at": microseconds(now),
            }
        )
    work.records.supersede(list(changes), now)
    work.records.add(made)
    work.records.copy_provenance(renewed)
    work.records.add_provenance(
        [(renewed[old].hex, batch.hex, row) for old, (row, _) in changes.items() if old in renewed]
    )

"""The same record from several sources is one record (rule R13): known facts are joined.

A bureau and the national platform send the same penalty; each knows something.  A repair,
a removal or a court's word known to one of them is a fact; where they contradict each
other about what would drop the record, the reading that keeps it wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from records.model import CreditRecord, Procedure, Repair

_STRONGEST: Final = (Procedure.ORDINARY, Procedure.ORDINARY_DECLARED, Procedure.UNSTATED, Procedure.SIMPLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """One record as its sources together tell it."""

    record: CreditRecord
    versions: tuple[UUID, ...]
    """The versions it was joined from, in a fixed order."""
    sources: int
    """Units that sent it."""


def one_per_identity(records: Iterable[CreditRecord]) -> tuple[Joined, ...]:
    """One record per kind and identity of one subject.

    The order of the result does not depend on the order of ``records``.
    """
    groups: dict[tuple[str, str], list[CreditRecord]] = {}
    for record in sorted(records, key=_preference):
        groups.setdefault((record.kind, record.identity or str(record.id)), []).append(record)
    return tuple(_group(group) for _, group in sorted(groups.items()))


def _group(group: Sequence[CreditRecord]) -> Joined:
    record = _joined(group)
    senders = {source.unit for source in record.provenance}
    return Joined(
        record=record,
        versions=tuple(sorted({r.version for r in group}, key=str)),
        sources=max(len(senders), len({r.id for r in group})),
    )


def _preference(record: CreditRecord) -> tuple[bool, float, str]:
    """The deciding unit's own word first, then the latest."""
    own = any(source.unit == record.unit for source in record.provenance)
    return (not own, -record.recorded_at.timestamp(), str(record.version))


def _joined(group: Sequence[CreditRecord]) -> CreditRecord:
    first = group[0]
    if len(group) == 1:
        return first
    repaired = next((r for r in group if r.repair is Repair.REPAIRED), first)
    reviewed = next((r for r in group if r.review is not None), first)
    ended = next((r for r in group if r.ended_on is not None), first)
    procedures = [r.procedure or Procedure.UNSTATED for r in group]
    return replace(
        first,
        domains=tuple(dict.fromkeys(d for r in group for d in r.domains)),
        categories=tuple(dict.fromkeys(c for r in group for c in r.categories)),
        fine_fen=max(r.fine_fen for r in group),
        confiscated_fen=max(r.confiscated_fen for r in group),
        procedure=min(procedures, key=_STRONGEST.index) if first.procedure is not None else None,
        simple_confirmed=any(r.simple_confirmed for r in group),
        repair=repaired.repair,
        repaired_on=repaired.repaired_on,
        repair_channel=repaired.repair_channel,
        review=reviewed.review,
        review_on=reviewed.review_on,
        review_number=reviewed.review_number,
        ended_on=ended.ended_on,
        ended_why=ended.ended_why,
        effective_on=next((r.effective_on for r in group if r.effective_on is not None), None),
        objected=any(r.objected for r in group),
        minor=any(r.minor for r in group),
        public_security=any(r.public_security for r in group),
        provenance=tuple(dict.fromkeys(source for r in group for source in r.provenance)),
    )

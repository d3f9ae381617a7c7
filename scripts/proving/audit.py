"""What must hold in a house after any number of deaths: the product's own audit, and each file that left."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from api.services.auditing.own_log import audit_house
from api.services.context import Context
from domain.leaf import LeafType
from domain.log_replay import Finding


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted, and every breach found, in words."""

    leaves: int
    commitments: int
    files: int
    void_intents: int
    void_commitments: int
    key_uses: int
    breaches: tuple[str, ...]


def audit(context: Context, released: Iterable[Path], *, settled: bool) -> Tally:
    """Everything that must hold now; with ``settled`` nothing may be left unanswered."""
    found = audit_house(context, context.clock())
    counts = found.replay.counts
    breaches = [_words(each) for each in found.findings]
    with context.store.reading() as work:
        digests = {line.file_sha256 for line in work.audit.reports()}
        uses, intents, open_ = work.drafts.key_uses(), work.drafts.intents(), work.drafts.unanswered()
    for path in released:
        if hashlib.sha256(path.read_bytes()).hexdigest() not in digests:
            breaches.append(f"{path.name} left the house without its leaf")
    if settled:
        answers = counts[LeafType.SIGNED_FILE] + counts[LeafType.VOID_INTENT]
        waiting = sum(intent.outcome == "open" for intent in intents)
        if open_ or waiting or uses != answers:
            breaches.append(f"{len(open_)} drafts, {waiting} intents open; {uses} uses, {answers} answers")
    return Tally(
        leaves=found.replay.size,
        commitments=counts[LeafType.COMMITMENT],
        files=counts[LeafType.SIGNED_FILE],
        void_intents=counts[LeafType.VOID_INTENT],
        void_commitments=counts[LeafType.VOID_COMMITMENT],
        key_uses=uses,
        breaches=tuple(breaches),
    )


def _words(finding: Finding) -> str:
    where = "the log" if finding.index is None else f"entry {finding.index}"
    return f"{where}: {finding.problem} {finding.facts or ''}".rstrip()

"""What must hold in a house after any number of deaths; recomputed from the log's own bytes."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from api.services.context import Context
from domain import leaf as leaves
from domain import merkle
from domain.leaf import LeafType, void_commitment_digest, void_intent_digest


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
    with context.store.reading() as work:
        stored = tuple(work.log.leaves())
        size, root = work.log.head()
        intents, uses, open_ = work.drafts.intents(), work.drafts.key_uses(), work.drafts.open()
    decoded = [(item, leaves.decode(item.leaf)) for item in stored]
    by_type = Counter(leaf.type for _, leaf in decoded)
    breaches: list[str] = []

    def must(holds: bool, words: str) -> None:
        if not holds:
            breaches.append(words)

    must(size == len(stored), "the head's size is not the number of leaves")
    must(root == merkle.root([merkle.leaf_hash(item.leaf) for item in stored]), "the head's root is another")
    must(all(a.time <= b.time for (_, a), (_, b) in pairwise(decoded)), "time went back")
    files = {leaf.digest: item for item, leaf in decoded if leaf.type is LeafType.SIGNED_FILE}
    numbers = Counter(item.number for item in files.values())
    must(all(count == 1 for count in numbers.values()), "a number has two files")
    must(len(files) == by_type[LeafType.SIGNED_FILE], "a file is in the log twice")
    for path in released:
        digest = hashlib.sha256(path.read_bytes()).digest()
        must(digest in files, f"{path.name} left the house without its leaf")
    answered = Counter(item.intent for item, leaf in decoded if leaf.type in _ANSWERS_INTENT)
    voided = {leaf.digest for _, leaf in decoded if leaf.type is LeafType.VOID_INTENT}
    for intent in intents:
        want = 0 if intent.outcome == "open" else 1
        must(
            answered[str(intent.id)] == want,
            f"an intent of {intent.number} has {answered[str(intent.id)]} answers",
        )
        if intent.outcome == "void":
            must(
                void_intent_digest(intent.number, intent.signed_attrs_sha256) in voided,
                "a void leaf says otherwise",
            )
    must(uses == len(intents), "the key was used without an intent")
    void_commitments = {leaf.digest for _, leaf in decoded if leaf.type is LeafType.VOID_COMMITMENT}
    for item, leaf in decoded:
        if leaf.type is LeafType.COMMITMENT:
            ends = numbers[item.number] + (void_commitment_digest(item.leaf) in void_commitments)
            waiting = any(draft.number == item.number for draft in open_)
            must(ends == (0 if waiting else 1), f"the commitment of {item.number} has {ends} answers")
    if settled:
        must(not open_, f"{len(open_)} drafts are left open")
        must(all(intent.outcome != "open" for intent in intents), "an intent is left open")
        answers = by_type[LeafType.SIGNED_FILE] + by_type[LeafType.VOID_INTENT]
        must(uses == answers, f"{uses} key uses and {answers} answers")
    return Tally(
        len(stored), by_type[LeafType.COMMITMENT], len(files), by_type[LeafType.VOID_INTENT],
        by_type[LeafType.VOID_COMMITMENT], uses, tuple(breaches),
    )  # fmt: skip


_ANSWERS_INTENT = (LeafType.SIGNED_FILE, LeafType.VOID_INTENT)

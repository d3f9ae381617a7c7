"""What must hold in a house after any number of deaths; recomputed from the log's own bytes."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from api.services.context import Context
from api.store.entries import StoredLeaf
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


class _Book:
    """The log and what the house knows beside it, with the breaches found so far."""

    def __init__(self, context: Context) -> None:
        with context.store.reading() as work:
            stored = tuple(work.log.leaves())
            self.size, self.root = work.log.head()
            self.intents, self.uses = work.drafts.intents(), work.drafts.key_uses()
            self.open = work.drafts.open()
        self.leaves = [(item, leaves.decode(item.leaf)) for item in stored]
        self.count = Counter(leaf.type for _, leaf in self.leaves)
        self.files = {leaf.digest: item for item, leaf in self.of(LeafType.SIGNED_FILE)}
        self.numbers = Counter(item.number for item in self.files.values())
        self.breaches: list[str] = []

    def of(self, kind: LeafType) -> list[tuple[StoredLeaf, leaves.Leaf]]:
        """The leaves of one kind, in order."""
        return [(item, leaf) for item, leaf in self.leaves if leaf.type is kind]

    def must(self, holds: bool, words: str) -> None:
        """``words`` stand among the breaches unless it holds."""
        if not holds:
            self.breaches.append(words)

    def check_tree(self) -> None:
        """Size, root and times are those of the leaves."""
        hashes = [merkle.leaf_hash(item.leaf) for item, _ in self.leaves]
        self.must(self.size == len(hashes), "the head's size is not the number of leaves")
        self.must(self.root == merkle.root(hashes), "the head's root is another")
        self.must(all(a.time <= b.time for (_, a), (_, b) in pairwise(self.leaves)), "time went back")

    def check_files(self, released: Iterable[Path]) -> None:
        """Each file that left the house has its leaf, each number one file."""
        self.must(all(count == 1 for count in self.numbers.values()), "a number has two files")
        self.must(len(self.files) == self.count[LeafType.SIGNED_FILE], "a file is in the log twice")
        for path in released:
            digest = hashlib.sha256(path.read_bytes()).digest()
            self.must(digest in self.files, f"{path.name} left the house without its leaf")

    def check_intents(self) -> None:
        """Each intent has one answer, or none while it is open; a void one is told by its own digest."""
        answers = Counter(item.intent for kind in _ANSWERS_INTENT for item, _ in self.of(kind))
        voided = {leaf.digest for _, leaf in self.of(LeafType.VOID_INTENT)}
        for intent in self.intents:
            found = answers[str(intent.id)]
            wanted = 0 if intent.outcome == "open" else 1
            self.must(found == wanted, f"an intent of {intent.number} has {found} answers")
            digest = void_intent_digest(intent.number, intent.signed_attrs_sha256)
            self.must(intent.outcome != "void" or digest in voided, "a void leaf says otherwise")
        self.must(self.uses == len(self.intents), "the key was used without an intent")

    def check_commitments(self) -> None:
        """Each commitment has one answer, or none while its draft is open."""
        voided = {leaf.digest for _, leaf in self.of(LeafType.VOID_COMMITMENT)}
        waiting = {draft.number for draft in self.open}
        for item, _ in self.of(LeafType.COMMITMENT):
            found = self.numbers[item.number] + (void_commitment_digest(item.leaf) in voided)
            wanted = 0 if item.number in waiting else 1
            self.must(found == wanted, f"the commitment of {item.number} has {found} answers")

    def check_settled(self) -> None:
        """Nothing is left open, and key uses are equal to their answers."""
        answers = sum(self.count[kind] for kind in _ANSWERS_INTENT)
        self.must(not self.open, f"{len(self.open)} drafts are left open")
        self.must(all(intent.outcome != "open" for intent in self.intents), "an intent is left open")
        self.must(self.uses == answers, f"{self.uses} key uses and {answers} answers")


def audit(context: Context, released: Iterable[Path], *, settled: bool) -> Tally:
    """Everything that must hold now; with ``settled`` nothing may be left unanswered."""
    book = _Book(context)
    book.check_tree()
    book.check_files(released)
    book.check_intents()
    book.check_commitments()
    if settled:
        book.check_settled()
    return Tally(
        leaves=len(book.leaves),
        commitments=book.count[LeafType.COMMITMENT],
        files=len(book.files),
        void_intents=book.count[LeafType.VOID_INTENT],
        void_commitments=book.count[LeafType.VOID_COMMITMENT],
        key_uses=book.uses,
        breaches=tuple(book.breaches),
    )


_ANSWERS_INTENT = (LeafType.SIGNED_FILE, LeafType.VOID_INTENT)

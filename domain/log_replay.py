"""Replaying a log from its own bytes: every entry, every hash, times, and the rule that each promise is kept.

What can be told from public entries: an entry hashes to its tile, tiles hash to the signed
root, times never decrease, each entry is of a key the log announced before, no file stands in
it twice, and every commitment ends in a file or a void within ten minutes.  A void names its
commitment; a file does not, so the k-th commitment that was not voided is held against the k-th
file: if these do not fit, no matching does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from domain import merkle, tree_proofs
from domain.leaf import LEAF_BYTES, VERSION, LeafType, void_commitment_digest
from domain.merkle import HASH_BYTES
from domain.tiles import TILE_HEIGHT, TILE_WIDTH
from domain.times import milliseconds
from domain.tree_proofs import Node
from domain.verdict import JsonValue

ANSWERED_WITHIN: Final = timedelta(minutes=10)
AHEAD: Final = timedelta(minutes=5)
"""An entry's time may run so far before the auditor's clock."""
_WITHIN_MS: Final = ANSWERED_WITHIN // timedelta(milliseconds=1)
_TYPES: Final = frozenset(int(kind) for kind in LeafType)
_COMMITMENT, _SIGNED_FILE = int(LeafType.COMMITMENT), int(LeafType.SIGNED_FILE)
_VOID_COMMITMENT, _KEY_EVENT = int(LeafType.VOID_COMMITMENT), int(LeafType.KEY_EVENT)
# Compared as numbers: an audit goes through millions of entries.


class Problem(StrEnum):
    """What is wrong, as a word; the sentences are in the message catalogue under ``audit_<word>``."""

    ENTRY_MISSING = "entry_missing"
    ENTRY_FORM = "entry_form"
    ENTRY_HASH = "entry_hash"
    TILE_HASH = "tile_hash"
    ROOT = "root"
    HEAD_SIGNATURE = "head_signature"
    COSIGNATURE = "cosignature"
    HISTORY = "history"
    SHORTER = "shorter"
    TIME_BACK = "time_back"
    TIME_AHEAD = "time_ahead"
    KEY_UNANNOUNCED = "key_unannounced"
    FILE_TWICE = "file_twice"
    FILE_UNPROMISED = "file_unpromised"
    VOID_FOREIGN = "void_foreign"
    VOID_TWICE = "void_twice"
    ANSWERED_LATE = "answered_late"
    UNANSWERED = "unanswered"
    # With the house's own database
    INTENT = "intent"
    KEY_USES = "key_uses"
    NUMBER_TWICE = "number_twice"
    ROW_DIFFERS = "row_differs"
    ROW_MISSING = "row_missing"
    STATE = "state"
    STATUS_VALUE = "status_value"
    STATUS_LIST = "status_list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that must not be."""

    index: int | None
    """The entry it was found at; None where it belongs to no single one."""
    problem: Problem
    facts: dict[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Commitment:
    index: int
    time_ms: int


class Replay:
    """Takes a log bundle by bundle and says what does not hold."""

    def __init__(self) -> None:
        self.hashes = bytearray()
        """Every leaf's hash, one after another."""
        self._counts = [0] * 256
        self.findings: list[Finding] = []
        self._full: list[bytes] = []
        self._last_ms = 0
        self._announced: set[bytes] = set()
        self._open: dict[bytes, _Commitment] = {}
        self._voided: set[int] = set()
        self._promised: list[_Commitment] = []
        self._files: list[_Commitment] = []
        self._seen_files: set[bytes] = set()

    @property
    def counts(self) -> dict[LeafType, int]:
        """Entries taken so far by kind."""
        return {kind: self._counts[kind] for kind in LeafType}

    @property
    def size(self) -> int:
        """Entries taken so far."""
        return len(self.hashes) // HASH_BYTES

    def add(self, entries: Sequence[bytes], tile: bytes | None) -> None:
        """Take the next bundle with its tile of leaf hashes (None: there is none to compare)."""
        start = self.size
        hashes = [hashlib.sha256(b"\x00" + entry).digest() for entry in entries]
        mine = b"".join(hashes)
        if tile is not None and tile != mine:
            self._differ(start, mine, tile)
        for place, entry in enumerate(entries):
            self._entry(start + place, entry)
        self.hashes += mine
        if len(hashes) == TILE_WIDTH:
            self._full.append(merkle.complete_root(hashes))

    def found(self, index: int | None, problem: Problem, **facts: JsonValue) -> None:
        """Something must not be."""
        self.findings.append(Finding(index=index, problem=problem, facts=facts))

    def _differ(self, start: int, mine: bytes, tile: bytes) -> None:
        for place in range(0, max(len(mine), len(tile)), HASH_BYTES):
            if mine[place : place + HASH_BYTES] != tile[place : place + HASH_BYTES]:
                self.found(start + place // HASH_BYTES, Problem.ENTRY_HASH)
                return

    def _entry(self, index: int, entry: bytes) -> None:
        if len(entry) != LEAF_BYTES or entry[0] != VERSION or entry[1] not in _TYPES:
            self.found(index, Problem.ENTRY_FORM)
            return
        kind, key_id, time_ms = entry[1], entry[2:10], int.from_bytes(entry[10:18], "big")
        self._counts[kind] += 1
        if time_ms < self._last_ms:
            self.found(index, Problem.TIME_BACK)
        self._last_ms = max(self._last_ms, time_ms)
        if kind == _KEY_EVENT:
            self._announced.add(key_id)
        elif key_id not in self._announced:
            self.found(index, Problem.KEY_UNANNOUNCED, key_id=key_id.hex())
        if kind == _COMMITMENT:
            self._promise(index, entry, time_ms)
        elif kind == _VOID_COMMITMENT:
            self._void(index, entry[18:], time_ms)
        elif kind == _SIGNED_FILE:
            self._file(index, entry[18:], time_ms)

    def _promise(self, index: int, entry: bytes, time_ms: int) -> None:
        commitment = _Commitment(index, time_ms)
        self._open[void_commitment_digest(entry)] = commitment
        self._promised.append(commitment)

    def _void(self, index: int, digest: bytes, time_ms: int) -> None:
        commitment = self._open.get(digest)
        if commitment is None:
            self.found(index, Problem.VOID_FOREIGN)
        elif commitment.index in self._voided:
            self.found(index, Problem.VOID_TWICE, commitment=commitment.index)
        else:
            self._voided.add(commitment.index)
            if time_ms - commitment.time_ms > _WITHIN_MS:
                self.found(commitment.index, Problem.ANSWERED_LATE, answer=index)

    def _file(self, index: int, digest: bytes, time_ms: int) -> None:
        if digest in self._seen_files:
            self.found(index, Problem.FILE_TWICE)
        self._seen_files.add(digest)
        self._files.append(_Commitment(index, time_ms))

    def end(self, now: datetime) -> None:
        """Everything was taken: what is still unanswered at ``now`` is found."""
        now_ms = milliseconds(now)
        if self._last_ms > milliseconds(now + AHEAD):
            self.found(self.size - 1, Problem.TIME_AHEAD)
        kept = [item for item in self._promised if item.index not in self._voided]
        for commitment, file in zip(kept, self._files, strict=False):
            if file.index < commitment.index:
                self.found(file.index, Problem.FILE_UNPROMISED)
            elif file.time_ms - commitment.time_ms > _WITHIN_MS:
                self.found(commitment.index, Problem.ANSWERED_LATE, answer=file.index)
        for file in self._files[len(kept) :]:
            self.found(file.index, Problem.FILE_UNPROMISED)
        for commitment in kept[len(self._files) :]:
            if now_ms - commitment.time_ms > _WITHIN_MS:
                self.found(commitment.index, Problem.UNANSWERED)

    def waiting(self) -> int:
        """Give how many commitments have no answer yet."""
        return len(self._promised) - len(self._voided) - len(self._files)

    def root(self, size: int) -> bytes:
        """The root over the first ``size`` entries."""
        return tree_proofs.root(size, self._nodes)

    def row(self, level: int) -> list[bytes]:
        """The hashes that the tiles of ``level`` hold; level 0 are the leaf hashes."""
        if level == 0:
            return [bytes(self.hashes[at : at + HASH_BYTES]) for at in range(0, len(self.hashes), HASH_BYTES)]
        return self._row(level)

    def _row(self, level: int) -> list[bytes]:
        if level == 1:
            return self._full
        below = self._row(level - 1)
        return [merkle.complete_root(below[at : at + TILE_WIDTH]) for at in _full_starts(len(below))]

    def _nodes(self, nodes: Sequence[Node]) -> dict[Node, bytes]:
        return {node: self._node(*node) for node in nodes}

    def _node(self, level: int, index: int) -> bytes:
        if level < TILE_HEIGHT:
            first, last = index << level, (index + 1) << level
            span = range(first * HASH_BYTES, last * HASH_BYTES, HASH_BYTES)
            return merkle.complete_root([bytes(self.hashes[at : at + HASH_BYTES]) for at in span])
        rest = level - TILE_HEIGHT
        return merkle.complete_root(self._full[index << rest : (index + 1) << rest])


def _full_starts(count: int) -> Iterator[int]:
    yield from range(0, count - TILE_WIDTH + 1, TILE_WIDTH)

"""The audit of a whole log: heads, tiles, entries, the past that was kept, and promises."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from api.services.auditing.sources import LogSource
from domain import checkpoint as checkpoints
from domain import note
from domain.checkpoint import Checkpoint
from domain.errors import MalformedInput, Refused
from domain.log_replay import Finding, Problem, Replay
from domain.merkle import HASH_BYTES
from domain.tiles import TILE_WIDTH, Tile, decode_bundle, tiles_of
from domain.trust_format import LogKeys
from keys.trust import verify_note
from keys.trust.signatures import cosigners

MAX_FINDINGS: Final = 100
"""A log that is wrong in more places than this is not looked at further."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What an auditor kept of an earlier audit."""

    note: bytes
    """The signed head as it was then."""
    hashes: bytes = b""
    """Leaf hashes of that tree, by which the first changed entry is named; may be missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """What an audit found."""

    head: Checkpoint | None
    note: bytes
    replay: Replay
    cosigners: dict[str, int]
    """Witnesses on the head, with the POSIX second of each."""
    kept_size: int | None
    findings: tuple[Finding, ...] = field(default=())
    """Worst first: by the entry's index, those of no single entry last."""

    @property
    def clean(self) -> bool:
        """Nothing was found."""
        return not self.findings


def audit(source: LogSource, keys: LogKeys, now: datetime, kept: Kept | None = None) -> Audited:
    """Replay the log of ``source``; what is wrong is in the answer and never raised.

    Raises DependencyUnavailable ``log_unreachable`` where the source could not be asked: then
    nobody can tell.
    """
    replay = Replay()
    signed = source.checkpoint()
    head = None if signed is None else _head(replay, signed, keys)
    if signed is None or head is None:
        if signed is None:
            replay.found(None, Problem.HEAD_SIGNATURE, cause="log_empty")
        return Audited(
            head=None, note=signed or b"", replay=replay, cosigners={}, kept_size=None,
            findings=tuple(replay.findings),
        )  # fmt: skip
    _take(source, replay, head.size)
    complete = replay.size == head.size
    if complete:
        _check_tiles(source, replay)
        if replay.root(head.size) != head.root and not _entry_named(replay):
            replay.found(None, Problem.ROOT, size=head.size)
        replay.end(now)
    known = None if kept is None else _check_kept(replay, kept, keys)
    return Audited(
        head=head,
        note=signed,
        replay=replay,
        cosigners=_cosigners(replay, signed, keys),
        kept_size=known,
        findings=in_order(replay.findings),
    )


def in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """Give findings by the entry's index; those of no single entry last."""
    return tuple(sorted(findings, key=lambda each: (each.index is None, each.index or 0)))


def _head(replay: Replay, signed: bytes, keys: LogKeys) -> Checkpoint | None:
    try:
        head = checkpoints.decode(verify_note(signed, keys.vkeys).text)
    except (Refused, MalformedInput) as error:
        replay.found(None, Problem.HEAD_SIGNATURE, cause=error.code)
        return None
    if head.origin != keys.origin:
        replay.found(None, Problem.HEAD_SIGNATURE, cause="origin")
        return None
    return head


def _take(source: LogSource, replay: Replay, size: int) -> None:
    while replay.size < size and len(replay.findings) < MAX_FINDINGS:
        index, width = replay.size // TILE_WIDTH, min(TILE_WIDTH, size - replay.size)
        data = source.read(Tile(level=None, index=index, width=width))
        tile = source.read(Tile(level=0, index=index, width=width))
        entries = _entries(data)
        if tile is None:
            replay.found(replay.size, Problem.TILE_HASH, level=0)
        if len(entries) != width:
            # What is there is taken all the same: an entry before the gap may be the first bad one.
            replay.add(entries[:width], None if tile is None else tile[: len(entries) * HASH_BYTES])
            replay.found(replay.size, Problem.ENTRY_MISSING)
            return
        replay.add(entries, tile)


def _entries(data: bytes | None) -> tuple[bytes, ...]:
    try:
        return () if not data else decode_bundle(data)
    except MalformedInput:
        return ()


def _check_tiles(source: LogSource, replay: Replay) -> None:
    """Tiles above the leaves hold the hashes of those below; a changed entry explains them all."""
    if any(each.problem is Problem.ENTRY_HASH for each in replay.findings):
        return
    rows: dict[int, list[bytes]] = {}
    for tile in tiles_of(replay.size):
        if not tile.level:
            continue
        row = rows.setdefault(tile.level, replay.row(tile.level))
        mine = row[tile.index * TILE_WIDTH :][: tile.width]
        theirs = source.read(tile) or b""
        if theirs != b"".join(mine):
            place = next(
                (
                    at
                    for at, hashed in enumerate(mine)
                    if theirs[at * HASH_BYTES : (at + 1) * HASH_BYTES] != hashed
                ),
                len(mine),
            )
            first = (tile.index * TILE_WIDTH + place) * TILE_WIDTH**tile.level
            replay.found(min(first, replay.size - 1), Problem.TILE_HASH, level=tile.level)


def _entry_named(replay: Replay) -> bool:
    return any(each.problem in (Problem.ENTRY_HASH, Problem.TILE_HASH) for each in replay.findings)


def _check_kept(replay: Replay, kept: Kept, keys: LogKeys) -> int | None:
    """The head that was kept begins this log; else the first entry that differs is named."""
    head = _head(replay, kept.note, keys)
    if head is None:
        return None
    if head.size > replay.size:
        replay.found(replay.size, Problem.SHORTER, kept=head.size)
    elif replay.root(head.size) != head.root:
        replay.found(_first_difference(replay, kept.hashes, head.size), Problem.HISTORY, kept=head.size)
    return head.size


def _first_difference(replay: Replay, hashes: bytes, size: int) -> int | None:
    for index in range(min(len(hashes) // HASH_BYTES, size)):
        here = slice(index * HASH_BYTES, (index + 1) * HASH_BYTES)
        if hashes[here] != replay.hashes[here]:
            return index
    return None


def _cosigners(replay: Replay, signed: bytes, keys: LogKeys) -> dict[str, int]:
    try:
        return cosigners(note.decode(signed), keys.witnesses)
    except (Refused, MalformedInput) as error:
        replay.found(None, Problem.COSIGNATURE, cause=error.code)
        return {}

"""What the log shows to anybody: the signed head, tiles of hashes, bundles of entries (C2SP tlog-tiles)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from api.services.context import Context
from api.store.unit_of_work import UnitOfWork
from domain import leaf as leaves
from domain import note
from domain.checkpoint import Checkpoint
from domain.checkpoint import decode as decode_checkpoint
from domain.errors import InvariantBroken, NotFound
from domain.merkle import HASH_BYTES
from domain.tiles import TILE_HEIGHT, TILE_WIDTH, Tile, encode_bundle

COVERED_WITHIN: Final = timedelta(seconds=60)
"""An entry is under the head that is shown after at most so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The head that strangers see."""

    data: bytes
    """The signed note, with the lines of whoever cosigned it."""
    head: Checkpoint
    cosigners: tuple[str, ...]


def checkpoint(context: Context, now: datetime) -> Shown:
    """Give the newest head that a quorum cosigned while it leaves no entry out for 60 s, else the newest.

    NotFound ``log_empty`` before the first entry.
    """
    with context.store.reading() as work:
        size, _ = work.log.head()
        if not size:
            raise NotFound("log_empty")
        witnessed = _witnessed_size(context, work)
        if witnessed is not None and (witnessed == size or _young(work, witnessed, now)):
            size = witnessed
        return _shown(work, size)


def newest_checkpoint(work: UnitOfWork) -> bytes:
    """Give the log's own note of the newest head; NotFound ``log_empty``."""
    signed = work.log.checkpoint()
    if signed is None:
        raise NotFound("log_empty")
    return signed


def resource(context: Context, tile: Tile) -> bytes:
    """Give a tile or an entry bundle; NotFound ``tile_unknown`` for one that the log does not have yet."""
    with context.store.reading() as work:
        start = tile.index * TILE_WIDTH
        if start >= 1 << 62:
            raise NotFound("tile_unknown")
        if tile.level is None:
            entries = work.log.entries(start, tile.width)
            _require(len(entries), tile)
            return encode_bundle(entries)
        hashes = work.log.row(tile.level * TILE_HEIGHT, start, tile.width)
    _require(len(hashes), tile)
    data = b"".join(hashes.values())
    if len(data) != tile.width * HASH_BYTES:
        raise InvariantBroken("log_node_missing", level=tile.level * TILE_HEIGHT, index=start)
    return data


def _require(found: int, tile: Tile) -> None:
    if found < tile.width:
        raise NotFound("tile_unknown")


def _witnessed_size(context: Context, work: UnitOfWork) -> int | None:
    plan = context.log_plan
    if not plan.quorum:
        return None
    return work.witnesses.quorum_size(tuple(each.key.name for each in plan.witnesses), plan.quorum)


def _young(work: UnitOfWork, witnessed: int, now: datetime) -> bool:
    """Say whether the first entry that the witnessed head leaves out may still wait for the next one."""
    (entry,) = work.log.entries(witnessed, 1) or (None,)
    return entry is not None and now - leaves.decode(entry).time <= COVERED_WITHIN


def _shown(work: UnitOfWork, size: int) -> Shown:
    signed = work.log.checkpoint(size)
    if signed is None:
        raise InvariantBroken("checkpoint_missing", size=size)
    lines = [
        note.NoteSignature(name=each.witness, key_hash=each.key_hash, signature=each.signature)
        for each in work.witnesses.cosignatures(size)
    ]
    return Shown(
        data=note.with_lines(signed, lines) if lines else signed,
        head=decode_checkpoint(note.decode(signed).text),
        cosigners=tuple(line.name for line in lines),
    )

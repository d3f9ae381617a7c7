"""C2SP tlog-tiles: where a log's hashes and entries stand, and how entries are bundled.

Grammar::

    path    = "tile/" level "/" index [ ".p/" width ] / "tile/entries/" index [ ".p/" width ]
    level   = 0 to 63, no leading zeroes
    index   = *( "x" 3DIGIT "/" ) 3DIGIT                ; 1234067 is x001/x234/067
    width   = 1 to 255                                   ; only for a partial tile
    bundle  = 1*256( u16(length) entry )                 ; big-endian

A full tile holds 256 hashes; tile n of level l hashes the leaves from n * 256^(l+1) on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from domain.errors import MalformedInput
from domain.merkle import MAX_SIZE

TILE_WIDTH: Final = 256
TILE_HEIGHT: Final = 8
MAX_LEVEL: Final = 63
CHECKPOINT_PATH: Final = "checkpoint"
_PATH: Final = re.compile(
    r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII
)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Tile:
    """One tile or entry bundle of a log."""

    level: int | None
    """None for an entry bundle."""
    index: int
    width: int = TILE_WIDTH
    """Hashes or entries in it, 1 to 256."""


def tile_path(level: int, index: int, width: int = TILE_WIDTH) -> str:
    """The path of a tile below the log's prefix."""
    return path_of(Tile(level=level, index=index, width=width))


def entries_path(index: int, width: int = TILE_WIDTH) -> str:
    """The path of an entry bundle below the log's prefix."""
    return path_of(Tile(level=None, index=index, width=width))


def path_of(tile: Tile) -> str:
    """The path of ``tile``; MalformedInput ``tile_form`` for one that no log has."""
    level_ok = tile.level is None or 0 <= tile.level <= MAX_LEVEL
    if not level_ok or not 0 <= tile.index <= MAX_SIZE or not 1 <= tile.width <= TILE_WIDTH:
        raise MalformedInput("tile_form")
    level = "entries" if tile.level is None else str(tile.level)
    partial = "" if tile.width == TILE_WIDTH else f".p/{tile.width}"
    return f"tile/{level}/{_index_text(tile.index)}{partial}"


def _index_text(index: int) -> str:
    parts = [f"{index % 1000:03d}"]
    while index := index // 1000:
        parts.append(f"x{index % 1000:03d}")
    return "/".join(reversed(parts))


def parse_path(path: str) -> Tile:
    """The tile whose one path this is; MalformedInput ``tile_form``."""
    found = _PATH.fullmatch(path)
    if found is None:
        raise MalformedInput("tile_form")
    level, index, width = found.groups()
    tile = Tile(
        level=None if level == "entries" else int(level),
        index=int(index.replace("/", "").replace("x", "")),
        width=TILE_WIDTH if width is None else int(width),
    )
    if path_of(tile) != path:
        raise MalformedInput("tile_form")
    return tile


def tiles_of(size: int) -> Iterator[Tile]:
    """Every hash tile of a log of ``size`` leaves, level by level, the partial one last."""
    level, count = 0, size
    while count:
        full, rest = divmod(count, TILE_WIDTH)
        yield from (Tile(level=level, index=index) for index in range(full))
        if rest:
            yield Tile(level=level, index=full, width=rest)
        level, count = level + 1, full


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """The bundle of one to 256 entries; MalformedInput ``entries_form``."""
    if not 1 <= len(entries) <= TILE_WIDTH or any(len(entry) > 0xFFFF for entry in entries):
        raise MalformedInput("entries_form")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def decode_bundle(data: bytes) -> tuple[bytes, ...]:
    """The entries of a bundle; MalformedInput ``entries_form``."""
    entries: list[bytes] = []
    at = 0
    while at < len(data) and len(entries) < TILE_WIDTH:
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or end > len(data):
            raise MalformedInput("entries_form")
        entries.append(data[at + 2 : end])
        at = end
    if at != len(data) or not entries:
        raise MalformedInput("entries_form")
    return tuple(entries)

"""What an auditor keeps in files: the head of the last clean audit, the mirror of a log."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from api.services.auditing.any_log import Audited, Kept
from api.services.auditing.sources import LogSource
from domain import checkpoint as checkpoints
from domain import note
from domain.errors import NotFound, Refused
from domain.tiles import CHECKPOINT_PATH, TILE_WIDTH, Tile, path_of, tiles_of

HASHES: Final = ".hashes"
"""Ending of the file beside a kept head that holds the leaf hashes of that tree."""


def read_kept(file: Path) -> Kept | None:
    """Give what an earlier audit kept; None before the first."""
    if not file.exists():
        return None
    hashes = file.with_name(file.name + HASHES)
    return Kept(note=file.read_bytes(), hashes=hashes.read_bytes() if hashes.exists() else b"")


def write_kept(file: Path, found: Audited) -> None:
    """The head of a clean audit is what the next one is held against."""
    file.parent.mkdir(parents=True, exist_ok=True)
    # The hashes first: a head without them still tells that something changed, not where.
    _write(file.with_name(file.name + HASHES), bytes(found.replay.hashes))
    _write(file, found.note)


def mirror(source: LogSource, folder: Path) -> int:
    """The whole log lies in ``folder`` under its own paths and gives its size; what is there is not fetched.

    Nothing is checked here: that is what ``audit log DIR`` is for.  Raises DependencyUnavailable
    ``log_unreachable``, NotFound ``log_empty`` or ``tile_unknown``.
    """
    signed = source.checkpoint()
    if signed is None:
        raise NotFound("log_empty")
    size = checkpoints.decode(note.decode(signed).text).size
    for tile in tiles_of(size):
        _fetch(source, folder, tile)
        if tile.level == 0:
            _fetch(source, folder, replace(tile, level=None))
    # Last: a mirror that was cut off still holds the head it was whole under.
    _write(folder / CHECKPOINT_PATH, signed)
    return size


def _fetch(source: LogSource, folder: Path, tile: Tile) -> None:
    target = folder / path_of(tile)
    if tile.width == TILE_WIDTH and target.exists():
        return
    data = source.read(tile)
    if data is None:
        raise NotFound("tile_unknown")
    target.parent.mkdir(parents=True, exist_ok=True)
    _write(target, data)


def _write(path: Path, data: bytes) -> None:
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        raise Refused("file_unwritable", file=str(path), cause=error.strerror or "") from error

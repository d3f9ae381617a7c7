"""Where an auditor reads a log from: an address, a directory that mirrors one, or a house's own database."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path
from typing import Final, Protocol

from api.services.context import Context
from api.services.log.outgoing import Outgoing
from api.services.log.serving import newest_checkpoint
from domain.errors import DependencyUnavailable, NotFound
from domain.merkle import HASH_BYTES
from domain.tiles import CHECKPOINT_PATH, TILE_HEIGHT, TILE_WIDTH, Tile, encode_bundle, path_of

_AT_ONCE: Final = 16 * TILE_WIDTH
_NOTHING: Final = bytes(HASH_BYTES)


class LogSource(Protocol):
    """A log that can be read.

    Implementations MUST give bytes exactly as they are, MUST give None where the log says that it
    has no such thing, and MUST raise DependencyUnavailable where nobody could be asked.
    """

    def checkpoint(self) -> bytes | None:
        """Give the newest signed head."""
        ...

    def read(self, tile: Tile) -> bytes | None:
        """Give a tile or an entry bundle."""
        ...


class UrlSource:
    """A log over HTTP below one prefix; nothing else is asked."""

    def __init__(self, prefix: str, outgoing: Outgoing) -> None:
        """Read below ``prefix`` (``https://HOST/log``)."""
        self._prefix, self._outgoing = prefix.rstrip("/"), outgoing

    def checkpoint(self) -> bytes | None:
        """Give the newest signed head; DependencyUnavailable ``log_unreachable``, also where none stands.

        An address without a head is no log that could be wrong: most likely it was mistyped.
        """
        head = self._get(CHECKPOINT_PATH)
        if head is None:
            url = f"{self._prefix}/{CHECKPOINT_PATH}"
            raise DependencyUnavailable("log_unreachable", url=url, cause="status_404")
        return head

    def read(self, tile: Tile) -> bytes | None:
        """Give a tile or an entry bundle; raises as above."""
        return self._get(path_of(tile))

    def _get(self, path: str) -> bytes | None:
        url = f"{self._prefix}/{path}"
        answer = self._outgoing.get(url)
        if answer.status in (404, 410):
            return None
        if answer.status != 200:
            raise DependencyUnavailable("log_unreachable", url=url, cause=f"status_{answer.status}")
        return answer.body


class FolderSource:
    """A mirrored log: its resources as files under their own paths."""

    def __init__(self, folder: Path) -> None:
        """Read below ``folder``."""
        self._folder = folder

    def checkpoint(self) -> bytes | None:
        """Give the newest signed head of the mirror, None where only its tiles are left.

        DependencyUnavailable ``log_unreachable`` for a folder that holds no log at all.
        """
        if not self._folder.joinpath(CHECKPOINT_PATH).exists() and not self._folder.joinpath("tile").is_dir():
            raise DependencyUnavailable("log_unreachable", url=str(self._folder), cause="no_log")
        return self._bytes(CHECKPOINT_PATH)

    def read(self, tile: Tile) -> bytes | None:
        """Give a tile or an entry bundle."""
        return self._bytes(path_of(tile))

    def _bytes(self, path: str) -> bytes | None:
        file = self._folder / path
        try:
            return file.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise DependencyUnavailable(
                "log_unreachable", url=str(file), cause=type(error).__name__
            ) from error


class HouseSource:
    """The house's own log, straight from its database."""

    def __init__(self, context: Context) -> None:
        """Read the log of ``context``."""
        self._context = context
        self._first, self._upto = -1, 0
        self._leaves: dict[int, bytes] = {}
        self._hashes: dict[int, bytes] = {}

    def checkpoint(self) -> bytes | None:
        """Give the newest signed head, whether cosigned or not."""
        with self._context.store.reading() as work:
            try:
                return newest_checkpoint(work)
            except NotFound:
                return None

    def read(self, tile: Tile) -> bytes | None:
        """Give a tile or an entry bundle, as far as its rows are there.

        A bundle ends before the first missing entry, a missing hash is 32 zero bytes: so the
        auditor finds the very place.
        """
        start = tile.index * TILE_WIDTH
        if tile.level is None:
            here = [self._leaf(start + place) for place in range(tile.width)]
            run = [*takewhile(lambda entry: entry is not None, here)]
            return encode_bundle([entry for entry in run if entry is not None]) if run else None
        if tile.level == 0:
            hashes = [self._hash(start + place) for place in range(tile.width)]
            return b"".join(hashes)
        with self._context.store.reading() as work:
            found = work.log.row(tile.level * TILE_HEIGHT, start, tile.width)
        return b"".join(found.get(start + place, _NOTHING) for place in range(tile.width))

    def _leaf(self, index: int) -> bytes | None:
        self._hold(index)
        return self._leaves.get(index)

    def _hash(self, index: int) -> bytes:
        self._hold(index)
        return self._hashes.get(index, _NOTHING)

    def _hold(self, index: int) -> None:
        """Many entries and their hashes are read at once: an auditor goes through them in order."""
        first = index - index % _AT_ONCE
        if first == self._first and index < self._upto:
            return
        with self._context.store.reading() as work:
            self._upto = work.log.size()
            self._leaves = dict(work.log.placed(first, _AT_ONCE))
            self._hashes = work.log.row(0, first, _AT_ONCE)
        self._first = first

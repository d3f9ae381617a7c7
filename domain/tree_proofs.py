"""Proofs of a large tree from the roots of its complete subtrees, a few of them a proof.

A node ``(level, index)`` is the root over the ``2**level`` leaves from ``index * 2**level``
on.  Whoever keeps these (a store, or tiles: :class:`TileNodes`) hands out any inclusion or
consistency proof of RFC 6962 without touching a leaf.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from domain import merkle
from domain.errors import InvariantBroken, MalformedInput
from domain.tiles import TILE_HEIGHT, TILE_WIDTH, Tile

Node = tuple[int, int]
"""Level and index."""
Fetch = Callable[[Sequence[Node]], Mapping[Node, bytes]]
"""Gives the hashes of those nodes; one that is missing is left out."""
_Range = tuple[int, int]


def cover(start: int, end: int) -> tuple[Node, ...]:
    """The complete subtrees that make up the leaves from ``start`` to before ``end``, left to right.

    ``start`` must be a multiple of the smallest power of two that is not below the length,
    as it is for every subtree of RFC 6962.
    """
    found: list[Node] = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append((level, start >> level))
        start += 1 << level
    return tuple(found)


def inclusion_ranges(index: int, size: int) -> tuple[_Range, ...]:
    """The ranges of leaves whose roots are the inclusion proof of leaf ``index``, its sibling first."""
    if not 0 <= index < size:
        raise MalformedInput("proof_index", index=index, size=size)
    path: list[_Range] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return tuple(reversed(path))


def consistency_ranges(old: int, new: int) -> tuple[_Range, ...]:
    """The ranges of leaves whose roots are the consistency proof between the two sizes."""
    if not 0 <= old <= new:
        raise MalformedInput("proof_index", index=old, size=new)
    if old in (0, new):
        return ()
    path: list[_Range] = []
    start, end, whole = 0, new, True
    while old != end - start:
        half = _split(end - start)
        if old <= half:
            path.append((start + half, end))
            end = start + half
        else:
            path.append((start, start + half))
            start, old, whole = start + half, old - half, False
    if not whole:
        path.append((start, end))
    return tuple(reversed(path))


def inclusion_proof(index: int, size: int, fetch: Fetch) -> tuple[bytes, ...]:
    """The audit path of leaf ``index`` in the tree of ``size``; InvariantBroken ``log_node_missing``."""
    return _roots(inclusion_ranges(index, size), fetch)


def consistency_proof(old: int, new: int, fetch: Fetch) -> tuple[bytes, ...]:
    """The proof that the tree of ``old`` leaves begins the tree of ``new``; raises as above."""
    return _roots(consistency_ranges(old, new), fetch)


def root(size: int, fetch: Fetch) -> bytes:
    """The root of the tree of ``size``; raises as above."""
    return _roots(((0, size),), fetch)[0] if size else merkle.EMPTY_ROOT


def _split(size: int) -> int:
    return 1 << ((size - 1).bit_length() - 1)


def _roots(ranges: Iterable[_Range], fetch: Fetch) -> tuple[bytes, ...]:
    covers = [cover(start, end) for start, end in ranges]
    wanted = tuple(node for nodes in covers for node in nodes)
    known = fetch(wanted) if wanted else {}
    for level, index in wanted:
        if (level, index) not in known:
            raise InvariantBroken("log_node_missing", level=level, index=index)
    return tuple(_fold([known[node] for node in nodes]) for nodes in covers)


def _fold(hashes: Sequence[bytes]) -> bytes:
    current = hashes[-1]
    for left in reversed(hashes[:-1]):
        current = merkle.node_hash(left, current)
    return current


class TileNodes:
    """Nodes of a log of ``size`` leaves, read out of its tiles, each tile once."""

    def __init__(self, size: int, read: Callable[[Tile], bytes]) -> None:
        """Read tiles by ``read``, which gives a tile's bytes or raises."""
        self._size, self._read = size, read
        self._tiles: dict[Tile, bytes] = {}

    def __call__(self, nodes: Sequence[Node]) -> dict[Node, bytes]:
        """The hashes of ``nodes``; MalformedInput ``tile_form`` for a tile of another length."""
        return {node: self._hash(*node) for node in nodes}

    def _hash(self, level: int, index: int) -> bytes:
        height, rest = divmod(level, TILE_HEIGHT)
        first = index << rest
        number, offset = divmod(first, TILE_WIDTH)
        width = min(TILE_WIDTH, (self._size >> (TILE_HEIGHT * height)) - number * TILE_WIDTH)
        data = self._tile(Tile(level=height, index=number, width=width))
        ends = offset + (1 << rest)
        return merkle.complete_root([data[at * 32 : at * 32 + 32] for at in range(offset, ends)])

    def _tile(self, tile: Tile) -> bytes:
        if tile not in self._tiles:
            data = self._read(tile)
            if len(data) != tile.width * merkle.HASH_BYTES:
                raise MalformedInput("tile_form")
            self._tiles[tile] = data
        return self._tiles[tile]

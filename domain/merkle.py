"""Merkle tree arithmetic of RFC 6962 section 2.1, with SHA-256 throughout.

Grammar::

    leaf-hash = SHA-256(0x00 data)
    node-hash = SHA-256(0x01 left right)
    root of no leaves = SHA-256()
    frontier  = 0x01 size(u64, big-endian) *hash   ; one hash per set bit of size, largest subtree first

``Frontier`` is the right edge of a growing tree (also called a compact range).  With it,
appending, the new root and the new leaf's inclusion proof need no older node.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.errors import MalformedInput

HASH_BYTES: Final = 32
MAX_SIZE: Final = 2**63 - 1
_FRONTIER_VERSION: Final = 1


class ProofRejected(MalformedInput):
    """A Merkle proof does not lead to the root it was given for."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of one leaf's data."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of the node above ``left`` and ``right``."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaf_hashes: Sequence[bytes]) -> bytes:
    """The root over leaf hashes in order."""
    frontier = Frontier()
    for item in leaf_hashes:
        frontier = frontier.append(item)
    return frontier.root()


def complete_root(leaf_hashes: Sequence[bytes]) -> bytes:
    """The root over a power of two of leaf hashes, several times as fast as :func:`root`."""
    row = leaf_hashes
    if not row or len(row) & (len(row) - 1):
        raise MalformedInput("proof_index", index=0, size=len(row))
    sha256 = hashlib.sha256
    while len(row) > 1:
        row = [sha256(b"\x01" + row[at] + row[at + 1]).digest() for at in range(0, len(row), 2)]
    return row[0]


def _split(size: int) -> int:
    """The largest power of two smaller than ``size`` (RFC 6962: k)."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_proof(leaf_hashes: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The audit path of leaf ``index``, from its sibling up to the root's child."""
    if not 0 <= index < len(leaf_hashes):
        raise MalformedInput("proof_index", index=index, size=len(leaf_hashes))
    if len(leaf_hashes) == 1:
        return ()
    middle = _split(len(leaf_hashes))
    left, right = leaf_hashes[:middle], leaf_hashes[middle:]
    if index < middle:
        return (*inclusion_proof(left, index), root(right))
    return (*inclusion_proof(right, index - middle), root(left))


def verify_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """The leaf is at ``index`` in the tree of ``size`` with ``root``, or ProofRejected is raised.

    Follows RFC 9162 section 2.1.3.2, so that a proof of the wrong length is refused too.
    """
    if not 0 <= index < size <= MAX_SIZE:
        raise ProofRejected("proof_index", index=index, size=size)
    position, last, current = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0 or len(sibling) != HASH_BYTES:
            raise ProofRejected("proof_rejected")
        if position & 1 or position == last:
            current = node_hash(sibling, current)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            current = node_hash(current, sibling)
        position, last = position >> 1, last >> 1
    if last != 0 or current != root:
        raise ProofRejected("proof_rejected")


def consistency_proof(leaf_hashes: Sequence[bytes], old_size: int) -> tuple[bytes, ...]:
    """Proof that the tree over these leaves has its first ``old_size`` leaves as a prefix."""
    if not 0 <= old_size <= len(leaf_hashes):
        raise MalformedInput("proof_index", index=old_size, size=len(leaf_hashes))
    if old_size in (0, len(leaf_hashes)):
        return ()
    return _subproof(old_size, leaf_hashes, whole=True)


def _subproof(old_size: int, leaf_hashes: Sequence[bytes], *, whole: bool) -> tuple[bytes, ...]:
    if old_size == len(leaf_hashes):
        return () if whole else (root(leaf_hashes),)
    middle = _split(len(leaf_hashes))
    left, right = leaf_hashes[:middle], leaf_hashes[middle:]
    if old_size <= middle:
        return (*_subproof(old_size, left, whole=whole), root(right))
    return (*_subproof(old_size - middle, right, whole=False), root(left))


def verify_consistency(
    old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """The old tree is a prefix of the new one, or ProofRejected is raised (RFC 9162 section 2.1.4.2)."""
    if not 0 <= old_size <= new_size <= MAX_SIZE:
        raise ProofRejected("proof_index", index=old_size, size=new_size)
    if old_size == new_size or old_size == 0:
        expected = EMPTY_ROOT if old_size == 0 else new_root
        if proof or old_root != expected or (new_size == 0 and new_root != EMPTY_ROOT):
            raise ProofRejected("proof_rejected")
        return
    _climb(old_size, new_size, old_root, new_root, proof)


def _climb(old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    # A size that is a power of two is itself a node of the new tree: its root starts the path.
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    if not path or any(len(item) != HASH_BYTES for item in path):
        raise ProofRejected("proof_rejected")
    position, last = old_size - 1, new_size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofRejected("proof_rejected")
        if position & 1 or position == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        position, last = position >> 1, last >> 1
    if last != 0 or old != old_root or new != new_root:
        raise ProofRejected("proof_rejected")


EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
"""The root of a tree without leaves."""


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a tree: its size and the roots of its maximal full subtrees."""

    size: int = 0
    """Number of leaves."""
    hashes: tuple[bytes, ...] = ()
    """One per set bit of ``size``, the largest (leftmost) subtree first."""

    def __post_init__(self) -> None:
        """Refuse an edge that no tree has."""
        if not 0 <= self.size <= MAX_SIZE or len(self.hashes) != self.size.bit_count():
            raise MalformedInput("frontier_form")
        if any(len(item) != HASH_BYTES for item in self.hashes):
            raise MalformedInput("frontier_form")

    def append(self, leaf_hash: bytes) -> Frontier:
        """The edge after one more leaf; this one is unchanged."""
        edge, carry, size = list(self.hashes), leaf_hash, self.size
        while size & 1:
            carry, size = node_hash(edge.pop(), carry), size >> 1
        return Frontier(self.size + 1, (*edge, carry))

    def root(self) -> bytes:
        """The root of the tree with this edge."""
        if not self.hashes:
            return EMPTY_ROOT
        current = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            current = node_hash(left, current)
        return current

    def next_proof(self) -> tuple[bytes, ...]:
        """The inclusion proof that the *next* leaf appended will have, at index ``size``."""
        return self.hashes[::-1]

    def encode(self) -> bytes:
        """The edge as bytes, for the log's one-row state."""
        return bytes([_FRONTIER_VERSION]) + self.size.to_bytes(8, "big") + b"".join(self.hashes)

    @classmethod
    def decode(cls, data: bytes) -> Frontier:
        """The edge ``data`` holds; MalformedInput ``frontier_form``."""
        if len(data) < 9 or data[0] != _FRONTIER_VERSION or (len(data) - 9) % HASH_BYTES:
            raise MalformedInput("frontier_form")
        hashes = tuple(data[at : at + HASH_BYTES] for at in range(9, len(data), HASH_BYTES))
        return cls(int.from_bytes(data[1:9], "big"), hashes)

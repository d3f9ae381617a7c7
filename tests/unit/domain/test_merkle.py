"""Merkle arithmetic: every index and size up to 64, and every way a proof can be wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import merkle
from domain.errors import MalformedInput
from domain.merkle import Frontier, ProofRejected
from tests.unit.domain.strategies import quick

LEAVES = [merkle.leaf_hash(bytes([number])) for number in range(65)]
SIZES = range(1, 65)


def _naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 section 2.1 word for word."""
    if not leaves:
        return merkle.EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return merkle.node_hash(_naive_root(leaves[:split]), _naive_root(leaves[split:]))


@pytest.mark.parametrize("size", [0, *SIZES])
def test_root_is_the_definition_of_the_rfc(size: int) -> None:
    assert merkle.root(LEAVES[:size]) == _naive_root(LEAVES[:size])


@pytest.mark.parametrize("size", SIZES)
def test_each_leaf_is_proven_and_no_other_place_fits(size: int) -> None:
    leaves, root = LEAVES[:size], merkle.root(LEAVES[:size])
    for index in range(size):
        proof = merkle.inclusion_proof(leaves, index)
        merkle.verify_inclusion(leaves[index], index, size, proof, root)
        for other in range(-1, size + 1):
            if other != index:
                with pytest.raises(ProofRejected):
                    merkle.verify_inclusion(leaves[index], other, size, proof, root)


@pytest.mark.parametrize("size", SIZES)
def test_every_older_tree_is_a_prefix(size: int) -> None:
    new = merkle.root(LEAVES[:size])
    for old_size in range(size + 1):
        old = merkle.root(LEAVES[:old_size])
        proof = merkle.consistency_proof(LEAVES[:size], old_size)
        merkle.verify_consistency(old_size, size, old, new, proof)
        for wrong in ([*proof, LEAVES[0]], [*proof][:-1], [LEAVES[64], *proof[1:]]):
            if tuple(wrong) != proof:
                with pytest.raises(ProofRejected):
                    merkle.verify_consistency(old_size, size, old, new, wrong)
        if old_size not in (0, size):
            with pytest.raises(ProofRejected):
                merkle.verify_consistency(old_size, size, LEAVES[64], new, proof)
            with pytest.raises(ProofRejected):
                merkle.verify_consistency(old_size, size, old, LEAVES[64], proof)


@pytest.mark.parametrize("size", SIZES)
def test_frontier_gives_root_and_next_proof_without_older_nodes(size: int) -> None:
    frontier = Frontier()
    for leaf in LEAVES[: size - 1]:
        frontier = frontier.append(leaf)
    proof, grown = frontier.next_proof(), frontier.append(LEAVES[size - 1])
    assert grown.root() == _naive_root(LEAVES[:size])
    assert proof == merkle.inclusion_proof(LEAVES[:size], size - 1)
    assert Frontier.decode(grown.encode()) == grown
    assert grown.size == size


@quick
@given(size=st.integers(1, 64), data=st.data())
def test_one_wrong_bit_anywhere_is_rejected(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    root = merkle.root(LEAVES[:size])
    material = b"".join([LEAVES[index], root, *merkle.inclusion_proof(LEAVES[:size], index)])
    place = data.draw(st.integers(0, len(material) * 8 - 1))
    bad = bytearray(material)
    bad[place // 8] ^= 1 << place % 8
    parts = [bytes(bad[at : at + 32]) for at in range(0, len(bad), 32)]
    with pytest.raises(ProofRejected):
        merkle.verify_inclusion(parts[0], index, size, parts[2:], parts[1])


def test_an_empty_tree_is_a_prefix_of_all_and_proves_nothing() -> None:
    root = merkle.root(LEAVES[:3])
    merkle.verify_consistency(0, 3, merkle.EMPTY_ROOT, root, [])
    merkle.verify_consistency(0, 0, merkle.EMPTY_ROOT, merkle.EMPTY_ROOT, [])
    for old_root, new_root, new_size in [(root, root, 3), (merkle.EMPTY_ROOT, root, 0)]:
        with pytest.raises(ProofRejected):
            merkle.verify_consistency(0, new_size, old_root, new_root, [])
    with pytest.raises(ProofRejected):
        merkle.verify_consistency(4, 3, root, root, [])
    with pytest.raises(ProofRejected):
        merkle.verify_consistency(3, 4, root, root, [])


def test_hashes_of_another_length_are_rejected() -> None:
    with pytest.raises(ProofRejected):
        merkle.verify_inclusion(LEAVES[0], 0, 2, [LEAVES[1][:31]], merkle.root(LEAVES[:2]))
    with pytest.raises(ProofRejected):
        merkle.verify_consistency(1, 2, LEAVES[0], merkle.root(LEAVES[:2]), [LEAVES[1] + b"x"])


def test_questions_outside_the_tree_are_malformed() -> None:
    with pytest.raises(MalformedInput, match="proof_index"):
        merkle.inclusion_proof(LEAVES[:3], 3)
    with pytest.raises(MalformedInput, match="proof_index"):
        merkle.consistency_proof(LEAVES[:3], 4)


@pytest.mark.parametrize(
    ("size", "hashes"), [(-1, ()), (1, ()), (3, (LEAVES[0],)), (1, (LEAVES[0][:31],)), (0, (LEAVES[0],))]
)
def test_an_edge_that_no_tree_has_is_malformed(size: int, hashes: tuple[bytes, ...]) -> None:
    with pytest.raises(MalformedInput, match="frontier_form"):
        Frontier(size, hashes)

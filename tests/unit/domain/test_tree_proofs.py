"""Proofs from nodes and from tiles are those of RFC 6962; the witness's body reads back."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import cosignature, merkle, note, tree_proofs, witness_request
from domain.base_text import base64_encode
from domain.errors import InvariantBroken, MalformedInput
from domain.tiles import Tile
from domain.tree_proofs import Node, TileNodes
from domain.witness_request import AddCheckpoint

LEAVES = [hashlib.sha256(b"%d" % index).digest() for index in range(600)]
SIGNED = (
    "a.example/log\n3\n"
    + base64_encode(bytes(32))
    + "\n\n\u2014 a.example/log "
    + base64_encode(bytes(68))
    + "\n"
).encode()


def _nodes(nodes: list[Node]) -> dict[Node, bytes]:
    return {
        (level, index): merkle.root(LEAVES[index << level : (index + 1) << level]) for level, index in nodes
    }


def _tile(size: int) -> TileNodes:
    def read(tile: Tile) -> bytes:
        assert tile.level is not None
        span = 256**tile.level
        first = tile.index * 256
        return b"".join(
            merkle.root(LEAVES[at * span : (at + 1) * span]) for at in range(first, first + tile.width)
        )

    return TileNodes(size, read)


@given(st.data())
def test_every_proof_is_the_textbooks(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(LEAVES)))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    for fetch in (_nodes, _tile(size)):
        proof = tree_proofs.inclusion_proof(index, size, fetch)  # type: ignore[arg-type]
        assert proof == merkle.inclusion_proof(LEAVES[:size], index)
        between = tree_proofs.consistency_proof(old, size, fetch)  # type: ignore[arg-type]
        assert between == merkle.consistency_proof(LEAVES[:size], old)
        assert tree_proofs.root(size, fetch) == merkle.root(LEAVES[:size])  # type: ignore[arg-type]


def test_a_missing_node_and_a_short_tile_are_told() -> None:
    with pytest.raises(InvariantBroken, match="log_node_missing"):
        tree_proofs.inclusion_proof(3, 10, lambda _nodes: {})
    with pytest.raises(MalformedInput, match="tile_form"):
        tree_proofs.inclusion_proof(3, 10, TileNodes(10, lambda _tile: b"short"))
    for bad in ((5, 5), (-1, 5)):
        with pytest.raises(MalformedInput):
            tree_proofs.inclusion_proof(*bad, _nodes)  # type: ignore[arg-type]


@given(st.integers(0, 3), st.lists(st.binary(min_size=32, max_size=32), max_size=63))
def test_a_request_reads_back(old: int, proof: list[bytes]) -> None:
    request = AddCheckpoint(old=old, proof=tuple(proof), note=SIGNED)
    assert witness_request.decode(witness_request.encode(request)) == request


@given(st.binary(max_size=300))
def test_no_body_breaks_the_reader(data: bytes) -> None:
    for whole in (data, b"old 0\n\n" + data, b"old 1\n" + data + b"\n\n" + SIGNED):
        try:
            request = witness_request.decode(whole)
        except MalformedInput:
            continue
        assert witness_request.encode(request) == whole


@given(st.integers(0, 2**63 - 1), st.binary(min_size=64, max_size=64))
def test_a_cosignature_reads_back(seconds: int, signature: bytes) -> None:
    dated = cosignature.Timestamped(seconds=seconds, signature=signature)
    assert cosignature.decode(cosignature.encode(dated)) == dated
    with pytest.raises(MalformedInput):
        cosignature.decode(cosignature.encode(dated) + b"\0")


def test_a_time_beyond_the_format_is_refused() -> None:
    with pytest.raises(MalformedInput):
        cosignature.decode(b"\xff" * 72)
    with pytest.raises(MalformedInput):
        cosignature.encode(cosignature.Timestamped(seconds=-1, signature=bytes(64)))


@pytest.mark.parametrize("text", ["5", "05\n", "-1\n", "\n", "5\n\n", "9" * 30 + "\n"])
def test_a_size_is_one_number_on_one_line(text: str) -> None:
    with pytest.raises(MalformedInput):
        witness_request.decode_size(text.encode())
    assert witness_request.decode_size(witness_request.encode_size(12)) == 12


def test_lines_join_a_note_and_stand_alone() -> None:
    line = note.NoteSignature(name="w.example/w", key_hash=bytes(4), signature=bytes(72))
    longer = note.with_lines(SIGNED, [line])
    assert note.decode(longer).signatures[-1] == line
    assert note.decode_lines(note.encode_line(line).encode()) == (line,)
    for bad in (b"", b"x\n", b"\xff\n", note.encode_line(line).encode()[:-1]):
        with pytest.raises(MalformedInput):
            note.decode_lines(bad)


@pytest.mark.parametrize("count", [0, 3, 6])
def test_only_whole_subtrees_have_the_quick_root(count: int) -> None:
    with pytest.raises(MalformedInput):
        merkle.complete_root(LEAVES[:count])
    assert merkle.complete_root(LEAVES[:256]) == merkle.root(LEAVES[:256])

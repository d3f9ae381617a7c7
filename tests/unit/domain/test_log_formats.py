"""Notes, checkpoints, proofs, leaves, tiles, links, trust bundles: what the vectors leave open."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain import checkpoint, leaf, note, qr_link, tiles, tlog_proof, trust_format
from domain.checkpoint import Checkpoint
from domain.errors import MalformedInput
from domain.leaf import Leaf, LeafType
from domain.note import NoteSignature, VerifierKey
from domain.report import Environment
from domain.tiles import Tile
from tests.vectors.build_formats import C2SP_NOTE, NUMBER, proof_cases

SIGNATURE = NoteSignature(name="a.example", key_hash=b"1234", signature=b"s" * 64)


def test_text_may_hold_empty_lines() -> None:
    data = note.encode(b"first\n\nlast\n", [SIGNATURE])
    assert note.decode(data).signed_bytes == b"first\n\nlast\n"


@pytest.mark.parametrize(
    ("text", "signatures"),
    [
        (b"no newline", [SIGNATURE]),
        (b"text\n", []),
        (b"bell\x07\n", [SIGNATURE]),
        (b"\xff\n", [SIGNATURE]),
        (b"text\n", [replace(SIGNATURE, key_hash=b"123")]),
        (b"text\n", [replace(SIGNATURE, signature=b"")]),
    ],
)
def test_what_no_reader_takes_back_is_not_written(text: bytes, signatures: list[NoteSignature]) -> None:
    with pytest.raises(MalformedInput, match="note_form"):
        note.encode(text, signatures)


def test_text_cannot_smuggle_a_signature_line() -> None:
    smuggled = "text\n\n\u2014 b.example AAAAAAAAAA==".encode()
    with pytest.raises(MalformedInput, match="note_form"):
        note.encode(smuggled, [SIGNATURE])


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u3000b", "a\nb", "a\x01b"])
def test_names_without_blanks_and_plus(name: str) -> None:
    with pytest.raises(MalformedInput, match="note_name"):
        note.encode(b"text\n", [replace(SIGNATURE, name=name)])


def test_notes_have_limits() -> None:
    with pytest.raises(MalformedInput, match="note_too_long"):
        note.encode(b"text\n", [SIGNATURE] * (note.MAX_SIGNATURES + 1))
    with pytest.raises(MalformedInput, match="note_too_long"):
        note.decode(bytes(note.MAX_NOTE_BYTES + 1))
    assert len(note.decode(note.encode(b"text\n", [SIGNATURE] * 16)).signatures) == 16


@pytest.mark.parametrize("encoded", ["AAAA", "AAAAAAB", "AAAAAA=A", "AAAAA AAA", "AAAAAAB=", "AAAAAAé="])
def test_a_signature_has_one_spelling(encoded: str) -> None:
    with pytest.raises(MalformedInput):
        note.decode(f"text\n\n\u2014 a.example {encoded}\n".encode())


def test_keys_know_their_hash_and_their_role() -> None:
    plain = VerifierKey(name="h/log", kind=note.ED25519, public_key=bytes(32))
    assert note.ed25519_key_hash("h/log", bytes(32)) == plain.key_hash
    assert replace(plain, kind=note.ED25519_COSIGNATURE).key_hash != plain.key_hash
    text = str(plain)
    for bad in (text.replace("h/log", "h/lag"), text[:-4], "a+b", text.replace("+", " ")):
        with pytest.raises(MalformedInput):
            VerifierKey.parse(bad)
    for kind, key in [(2, bytes(32)), (1, bytes(31))]:
        with pytest.raises(MalformedInput, match="vkey_form"):
            VerifierKey(name="h/log", kind=kind, public_key=key)


def test_a_cosignature_covers_time_and_text() -> None:
    text = note.decode(C2SP_NOTE.encode()).text
    assert note.cosignature_message(text, 1679315147) == b"cosignature/v1\ntime 1679315147\n" + text


HEAD = Checkpoint(origin="h/log", size=3, root=bytes(32))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"h/log\n3\n",
        b"h/log\n03\n" + b"A" * 43 + b"=\n",
        b"h/log\n-3\n" + b"A" * 43 + b"=\n",
        b"h/log\n9223372036854775808\n" + b"A" * 43 + b"=\n",
        b"h/log\n3\nAAAA\n",
        checkpoint.encode(HEAD) + b"extension\n",
        checkpoint.encode(HEAD)[:-1],
        b"\xff\n3\nAAAA\n",
    ],
)
def test_other_checkpoints_are_malformed(text: bytes) -> None:
    with pytest.raises(MalformedInput, match="checkpoint_form"):
        checkpoint.decode(text)


@pytest.mark.parametrize("head", [replace(HEAD, size=-1), replace(HEAD, size=2**63), replace(HEAD, root=b"")])
def test_impossible_heads_are_not_written(head: Checkpoint) -> None:
    with pytest.raises(MalformedInput, match="checkpoint_form"):
        checkpoint.encode(head)


(PROOF_CASE,) = proof_cases()
PROOF = bytes.fromhex(PROOF_CASE["input"])


@pytest.mark.parametrize(
    "data",
    [
        PROOF.replace(b"@v1", b"@v2"),
        PROOF.replace(b"index 2", b"index 02"),
        PROOF.replace(b"index 2\n", b""),
        PROOF.replace(b"index 2", b"extra AAAA\nindex 2"),
        PROOF.replace(b"\nextra ", b"\nextra  "),
        PROOF.replace(b"index 2\n", b"index 2\n" + b"A" * 43 + b"=\n" + b"AAAA\n"),
        PROOF.replace(b"index 2\n", b"index 2\n" + (b"A" * 43 + b"=\n") * 64),
        PROOF.replace(b"\n", b"\r\n"),
        PROOF.replace(b"\n\n", b"\n", 1),
        PROOF[:-1],
        PROOF + b"\n",
        PROOF.replace(b"c2sp", b"c2s\xff"),
        PROOF.split(b"\n\n")[0].split(b"index")[0],
        b"c2sp.org/tlog-proof@v1\nextra " + b"A" * 87384 + b"\nindex 2" + PROOF.split(b"index 2")[1],
    ],
)
def test_other_proofs_are_malformed(data: bytes) -> None:
    with pytest.raises(MalformedInput):
        tlog_proof.decode(data)


def test_a_proof_that_cannot_be_read_is_not_written() -> None:
    proof = tlog_proof.decode(PROOF)
    for wrong in (
        replace(proof, index=-1),
        replace(proof, hashes=(b"short",)),
        replace(proof, checkpoint=b"x"),
    ):
        with pytest.raises(MalformedInput):
            tlog_proof.encode(wrong)
    with pytest.raises(MalformedInput, match="tlog_proof_form"):
        tlog_proof.encode(replace(proof, hashes=list(proof.hashes)))  # type: ignore[arg-type]
    with pytest.raises(MalformedInput, match="proof_rejected"):
        tlog_proof.verify(proof, b"another leaf")


def test_the_extra_line_is_checked_both_ways() -> None:
    good = tlog_proof.ProofExtra(salt=bytes(32), b0_length=1, leaf_time_ms=2)
    for bad in (
        replace(good, version=2),
        replace(good, salt=b""),
        replace(good, b0_length=-1),
        replace(good, leaf_time_ms=2**64),
    ):
        with pytest.raises(MalformedInput, match="tlog_extra_form"):
            tlog_proof.encode_extra(bad)
    for data in (b"", b"\x02" + bytes(48), bytes(49), bytes(48)):
        with pytest.raises(MalformedInput, match="tlog_extra_form"):
            tlog_proof.decode_extra(data)
    with pytest.raises(MalformedInput, match="time_range"):
        tlog_proof.decode_extra(b"\x01" + bytes(40) + b"\xff" * 8)
    assert good.leaf_time == datetime(1970, 1, 1, 0, 0, 0, 2000, tzinfo=UTC)


NOON = datetime(2026, 3, 1, 4, 5, 6, 789999, tzinfo=UTC)


def test_a_leaf_keeps_milliseconds() -> None:
    made = Leaf(LeafType.SIGNED_FILE, bytes(8), NOON, leaf.signed_file_digest(b"f" * 32))
    assert made.time == NOON.replace(microsecond=789000)
    assert leaf.decode(leaf.encode(made)) == made


def test_leaves_and_digests_refuse_wrong_lengths() -> None:
    for key, time, digest in [
        (bytes(7), NOON, bytes(32)),
        (bytes(8), NOON, bytes(31)),
        (bytes(8), datetime(1969, 1, 1, tzinfo=UTC), bytes(32)),
    ]:
        with pytest.raises(MalformedInput, match="leaf_form"):
            Leaf(LeafType.COMMITMENT, key, time, digest)
    with pytest.raises(MalformedInput, match="digest_length"):
        leaf.commitment_digest(NUMBER, bytes(31), bytes(32), bytes(32), bytes(32))
    with pytest.raises(MalformedInput, match="number_form"):
        leaf.void_intent_digest(NUMBER[:-1], bytes(32))
    with pytest.raises(MalformedInput, match="leaf_form"):
        leaf.void_commitment_digest(leaf.encode(Leaf(LeafType.VOID_INTENT, bytes(8), NOON, bytes(32))))


def test_tile_paths_are_those_of_the_specification() -> None:
    assert tiles.tile_path(0, 1234067) == "tile/0/x001/x234/067"
    assert tiles.tile_path(63, 0, 1) == "tile/63/000.p/1"
    assert tiles.entries_path(999, 255) == "tile/entries/999.p/255"


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/1",
        "tile/00/001",
        "tile/64/001",
        "tile/0/x000/001",
        "tile/0/001.p/0",
        "tile/0/001.p/256",
        "tile/0/001/",
        "../tile/0/001",
    ],
)
def test_other_paths_are_malformed(path: str) -> None:
    with pytest.raises(MalformedInput, match="tile_form"):
        tiles.parse_path(path)


@pytest.mark.parametrize(
    "tile", [Tile(level=64, index=0), Tile(level=0, index=-1), Tile(level=0, index=0, width=0)]
)
def test_impossible_tiles_have_no_path(tile: Tile) -> None:
    with pytest.raises(MalformedInput, match="tile_form"):
        tiles.path_of(tile)


def test_tiles_of_the_specifications_example() -> None:
    found = list(tiles.tiles_of(70_000))
    assert [len([tile for tile in found if tile.level == level]) for level in (0, 1, 2)] == [274, 2, 1]
    assert [tile.width for tile in found if tile.width != 256] == [112, 17, 1]
    assert list(tiles.tiles_of(256)) == [Tile(level=0, index=0), Tile(level=1, index=0, width=1)]
    assert list(tiles.tiles_of(0)) == []


def test_bundles_have_limits() -> None:
    assert tiles.decode_bundle(tiles.encode_bundle([b""] * 256)) == (b"",) * 256
    for entries in ([], [b""] * 257, [bytes(65536)]):
        with pytest.raises(MalformedInput, match="entries_form"):
            tiles.encode_bundle(entries)
    for data in (b"", b"\x00", b"\x00\x02a", bytes(514)):
        with pytest.raises(MalformedInput, match="entries_form"):
            tiles.decode_bundle(data)


def test_the_cover_link_has_three_segments() -> None:
    link = qr_link.cover_link("credit.example:8443", NUMBER, bytes(16))
    assert link.segments == (f"HTTPS://CREDIT.EXAMPLE:8443/Q/{NUMBER}", "#", "P" + "A" * 26)
    alphanumeric = set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
    assert set(link.prefix + link.fragment) <= alphanumeric


@pytest.mark.parametrize(
    "host",
    [
        "",
        "Credit.example",
        "a..b",
        "-a.example",
        "a_b",
        "a.example:0",
        "a.example/",
        "x" * 23,
        "乌海.example",
        "a.",
    ],
)
def test_other_hosts_are_refused(host: str) -> None:
    with pytest.raises(MalformedInput, match="host_form"):
        qr_link.cover_link(host, NUMBER, bytes(16))


def test_links_hold_what_they_may() -> None:
    with pytest.raises(MalformedInput, match="link_form"):
        qr_link.cover_link("a.example", NUMBER, bytes(15))
    for cose in (b"", bytes(371)):
        with pytest.raises(MalformedInput, match="claim_too_long"):
            qr_link.claim_link("a.example", NUMBER, cose)
    with pytest.raises(MalformedInput, match="link_form"):
        qr_link.parse_link(f"HTTPS://A.EXAMPLE/Q/{NUMBER}#C" + "A" * 616)
    with pytest.raises(MalformedInput, match="link_form"):
        qr_link.parse_link("HTTPS://" + "A" * 2000)


BUNDLE = trust_format.TrustBundle(
    sequence=1,
    environment=Environment.DEMO,
    region="150300",
    hosts=("a.example",),
    made_at=NOON,
    expires_at=NOON.replace(month=4),
    anchors=(b"der",),
    services=(),
    crls=(),
    key_status=(),
    log=trust_format.LogKeys(origin="a.example/log", vkeys=()),
    status_lists=(),
    region_files=(),
    policies=(),
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"version":1', b'"version":2'),
        (b'"version":1', b'"version":true'),
        (b"trust-bundle:1", b"trust-bundle:2"),
        (b'"hosts":["a.example"]', b'"hosts":["a.example",1]'),
        (b'["ZGVy"]', b'["ZGVz="]'),
        (b'"sequence":1', b'"sequence":1,"stranger":1'),
        (b"2026-04-01", b"2026-02-01"),
    ],
)
def test_other_bundles_are_malformed(old: bytes, new: bytes) -> None:
    data = trust_format.encode(BUNDLE)
    assert trust_format.decode(data) == BUNDLE
    assert old in data
    with pytest.raises(MalformedInput, match="json_"):
        trust_format.decode(data.replace(old, new))

"""Every decoder: any bytes give a record or MalformedInput; what decodes has one spelling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import (
    canonical,
    checkpoint,
    claim,
    disclosure,
    leaf,
    merkle,
    note,
    page_mark,
    qr_link,
    receipt,
    receipt_file,
    report_json,
    statement,
    tiles,
    tlog_proof,
    trust_format,
)
from domain.errors import MalformedInput
from domain.identifiers import ReportNumber
from domain.report import Environment
from domain.verdict import Authenticity, CheckName, ClaimStatus, Outcome, Status
from tests.unit.domain import strategies as draw


@dataclass(frozen=True)
class Format:
    name: str
    records: st.SearchStrategy[Any]
    encode: Callable[[Any], bytes]
    decode: Callable[[bytes], Any]


def _text(decode: Callable[[str], Any]) -> Callable[[bytes], Any]:
    return lambda data: decode(data.decode("latin-1"))


checkpoints = st.builds(
    checkpoint.Checkpoint, origin=draw.key_names, size=st.integers(0, 2**63 - 1), root=draw.hashes
)
notes = st.builds(note.Note, text=draw.note_texts, signatures=draw.tuples(draw.signatures).filter(bool))
heads = st.builds(
    lambda head, signatures: note.encode(checkpoint.encode(head), signatures),
    checkpoints,
    draw.tuples(draw.signatures).filter(bool),
)
proofs = st.builds(
    tlog_proof.TlogProof,
    index=st.integers(0, 2**63 - 1),
    hashes=draw.tuples(draw.hashes, 5),
    checkpoint=heads,
    extra=draw.maybe(st.binary(max_size=60)),
)
leaves = st.builds(
    leaf.Leaf,
    type=st.sampled_from(leaf.LeafType),
    key_id=st.binary(min_size=8, max_size=8),
    time=draw.instants,
    digest=draw.hashes,
)
frontiers = st.lists(draw.hashes, max_size=20).map(
    lambda hashes: merkle.Frontier(sum(1 << place for place in range(len(hashes))), tuple(hashes))
)
extras = st.builds(
    tlog_proof.ProofExtra,
    salt=draw.hashes,
    b0_length=st.integers(0, 2**64 - 1),
    leaf_time_ms=st.integers(0, 2**47),
)
keys = st.builds(
    note.VerifierKey,
    name=draw.key_names,
    kind=st.sampled_from([note.ED25519, note.ED25519_COSIGNATURE]),
    public_key=draw.hashes,
)
tile_records = st.builds(
    tiles.Tile,
    level=draw.maybe(st.integers(0, 63)),
    index=st.integers(0, 10**9),
    width=st.integers(1, 256),
)

marks = st.tuples(
    st.integers(1, page_mark.MAX_PAGES),
    st.integers(1, page_mark.MAX_PAGES),
    st.binary(min_size=8, max_size=8),
).map(lambda drawn: page_mark.PageMark(page=min(drawn[:2]), pages=max(drawn[:2]), mac=drawn[2]))

covered = st.builds(
    receipt.Covered, narrowed=st.booleans(), chosen=draw.counts, total=draw.counts,
    window_from=draw.days, window_to=draw.days,
)  # fmt: skip
abouts = st.builds(
    receipt.About, number=draw.numbers, as_of=draw.maybe(draw.instants),
    subject=draw.maybe(st.tuples(draw.words, draw.words)), scope=draw.maybe(covered),
)  # fmt: skip
check_lines = st.builds(
    receipt.Line, check=st.sampled_from(CheckName), outcome=st.sampled_from(Outcome),
    code=draw.maybe(draw.slugs), reason=draw.maybe(draw.slugs),
)  # fmt: skip
receipt_files = st.builds(
    receipt_file.ReceiptFile,
    compact=st.lists(st.from_regex(r"[A-Za-z0-9_-]{1,30}", fullmatch=True), min_size=3, max_size=3).map(
        ".".join
    ),
    proof=draw.maybe(st.text(st.characters(exclude_categories=("Cs",)), max_size=60).map(str.encode)),
)


def _receipts(kind: str, status: type[Status | ClaimStatus]) -> st.SearchStrategy[receipt.Receipt]:
    return st.builds(
        receipt.Receipt, id=st.uuids(), made_at=draw.instants,
        verifier=st.builds(
            receipt.Verifying, name=draw.words, host=draw.words, region=draw.words,
            environment=st.sampled_from(Environment),
        ),
        kind=st.just(kind), file_sha256=draw.maybe(draw.hashes.map(bytes.hex)),
        file_size=draw.maybe(draw.counts), status=st.sampled_from(status), code=draw.slugs,
        reason=draw.maybe(draw.slugs), authenticity=st.sampled_from(Authenticity),
        content=draw.maybe(st.tuples(draw.slugs, draw.counts, draw.tuples(draw.slugs))),
        report=draw.maybe(abouts), checks=draw.tuples(check_lines),
        overlay=draw.maybe(draw.tuples(st.tuples(draw.slugs, draw.counts))), policy_id=draw.slugs,
        policy_sha256=draw.hashes.map(bytes.hex), policy_toml=draw.maybe(draw.words),
        verified_at=draw.instants, at=draw.maybe(draw.instants),
        sources=st.dictionaries(draw.slugs, draw.counts, max_size=3),
    )  # fmt: skip


receipts = _receipts("document", Status) | _receipts("claim", ClaimStatus)
statements = st.builds(
    statement.Statement, id=st.uuids(), number=draw.numbers, environment=st.sampled_from(Environment),
    region=draw.words, host=draw.words, since=draw.instants, domains=draw.tuples(draw.slugs),
    watermark=draw.maybe(draw.days), answer=st.sampled_from(statement.Answer), made_at=draw.instants,
)  # fmt: skip

FORMATS = [
    Format("report", draw.contents, report_json.encode, report_json.decode),
    Format("details", draw.details, disclosure.encode_details, disclosure.decode_details),
    Format("bundle", draw.bundles, trust_format.encode, trust_format.decode),
    Format("receipt", receipts, receipt.encode, receipt.decode),
    Format("statement", statements, statement.encode, statement.decode),
    Format("leaf", leaves, leaf.encode, leaf.decode),
    Format("frontier", frontiers, merkle.Frontier.encode, merkle.Frontier.decode),
    Format("checkpoint", checkpoints, checkpoint.encode, checkpoint.decode),
    Format("note", notes, lambda item: note.encode(item.text, item.signatures), note.decode),
    Format("proof", proofs, tlog_proof.encode, tlog_proof.decode),
    Format("extra", extras, tlog_proof.encode_extra, tlog_proof.decode_extra),
    Format("vkey", keys, lambda key: str(key).encode(), _text(note.VerifierKey.parse)),
    Format("mark", marks, page_mark.encode, page_mark.decode),
    Format("tile", tile_records, lambda tile: tiles.path_of(tile).encode(), _text(tiles.parse_path)),
    Format(
        "bundle of entries",
        st.lists(st.binary(max_size=60), min_size=1, max_size=5).map(tuple),
        tiles.encode_bundle,
        tiles.decode_bundle,
    ),
    Format(
        "claim",
        draw.claims.map(claim.fitted),
        lambda item: claim.encode(item, b"keyident", bytes(64)),
        lambda data: claim.decode(data).claim,
    ),
    Format(
        "number",
        draw.numbers.map(ReportNumber.parse),
        lambda item: str(item).encode(),
        _text(ReportNumber.parse),
    ),
]
each_format = pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)


@each_format
@draw.quick
@given(data=st.data())
def test_what_is_encoded_is_decoded(form: Format, data: st.DataObject) -> None:
    record = data.draw(form.records)
    assert form.decode(form.encode(record)) == record


@each_format
@draw.wide
@given(data=st.binary(max_size=400))
def test_any_bytes_give_a_record_or_malformed_input(form: Format, data: bytes) -> None:
    _decoded_is_canonical(form, data)


@each_format
@draw.quick
@given(data=st.data())
def test_changed_bytes_are_refused_or_mean_something_else(form: Format, data: st.DataObject) -> None:
    good = form.encode(data.draw(form.records))
    place = data.draw(st.integers(0, max(len(good) - 1, 0)))
    cut = data.draw(st.integers(0, 3))
    changed = good[:place] + data.draw(st.binary(max_size=3)) + good[place + cut :]
    _decoded_is_canonical(form, changed)


def _decoded_is_canonical(form: Format, data: bytes) -> None:
    try:
        record = form.decode(data)
    except MalformedInput:
        return
    # The claim's signature and key id are not part of the claim, so its bytes are compared there.
    if form.name == "claim":
        signed = claim.decode(data)
        assert claim.encode(signed.claim, signed.kid, signed.signature) == data
    else:
        assert form.encode(record) == data


@draw.wide
@given(text=st.text(max_size=80) | st.from_regex(r"https://[a-z.]{1,9}/Q/[0-9A-F]{22}#[PC][A-Z2-7]{1,40}"))
def test_any_text_is_a_link_or_malformed(text: str) -> None:
    try:
        link = qr_link.parse_link(text)
    except MalformedInput:
        return
    build = qr_link.cover_link if link.kind == "P" else qr_link.claim_link
    assert build(link.host, link.number, link.payload).text == text.upper()


@draw.wide
@given(data=st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_any_bytes_are_json_of_the_subset_or_malformed(data: bytes) -> None:
    try:
        value = canonical.decode(data, max_bytes=80)
    except MalformedInput:
        return
    assert canonical.decode_canonical(canonical.encode(value), max_bytes=1000) == value


def test_a_moment_beyond_the_calendar_is_malformed() -> None:
    record = leaf.Leaf(leaf.LeafType.COMMITMENT, bytes(8), datetime(2026, 1, 1, tzinfo=UTC), bytes(32))
    good = leaf.encode(record)
    with pytest.raises(MalformedInput, match="time_range"):
        leaf.decode(good[:10] + b"\xff" * 8 + good[18:])


@draw.quick
@given(file=receipt_files)
def test_a_receipt_file_comes_back(file: receipt_file.ReceiptFile) -> None:
    assert receipt_file.decode(receipt_file.encode(file)) == file
    bare = receipt_file.decode(file.compact.encode() + b"\n")
    assert (bare.compact, bare.proof) == (file.compact, None)


@draw.wide
@given(data=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_receipt_file_or_malformed(data: bytes) -> None:
    try:
        file = receipt_file.decode(data)
    except MalformedInput:
        return
    assert receipt_file.decode(receipt_file.encode(file)) == file

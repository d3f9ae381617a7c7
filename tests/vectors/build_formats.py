"""Writes tests/vectors/formats/*.json: cases that any implementation, in any language, can run.

Run from the repository's root: ``python -m tests.vectors.build_formats``.  Each file is
{"about", "cases": [{"id", "description", "source", "input", "expect"}]}; bytes are lower-case
hex.  ``source`` says where an expected value comes from if not from this program.  Cases
whose ``expect`` is {"error": code} must be refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from domain import claim, disclosure, leaf, merkle, note, page_mark, qr_link, tlog_proof
from domain.checkpoint import Checkpoint
from domain.checkpoint import encode as encode_checkpoint
from domain.identifiers import key_id
from domain.report import Environment

FOLDER = Path(__file__).parent / "formats"
Case = dict[str, Any]

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
NUMBER = "15030020260301ABCDEF01"
MOMENT = datetime(2026, 3, 1, 4, 5, 6, 789012, tzinfo=UTC)

CT_LEAVES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
CT_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
CT = "RFC 6962 reference tree, as in the Certificate Transparency project's own tests"
C2SP_NOTE = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "\u2014 example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
)


def case(name: str, description: str, given: Any, expect: Any, source: str | None = None) -> Case:
    return {"id": name, "description": description, "source": source, "input": given, "expect": expect}


def merkle_cases() -> Iterator[Case]:
    for size, root in enumerate(CT_ROOTS):
        yield case(f"merkle::root_{size}", f"Root over the first {size} leaves.", CT_LEAVES[:size], root, CT)


def inclusion_cases() -> Iterator[Case]:
    hashes = [merkle.leaf_hash(bytes.fromhex(item)) for item in CT_LEAVES]
    for index, size in [(0, 1), (0, 8), (5, 8), (2, 3), (1, 5), (4, 5)]:
        proof = [item.hex() for item in merkle.inclusion_proof(hashes[:size], index)]
        given = {
            "leaf": CT_LEAVES[index],
            "index": index,
            "size": size,
            "root": CT_ROOTS[size],
            "proof": proof,
        }
        yield case(
            f"inclusion::{index}_of_{size}", "The proof leads to the reference root.", given, "accepted"
        )
        for what, bad in [("longer", [*proof, "00" * 32]), ("other index", proof)]:
            wrong = {**given, "proof": bad, "index": index if what == "longer" else size}
            error = {"error": "proof_rejected" if what == "longer" else "proof_index"}
            yield case(
                f"inclusion::{index}_of_{size}_{what.replace(' ', '_')}", f"Refused: {what}.", wrong, error
            )


def leaf_cases() -> Iterator[Case]:
    parts = {
        "number": NUMBER,
        "root": "11" * 32,
        "b0_sha256": "22" * 32,
        "claim_hash": "33" * 32,
        "salt": "44" * 32,
    }
    digest = leaf.commitment_digest(NUMBER, *(bytes.fromhex(parts[name]) for name in list(parts)[1:]))
    yield case("leaf::commitment_digest", "SHA-256 over tag and parts.", parts, digest.hex())
    commitment = leaf.encode(leaf.Leaf(leaf.LeafType.COMMITMENT, bytes(range(8)), MOMENT, digest))
    given = {"type": 1, "key_id": bytes(range(8)).hex(), "time_ms": 1772337906789, "digest": digest.hex()}
    yield case("leaf::encode", "The 50 bytes of a leaf.", given, commitment.hex())
    void = leaf.void_commitment_digest(commitment).hex()
    yield case(
        "leaf::void_commitment_digest", "Over the commitment's leaf.", {"leaf": commitment.hex()}, void
    )
    intent = {"number": NUMBER, "signed_attributes_sha256": "55" * 32}
    digest = leaf.void_intent_digest(NUMBER, b"\x55" * 32)
    yield case("leaf::void_intent_digest", "Over number and attributes.", intent, digest.hex())
    salt, use = b"\x44" * 32, UUID(int=7)
    told = {"number": NUMBER, "value": 1, "list": 1, "idx": 70000, "salt": salt.hex()}
    made = leaf.status_change_digest(NUMBER, 1, 1, 70000, salt).hex()
    yield case("leaf::status_change_digest", "A report revoked.", told, made)
    told = {"event": 3, "spki_sha256": "66" * 32}
    made = leaf.key_event_digest(leaf.KeyEvent.REVOKED, b"\x66" * 32).hex()
    yield case("leaf::key_event_digest", "A key revoked.", told, made)
    for name, digest_of in (("grant", leaf.grant_digest), ("view", leaf.view_digest)):
        told = {name: str(use), "sha256": "77" * 32, "salt": salt.hex()}
        yield case(f"leaf::{name}_digest", "Salted.", told, digest_of(use, b"\x77" * 32, salt).hex())
    told = {"number": NUMBER, "facts_sha256": "77" * 32, "salt": salt.hex()}
    made = leaf.historical_digest(NUMBER, b"\x77" * 32, salt).hex()
    yield case("leaf::historical_digest", "A report as of a past instant.", told, made)
    for what, data in [("version_2", b"\x02" + commitment[1:]), ("type_99", b"\x01\x63" + commitment[2:])]:
        yield case(f"leaf::{what}", "Refused.", {"leaf": data.hex()}, {"error": "leaf_form"})


def disclosure_cases() -> Iterator[Case]:
    given = {"id": "CF_WSH", "value": "乌市监罚〔2025〕12号", "salt": "66" * 32}
    hash_ = disclosure.field_hash("CF_WSH", given["value"], b"\x66" * 32)
    yield case("disclosure::field_hash", "One field.", given, hash_.hex())
    records = [
        [["CF_WSH", "甲〔2025〕1号"], ["CF_NR", "罚款2000元"]],
        [["CF_WSH", "乙〔2025〕2号"], ["CF_NR", ""]],
    ]
    pairs = [[(name, value) for name, value in record] for record in records]
    tree = disclosure.build(pairs, lambda at, field: hashlib.sha256(f"{at}/{field}".encode()).digest())
    root = {"root": tree.root.hex(), "size": tree.size, "first_leaf": tree.leaf_hashes[0].hex()}
    what = "Salt of leaf L, field F is SHA-256 of the text L/F; a dummy has field 0."
    yield case("disclosure::tree", what, records, root)


def note_cases() -> Iterator[Case]:
    yield case(
        "note::c2sp_checkpoint",
        "The example of the specification.",
        C2SP_NOTE.encode().hex(),
        {"name": "example.com/behind-the-sofa", "key_hash": "033de0ae", "size": 20852163},
        "c2sp.org/tlog-checkpoint",
    )
    for text in (
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
    ):
        expect = {"name": text.split("+")[0], "key_hash": text.split("+")[1]}
        yield case(
            f"note::vkey_{expect['name']}", "A key in use.", text, expect, "golang.org/x/mod/sumdb/note"
        )
    for what, data in {
        "no_signature": "text\n\n",
        "no_blank_line": "text\n\u2014 a.example AAAAAAAA\n",
        "control": "te\txt\n\n\u2014 a.example AAAAAAAA\n",
        "no_final_newline": C2SP_NOTE[:-1],
        "hyphen": C2SP_NOTE.replace("\u2014", "-"),
    }.items():
        yield case(f"note::{what}", "Refused.", data.encode().hex(), {"error": "note_form"})


def proof_cases() -> Iterator[Case]:
    entry = leaf.encode(leaf.Leaf(leaf.LeafType.COMMITMENT, bytes(8), MOMENT, bytes(32)))
    hashes = [merkle.leaf_hash(b"first"), merkle.leaf_hash(b"second"), merkle.leaf_hash(entry)]
    head = Checkpoint(origin="credit.example/log", size=3, root=merkle.root(hashes))
    signature = note.NoteSignature(name=head.origin, key_hash=b"test", signature=b"\x77" * 64)
    extra = tlog_proof.ProofExtra(salt=b"\x88" * 32, b0_length=81920, leaf_time_ms=1772337906789)
    proof = tlog_proof.TlogProof(
        index=2,
        hashes=merkle.inclusion_proof(hashes, 2),
        checkpoint=note.encode(encode_checkpoint(head), [signature]),
        extra=tlog_proof.encode_extra(extra),
    )
    expect = {
        "index": 2,
        "size": 3,
        "leaf": entry.hex(),
        "b0_length": 81920,
        "leaf_time_ms": extra.leaf_time_ms,
    }
    yield case("proof::third_of_three", "A proof file as embedded.", tlog_proof.encode(proof).hex(), expect)


def sample_claim(name: str) -> claim.Claim:
    return claim.Claim(
        host="credit.example",
        number=NUMBER,
        environment=Environment.TEST,
        subject_name=name,
        uscc="91110000600037341L",
        as_of=MOMENT,
        window_from=date(2021, 1, 1),
        window_to=date(2026, 2, 28),
        domains_chosen=3,
        domains_total=31,
        narrowed=True,
        incomplete=False,
        records=2,
        fine_fen=1_250_000,
        latest_date=date(2025, 6, 30),
        root=b"\x99" * 32,
        status_uri="https://credit.example/status/1",
        status_idx=4711,
    )


def claim_cases() -> Iterator[Case]:
    # A test key that everybody knows: it must never sign anything but this.
    private = ec.derive_private_key(0x7E57, ec.SECP256R1())
    spki = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    kid = key_id(spki)
    for name, subject in [("short_name", "乌海市示例商贸有限公司"), ("cut_name", "示例" * 60)]:
        record = sample_claim(subject)
        message = claim.sig_structure(claim.protected_header(kid), claim.payload(record))
        der = private.sign(message, ec.ECDSA(SHA256(), deterministic_signing=True))
        r, high_or_low = utils.decode_dss_signature(der)
        low = min(high_or_low, P256_ORDER - high_or_low)
        signature = r.to_bytes(32, "big") + low.to_bytes(32, "big")
        cose = claim.encode(record, kid, signature)
        expect = {"spki": spki.hex(), "kid": kid.hex(), "subject_name": claim.fitted(record).subject_name}
        yield case(
            f"claim::{name}", "A signed claim.", cose.hex(), {**expect, "hash": claim.claim_hash(cose).hex()}
        )
        yield case(f"claim::{name}_untagged", "Refused.", cose[1:].hex(), {"error": "claim_form"})
        link = qr_link.claim_link(record.host, NUMBER, cose).text
        yield case(f"link::{name}", "The link of the code.", link, {"kind": "C", "payload": cose.hex()})


def link_cases() -> Iterator[Case]:
    text = qr_link.cover_link("credit.example", NUMBER, bytes(range(16))).text
    good = {"kind": "P", "payload": bytes(range(16)).hex()}
    yield case("link::cover", "The link on the cover.", text, good)
    yield case("link::lower_case", "Some address bars change case.", text.lower(), good)
    for what, bad in {
        "short_secret": text[:-1],
        "loose_bits": text[:-1] + "P",
        "other_kind": text.replace("#P", "#X"),
        "no_tls": text.replace("HTTPS", "HTTP"),
        "user_info": text.replace("CREDIT", "EVIL@CREDIT"),
    }.items():
        yield case(f"link::{what}", "Refused.", bad, {"error": True})


def page_mark_cases() -> Iterator[Case]:
    key, root = bytes(range(32)), hashlib.sha256(b"root").digest()
    for page, pages in ((1, 3), (3, 5), (4095, 4095)):
        mark = page_mark.marked(key, NUMBER, page, pages, root)
        given = {"key": key.hex(), "number": NUMBER, "root": root.hex(), "page": page, "pages": pages}
        made = {
            "mac": mark.mac.hex(),
            "payload": page_mark.encode(mark).hex(),
            "link": page_mark.link("credit.example", NUMBER, mark).text,
        }
        yield case(f"mark::page_{page}_of_{pages}", "The mark of a page.", given, made)
    for what, bad in {
        "page_zero": "000003" + "00" * 8,
        "page_after_last": "004003" + "00" * 8,
        "short": "001003" + "00" * 7,
        "long": "001003" + "00" * 9,
    }.items():
        yield case(f"mark::{what}", "Refused.", bad, {"error": True})


FILES = {
    "merkle": ("RFC 6962 roots over leaf data.", merkle_cases),
    "inclusion": ("Inclusion proofs.", inclusion_cases),
    "leaf": ("Leaves of the signature log and their digests.", leaf_cases),
    "disclosure": ("Field hashes and the record tree.", disclosure_cases),
    "note": ("Signed notes, checkpoints, verifier keys.", note_cases),
    "proof": ("tlog-proof files with our extra line.", proof_cases),
    "claim": ("COSE claims and the links that carry them.", claim_cases),
    "mark": ("Marks in the pages' footers.", page_mark_cases),
    "link": ("Links of the cover code.", link_cases),
}


def build(name: str) -> bytes:
    """The bytes of one vector file."""
    about, cases = FILES[name]
    text = json.dumps({"about": about, "cases": list(cases())}, ensure_ascii=False, indent=1)
    return (text + "\n").encode("utf-8")


if __name__ == "__main__":
    for name in FILES:
        (FOLDER / f"{name}.json").write_bytes(build(name))

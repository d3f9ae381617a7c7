"""The vector files: what they were built to be, and what each case says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from domain import checkpoint, claim, disclosure, leaf, merkle, note, page_mark, qr_link, tlog_proof
from domain.errors import MalformedInput
from domain.times import from_milliseconds
from tests.vectors import build_formats


def _cases() -> list[dict[str, Any]]:
    return [
        case
        for name in build_formats.FILES
        for case in json.loads((build_formats.FOLDER / f"{name}.json").read_bytes())["cases"]
    ]


def _root(given: Any) -> Any:
    return merkle.root([merkle.leaf_hash(bytes.fromhex(item)) for item in given]).hex()


def _inclusion(given: Any) -> Any:
    proof = [bytes.fromhex(item) for item in given["proof"]]
    hash_ = merkle.leaf_hash(bytes.fromhex(given["leaf"]))
    merkle.verify_inclusion(hash_, given["index"], given["size"], proof, bytes.fromhex(given["root"]))
    return "accepted"


def _leaf(given: Any) -> Any:
    parts = {
        key: bytes.fromhex(value)
        for key, value in given.items()
        if isinstance(value, str) and key not in ("number", "grant", "view")
    }
    match sorted(given):
        case ["b0_sha256", "claim_hash", "number", "root", "salt"]:
            return leaf.commitment_digest(given["number"], **parts).hex()
        case ["number", "signed_attributes_sha256"]:
            return leaf.void_intent_digest(given["number"], parts["signed_attributes_sha256"]).hex()
        case ["idx", "list", "number", "salt", "value"]:
            numbers = (given["value"], given["list"], given["idx"])
            return leaf.status_change_digest(given["number"], *numbers, parts["salt"]).hex()
        case ["event", "spki_sha256"]:
            return leaf.key_event_digest(leaf.KeyEvent(given["event"]), parts["spki_sha256"]).hex()
        case ["grant", "salt", "sha256"]:
            return leaf.grant_digest(UUID(given["grant"]), parts["sha256"], parts["salt"]).hex()
        case ["salt", "sha256", "view"]:
            return leaf.view_digest(UUID(given["view"]), parts["sha256"], parts["salt"]).hex()
        case ["facts_sha256", "number", "salt"]:
            return leaf.historical_digest(given["number"], parts["facts_sha256"], parts["salt"]).hex()
        case ["leaf"]:
            return leaf.void_commitment_digest(parts["leaf"]).hex()
    moment = from_milliseconds(given["time_ms"])
    return leaf.encode(
        leaf.Leaf(leaf.LeafType(given["type"]), parts["key_id"], moment, parts["digest"])
    ).hex()


def _disclosure(given: Any) -> Any:
    if isinstance(given, dict):
        return disclosure.field_hash(given["id"], given["value"], bytes.fromhex(given["salt"])).hex()
    salts = hashlib.sha256
    tree = disclosure.build(
        [[(name, value) for name, value in record] for record in given],
        lambda at, field: salts(f"{at}/{field}".encode()).digest(),
    )
    return {"root": tree.root.hex(), "size": tree.size, "first_leaf": tree.leaf_hashes[0].hex()}


def _note(given: Any) -> Any:
    if "+" in given:
        key = note.VerifierKey.parse(given)
        assert str(key) == given
        return {"name": key.name, "key_hash": key.key_hash.hex()}
    found = note.decode(bytes.fromhex(given))
    (signature,) = found.signatures
    size = checkpoint.decode(found.text).size
    return {"name": signature.name, "key_hash": signature.key_hash.hex(), "size": size}


def _proof(given: Any) -> Any:
    proof = tlog_proof.decode(bytes.fromhex(given))
    extra = tlog_proof.decode_extra(proof.extra or b"")
    entry = leaf.encode(leaf.Leaf(leaf.LeafType.COMMITMENT, bytes(8), extra.leaf_time, bytes(32)))
    head = tlog_proof.verify(proof, entry)
    times = {"b0_length": extra.b0_length, "leaf_time_ms": extra.leaf_time_ms}
    return {"index": proof.index, "size": head.size, "leaf": entry.hex(), **times}


def _claim(given: Any) -> Any:
    data = bytes.fromhex(given)
    signed = claim.decode(data)
    spki = (
        ec.derive_private_key(0x7E57, ec.SECP256R1())
        .public_key()
        .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )
    r, s = int.from_bytes(signed.signature[:32], "big"), int.from_bytes(signed.signature[32:], "big")
    public = load_der_public_key(spki)
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(utils.encode_dss_signature(r, s), signed.signed_bytes, ec.ECDSA(SHA256()))
    names = {"kid": signed.kid.hex(), "subject_name": signed.claim.subject_name}
    return {"spki": spki.hex(), **names, "hash": claim.claim_hash(data).hex()}


def _link(given: Any) -> Any:
    link = qr_link.parse_link(given)
    return {"kind": link.kind, "payload": link.payload.hex()}


def _mark(given: Any) -> Any:
    if isinstance(given, str):
        return page_mark.decode(bytes.fromhex(given))
    made = page_mark.marked(
        bytes.fromhex(given["key"]),
        given["number"],
        given["page"],
        given["pages"],
        bytes.fromhex(given["root"]),
    )
    link = page_mark.link("credit.example", given["number"], made).text
    assert page_mark.decode(qr_link.parse_link(link).payload) == made
    return {"mac": made.mac.hex(), "payload": page_mark.encode(made).hex(), "link": link}


RUN: dict[str, Callable[[Any], Any]] = {
    "merkle": _root,
    "inclusion": _inclusion,
    "leaf": _leaf,
    "disclosure": _disclosure,
    "note": _note,
    "proof": _proof,
    "claim": _claim,
    "link": _link,
    "mark": _mark,
}


@pytest.mark.parametrize("case", _cases(), ids=lambda case: case["id"])
def test_vector(case: dict[str, Any]) -> None:
    run = RUN[case["id"].split("::")[0]]
    expect = case["expect"]
    if isinstance(expect, dict) and "error" in expect:
        with pytest.raises(MalformedInput) as caught:
            run(case["input"])
        assert expect["error"] in (True, caught.value.code)
    else:
        assert run(case["input"]) == expect


@pytest.mark.parametrize("name", build_formats.FILES)
def test_file_is_what_its_builder_writes(name: str) -> None:
    assert (build_formats.FOLDER / f"{name}.json").read_bytes() == build_formats.build(name)


def test_ids_are_unique() -> None:
    ids = [case["id"] for case in _cases()]
    assert len(ids) == len(set(ids))

"""A receipt as its holder keeps it: the signed payload of :mod:`domain.receipt` with its place in the log.

The file is a JWS in the flattened JSON form (RFC 7515, 7.2.2)::

    {"protected", "payload", "signature", "header": {"log": tlog-proof}}

``log`` proves the leaf whose digest is the SHA-256 of the compact form ``protected.payload.signature``;
its ``extra`` is the leaf's time (u64, milliseconds).  It stands outside the signature because the
leaf is made of what is signed.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from domain import canonical, tlog_proof
from domain.errors import MalformedInput
from domain.leaf import Leaf, LeafType, receipt_digest
from domain.leaf import encode as encode_leaf
from domain.times import from_milliseconds, milliseconds
from domain.tlog_proof import TlogProof
from domain.verdict import JsonValue

MAX_BYTES: Final = 256 * 1024
_SEGMENT: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_EXTRA_BYTES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptFile:
    """A receipt as its holder keeps it."""

    compact: str
    """The JWS in its compact form."""
    proof: bytes | None
    """C2SP tlog-proof; None for a receipt without one."""

    @property
    def sha256(self) -> str:
        """SHA-256 of the compact form, lower-case hex: what the log holds."""
        return hashlib.sha256(self.compact.encode("ascii")).hexdigest()


def encode(file: ReceiptFile) -> bytes:
    """The receipt file: flattened JWS JSON, compact and sorted."""
    protected, payload, signature = file.compact.split(".")
    parts: dict[str, JsonValue] = {"protected": protected, "payload": payload, "signature": signature}
    if file.proof is not None:
        parts["header"] = {"log": file.proof.decode("utf-8")}
    return canonical.encode(parts)


def decode(data: bytes) -> ReceiptFile:
    """The receipt file in ``data``, in flattened or compact form; MalformedInput ``receipt_form``.

    Nothing is checked here but the form: the signature is :mod:`keys.trust`'s to check.
    """
    if len(data) > MAX_BYTES:
        raise MalformedInput("receipt_form", part="size")
    text = data.strip()
    if not text.startswith(b"{"):
        return ReceiptFile(compact=_compact(text.split(b".")), proof=None)
    try:
        value = canonical.decode(text, max_bytes=MAX_BYTES)
    except MalformedInput as error:
        raise MalformedInput("receipt_form", part="json") from error
    known = {"protected", "payload", "signature", "header"}
    if not isinstance(value, dict) or not known - {"header"} <= set(value) <= known:
        raise MalformedInput("receipt_form", part="members")
    segments = [value["protected"], value["payload"], value["signature"]]
    proof = None if "header" not in value else _proof(value["header"])
    if not all(isinstance(part, str) for part in segments):
        raise MalformedInput("receipt_form", part="members")
    return ReceiptFile(compact=_compact([str(part).encode("utf-8") for part in segments]), proof=proof)


def _compact(segments: list[bytes]) -> str:
    try:
        texts = [part.decode("ascii") for part in segments]
    except UnicodeDecodeError as error:
        raise MalformedInput("receipt_form", part="segments") from error
    if len(texts) != 3 or not all(_SEGMENT.fullmatch(text) for text in texts):
        raise MalformedInput("receipt_form", part="segments")
    return ".".join(texts)


def _proof(header: Any) -> bytes:
    if not isinstance(header, dict) or set(header) != {"log"} or not isinstance(header["log"], str):
        raise MalformedInput("receipt_form", part="header")
    return header["log"].encode("utf-8")


def leaf_of(compact_sha256: str, key_id: bytes, time: datetime) -> Leaf:
    """The log leaf of the receipt whose compact form has that SHA-256 (hex)."""
    return Leaf(LeafType.RECEIPT, key_id, time, receipt_digest(bytes.fromhex(compact_sha256)))


def proof_of(index: int, hashes: tuple[bytes, ...], checkpoint: bytes, time: datetime) -> bytes:
    """The tlog-proof of a receipt's leaf of that time."""
    extra = milliseconds(time).to_bytes(_EXTRA_BYTES, "big")
    return tlog_proof.encode(TlogProof(index=index, hashes=hashes, checkpoint=checkpoint, extra=extra))


def read_proof(file: ReceiptFile, key_id: bytes) -> tuple[TlogProof, bytes, datetime]:
    """The proof, the leaf it must lead to, and the leaf's time; MalformedInput ``receipt_proof``."""
    try:
        proof = tlog_proof.decode(file.proof or b"")
        if proof.extra is None or len(proof.extra) != _EXTRA_BYTES:
            raise MalformedInput("tlog_extra_form")
        time = from_milliseconds(int.from_bytes(proof.extra, "big"))
    except MalformedInput as error:
        raise MalformedInput("receipt_proof") from error
    return proof, encode_leaf(leaf_of(file.sha256, key_id, time)), time

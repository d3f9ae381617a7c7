"""C2SP tlog-proof: proof that a leaf is in the log, readable without the log (c2sp.org/tlog-proof).

Grammar::

    proof = "c2sp.org/tlog-proof@v1" LF [ "extra" SP base64 LF ] "index" SP decimal LF
            *( base64(hash) LF ) LF checkpoint
    checkpoint = a signed note, verbatim

    extra = %x01 salt(32) b0-length(u64) leaf-time(u64)     ; integers big-endian, 49 bytes

``extra`` holds what a verifier needs to rebuild the commitment leaf from the file: the
salt, how many bytes of the file are B0, and the leaf's time in milliseconds.  It is not
trusted: a wrong value gives a leaf that the proof does not lead to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain import checkpoint as checkpoints
from domain import leaf as leaves
from domain import merkle, note
from domain.base_text import base64_decode, base64_encode
from domain.errors import MalformedInput
from domain.times import from_milliseconds

HEADER: Final = "c2sp.org/tlog-proof@v1"
MAX_HASHES: Final = 63
MAX_EXTRA_BYTES: Final = 1 << 16
EXTRA_VERSION: Final = 1
_EXTRA_BYTES: Final = 49


@dataclass(frozen=True, slots=True, kw_only=True)
class TlogProof:
    """A leaf's place in the log, the way to the root, and the signed head."""

    index: int
    hashes: tuple[bytes, ...]
    """Sibling first, the root's child last."""
    checkpoint: bytes
    """The signed note, byte for byte."""
    extra: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofExtra:
    """What the ``extra`` line of our proofs carries."""

    salt: bytes
    """32 bytes that went into the commitment's digest."""
    b0_length: int
    """The first so many bytes of the file are the PDF before signing."""
    leaf_time_ms: int
    """Time in the leaf, milliseconds since 1970 UTC."""
    version: int = EXTRA_VERSION

    @property
    def leaf_time(self) -> datetime:
        """The leaf's time as an instant; this is the log time of the report."""
        return from_milliseconds(self.leaf_time_ms)


def encode(proof: TlogProof) -> bytes:
    """The proof as bytes; MalformedInput if no reader could take it back."""
    lines = [HEADER]
    if proof.extra is not None:
        lines.append(f"extra {base64_encode(proof.extra)}")
    lines.append(f"index {proof.index}")
    lines.extend(base64_encode(item) for item in proof.hashes)
    data = ("\n".join(lines) + "\n\n").encode("ascii") + proof.checkpoint
    if decode(data) != proof:
        raise MalformedInput("tlog_proof_form")
    return data


def decode(data: bytes) -> TlogProof:
    """The proof those bytes hold, its note well formed; MalformedInput ``tlog_proof_form`` and others."""
    head, gap, signed = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise MalformedInput("tlog_proof_form") from error
    if not gap or lines.pop(0) != HEADER or not lines:
        raise MalformedInput("tlog_proof_form")
    extra = _extra(lines.pop(0)) if lines[0].startswith("extra ") else None
    if not lines or not lines[0].startswith("index ") or len(lines) > MAX_HASHES + 1:
        raise MalformedInput("tlog_proof_form")
    index = checkpoints.parse_decimal(lines[0].removeprefix("index "))
    checkpoints.decode(note.decode(signed).text)
    return TlogProof(index=index, hashes=tuple(map(_hash, lines[1:])), checkpoint=signed, extra=extra)


def _extra(line: str) -> bytes:
    data = base64_decode(line.removeprefix("extra "))
    if len(data) > MAX_EXTRA_BYTES:
        raise MalformedInput("tlog_proof_form")
    return data


def _hash(line: str) -> bytes:
    data = base64_decode(line)
    if len(data) != merkle.HASH_BYTES:
        raise MalformedInput("tlog_proof_form")
    return data


def encode_extra(extra: ProofExtra) -> bytes:
    """The 49 bytes of ``extra``; MalformedInput ``tlog_extra_form``."""
    if extra.version != EXTRA_VERSION or len(extra.salt) != leaves.SALT_BYTES:
        raise MalformedInput("tlog_extra_form")
    if not 0 <= extra.b0_length < 2**64 or not 0 <= extra.leaf_time_ms < 2**64:
        raise MalformedInput("tlog_extra_form")
    numbers = extra.b0_length.to_bytes(8, "big") + extra.leaf_time_ms.to_bytes(8, "big")
    return bytes([EXTRA_VERSION]) + extra.salt + numbers


def decode_extra(data: bytes) -> ProofExtra:
    """What those bytes carry; MalformedInput ``tlog_extra_form``."""
    if len(data) != _EXTRA_BYTES or data[0] != EXTRA_VERSION:
        raise MalformedInput("tlog_extra_form")
    length, time_ms = int.from_bytes(data[33:41], "big"), int.from_bytes(data[41:49], "big")
    from_milliseconds(time_ms)  # refuses a time beyond the calendar here, not where it is used
    return ProofExtra(salt=data[1:33], b0_length=length, leaf_time_ms=time_ms)


def verify(proof: TlogProof, leaf: bytes) -> checkpoints.Checkpoint:
    """The tree head under which ``leaf`` is proven; ProofRejected when it is not.

    The note's signatures are not looked at here: that is ``keys.trust``.
    """
    head = checkpoints.decode(note.decode(proof.checkpoint).text)
    merkle.verify_inclusion(merkle.leaf_hash(leaf), proof.index, head.size, proof.hashes, head.root)
    return head

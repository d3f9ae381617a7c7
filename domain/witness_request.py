"""C2SP tlog-witness: the body of ``add-checkpoint`` (c2sp.org/tlog-witness).

Grammar::

    body = "old" SP decimal LF *63( base64(hash) LF ) LF checkpoint
    checkpoint = a signed note, verbatim

``old`` is the size from which the hashes prove consistency: what the witness cosigned last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from domain import checkpoint as checkpoints
from domain import merkle, note
from domain.base_text import base64_decode, base64_encode
from domain.errors import MalformedInput

MAX_HASHES: Final = 63
MAX_BYTES: Final = 64 * 1024
SIZE_TYPE: Final = "text/x.tlog.size"
"""Content type of a 409 that says which size the witness cosigned last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddCheckpoint:
    """What a log sends to a witness."""

    old: int
    proof: tuple[bytes, ...]
    note: bytes
    """The signed checkpoint, byte for byte."""


def encode(request: AddCheckpoint) -> bytes:
    """The body; MalformedInput ``witness_request_form`` if no witness could take it."""
    lines = [f"old {request.old}", *(base64_encode(item) for item in request.proof)]
    data = ("\n".join(lines) + "\n\n").encode("ascii") + request.note
    if decode(data) != request:
        raise MalformedInput("witness_request_form")
    return data


def decode(data: bytes) -> AddCheckpoint:
    """The request that body makes, its note well formed; MalformedInput of several codes."""
    if len(data) > MAX_BYTES:
        raise MalformedInput("witness_request_form")
    head, gap, signed = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise MalformedInput("witness_request_form") from error
    if not gap or not lines[0].startswith("old ") or len(lines) > MAX_HASHES + 1:
        raise MalformedInput("witness_request_form")
    old = checkpoints.parse_decimal(lines[0].removeprefix("old "))
    checkpoints.decode(note.decode(signed).text)
    return AddCheckpoint(old=old, proof=tuple(map(_hash, lines[1:])), note=signed)


def _hash(line: str) -> bytes:
    data = base64_decode(line)
    if len(data) != merkle.HASH_BYTES:
        raise MalformedInput("witness_request_form")
    return data


def encode_size(size: int) -> bytes:
    """The body of a 409: the size last cosigned."""
    return b"%d\n" % size


def decode_size(data: bytes) -> int:
    """The size that such a body says; MalformedInput ``checkpoint_form``."""
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError as error:
        raise MalformedInput("checkpoint_form") from error
    if not text.endswith("\n"):
        raise MalformedInput("checkpoint_form")
    return checkpoints.parse_decimal(text[:-1])

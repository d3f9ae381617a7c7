"""Leaves of the signature log and the digests they carry.

Grammar (50 bytes, integers big-endian)::

    leaf   = version type key-id time digest
    version = %x01
    type    = %x01 commitment / %x02 signed file / %x03 void intent / %x04 void commitment
    key-id  = 8OCTET     ; the report key's id (commitments, files, intents)
    time    = u64        ; milliseconds since 1970 UTC
    digest  = 32OCTET

    commitment      = SHA-256("daizheng/commitment/v1" LF number root b0-sha256 claim-hash salt)
    signed file     = SHA-256(file)
    void intent     = SHA-256("daizheng/void-intent/v1" LF number signed-attributes-sha256)
    void commitment = SHA-256("daizheng/void-commitment/v1" LF commitment-leaf)

Every part after a tag has a fixed length, so no two inputs share a message.  The salt
keeps anyone from guessing a number's content out of the public log; it travels in the
proof inside the file.  Type numbers are never reused.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Final

from domain.errors import MalformedInput
from domain.identifiers import KEY_ID_BYTES, NUMBER_LENGTH
from domain.times import from_milliseconds, milliseconds

VERSION: Final = 1
LEAF_BYTES: Final = 50
SALT_BYTES: Final = 32
_DIGEST_BYTES: Final = 32


class LeafType(IntEnum):
    """What a leaf states."""

    COMMITMENT = 1
    """A report with this content and layout is about to be signed."""
    SIGNED_FILE = 2
    """This very file was signed and registered."""
    VOID_INTENT = 3
    """The key may have been used for this, and no file came of it."""
    VOID_COMMITMENT = 4
    """That commitment will never become a file."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One entry of the log; ``time`` is kept to the millisecond."""

    type: LeafType
    key_id: bytes
    time: datetime
    digest: bytes

    def __post_init__(self) -> None:
        """Cut the time to what the bytes hold; refuse wrong lengths."""
        if len(self.key_id) != KEY_ID_BYTES or len(self.digest) != _DIGEST_BYTES:
            raise MalformedInput("leaf_form")
        count = milliseconds(self.time)
        if count < 0:
            raise MalformedInput("leaf_form")
        object.__setattr__(self, "time", from_milliseconds(count))


def encode(leaf: Leaf) -> bytes:
    """The leaf's 50 bytes, as hashed into the log."""
    moment = milliseconds(leaf.time).to_bytes(8, "big")
    return bytes([VERSION, leaf.type]) + leaf.key_id + moment + leaf.digest


def decode(data: bytes) -> Leaf:
    """The leaf those bytes hold; MalformedInput ``leaf_form`` or ``time_range``."""
    if len(data) != LEAF_BYTES or data[0] != VERSION:
        raise MalformedInput("leaf_form")
    try:
        kind = LeafType(data[1])
    except ValueError as error:
        raise MalformedInput("leaf_form") from error
    return Leaf(kind, data[2:10], from_milliseconds(int.from_bytes(data[10:18], "big")), data[18:])


def commitment_digest(number: str, root: bytes, b0_sha256: bytes, claim_hash: bytes, salt: bytes) -> bytes:
    """The digest that binds a report's number, records, layout and claim before it is signed."""
    parts = (root, b0_sha256, claim_hash, salt)
    return _tagged(b"daizheng/commitment/v1\n", _number(number), *(_exact(part) for part in parts))


def signed_file_digest(file_sha256: bytes) -> bytes:
    """The digest of a signed file's leaf: the file's own SHA-256, so that anyone can look it up."""
    return _exact(file_sha256)


def void_intent_digest(number: str, signed_attributes_sha256: bytes) -> bytes:
    """The digest that answers an intent whose signature never reached a file."""
    return _tagged(b"daizheng/void-intent/v1\n", _number(number), _exact(signed_attributes_sha256))


def void_commitment_digest(commitment_leaf: bytes) -> bytes:
    """The digest that answers a commitment leaf (its 50 bytes); an auditor can recompute it."""
    if decode(commitment_leaf).type is not LeafType.COMMITMENT:
        raise MalformedInput("leaf_form")
    return _tagged(b"daizheng/void-commitment/v1\n", commitment_leaf)


def _tagged(tag: bytes, *parts: bytes) -> bytes:
    return hashlib.sha256(tag + b"".join(parts)).digest()


def _exact(value: bytes) -> bytes:
    if len(value) != _DIGEST_BYTES:
        raise MalformedInput("digest_length", length=len(value))
    return value


def _number(number: str) -> bytes:
    if len(number) != NUMBER_LENGTH or not number.isascii():
        raise MalformedInput("number_form", text=number[:40])
    return number.encode("ascii")

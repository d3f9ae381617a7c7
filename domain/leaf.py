"""Leaves of the signature log and the digests they carry.

Grammar (50 bytes, integers big-endian)::

    leaf   = version type key-id time digest
    version = %x01
    type    = %x01 commitment / %x02 signed file / %x03 void intent / %x04 void commitment
            / %x05 status change / %x06 key event / %x07 list publication / %x08 receipt
            / %x09 grant / %x0A view / %x0B historical report
    key-id  = 8OCTET     ; the report key's (1 to 4), the status key's (5, 7), the key it is about (6),
                         ; the receipt key's (8), the log key's (9 to 11)
    time    = u64        ; milliseconds since 1970 UTC
    digest  = 32OCTET

    commitment      = SHA-256("daizheng/commitment/v1" LF number root b0-sha256 claim-hash salt)
    signed file     = SHA-256(file)
    void intent     = SHA-256("daizheng/void-intent/v1" LF number signed-attributes-sha256)
    void commitment = SHA-256("daizheng/void-commitment/v1" LF commitment-leaf)
    status change   = SHA-256("daizheng/status-change/v1" LF number status-value list idx salt)
    key event       = SHA-256("daizheng/key-event/v1" LF event spki-sha256)
    list publication= SHA-256(status list token)
    receipt         = SHA-256(receipt)
    grant           = SHA-256("daizheng/grant/v1" LF grant-id terms-sha256 salt)
    view            = SHA-256("daizheng/view/v1" LF look-id facts-sha256 salt)
    historical      = SHA-256("daizheng/historical/v1" LF number facts-sha256 salt)

    status-value = OCTET ; of the Token Status List: 0, 1, 2, 3 or 12
    list, idx    = u32
    event        = %x01 made / %x02 retired / %x03 revoked

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
from uuid import UUID

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
    STATUS_CHANGE = 5
    """A report's status is another one from now on."""
    KEY_EVENT = 6
    """A key was made, retired or revoked."""
    LIST_PUBLICATION = 7
    """This status list was published."""
    RECEIPT = 8
    """This verification receipt was given."""
    GRANT = 9
    """Somebody was let see a report, or no longer."""
    VIEW = 10
    """Somebody looked at a subject or a report, or tried to."""
    HISTORICAL = 11
    """A report is about to be made as of a past instant (rule R12)."""


class KeyEvent(IntEnum):
    """What happened to a key."""

    MADE = 1
    RETIRED = 2
    REVOKED = 3


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


def status_change_digest(number: str, value: int, status_list: int, idx: int, salt: bytes) -> bytes:
    """The digest of a report's new status; ``value`` is that of the Token Status List."""
    if not 0 <= value < 1 << 8 or not 0 <= status_list < 1 << 32 or not 0 <= idx < 1 << 32:
        raise MalformedInput("leaf_form")
    parts = (bytes([value]), status_list.to_bytes(4, "big"), idx.to_bytes(4, "big"), _exact(salt))
    return _tagged(b"daizheng/status-change/v1\n", _number(number), *parts)


def key_event_digest(event: KeyEvent, spki_sha256: bytes) -> bytes:
    """The digest that says what happened to the key whose SubjectPublicKeyInfo has that SHA-256."""
    return _tagged(b"daizheng/key-event/v1\n", bytes([event]), _exact(spki_sha256))


def list_publication_digest(token_sha256: bytes) -> bytes:
    """The digest of a published status list: its token's own SHA-256, so that anyone can look it up."""
    return _exact(token_sha256)


def receipt_digest(receipt_sha256: bytes) -> bytes:
    """The digest of a verification receipt: its own SHA-256, so that its holder can look it up."""
    return _exact(receipt_sha256)


def grant_digest(grant: UUID, terms_sha256: bytes, salt: bytes) -> bytes:
    """The digest of a grant made or withdrawn; the salt keeps its terms from being guessed."""
    return _tagged(b"daizheng/grant/v1\n", grant.bytes, _exact(terms_sha256), _exact(salt))


def view_digest(look: UUID, facts_sha256: bytes, salt: bytes) -> bytes:
    """The digest of one look; the salt keeps its facts from being guessed."""
    return _tagged(b"daizheng/view/v1\n", look.bytes, _exact(facts_sha256), _exact(salt))


def historical_digest(number: str, facts_sha256: bytes, salt: bytes) -> bytes:
    """The digest of who asked for a report as of a past instant and why; salted as the others."""
    return _tagged(b"daizheng/historical/v1\n", _number(number), _exact(facts_sha256), _exact(salt))


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

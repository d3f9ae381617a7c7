"""Token Status List (draft-ietf-oauth-status-list, sections 4 and 5.1): one small value per report.

Payload of the signed token (RFC 7519), canonical JSON::

    {exp, iat, status_list {bits, lst}, sub, ttl, version}

    sub      address of the list, equal to ``status.uri`` of the reports in it
    iat, exp seconds since 1970: as of when, and until when it may be relied on
    ttl      seconds after which a reader fetches it again
    bits     4
    lst      base64url( ZLIB (RFC 1950) of the array )
    version  ours: grows by one with every publication of this list

The array holds 2^20 values of 4 bits, two in a byte, the one with the lower index in the
low bits.  Values: 0 valid, 1 revoked, 2 suspended, 3 data changed, 12 superseded; what
is not in that list is never read as valid.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import Final

from domain import canonical
from domain.base_text import base64url_decode, base64url_encode
from domain.errors import MalformedInput
from domain.json_fields import Fields
from domain.status_deflate import deflate

TYP: Final = "statuslist+jwt"
MEDIA_TYPE: Final = "application/statuslist+jwt"
BITS: Final = 4
PLACES: Final = 2**20
"""Reports that one list has room for."""
ARRAY_BYTES: Final = PLACES * BITS // 8
MAX_PAYLOAD_BYTES: Final = 2**20
_LATEST: Final = 2**40


class Value(IntEnum):
    """What stands at one place of a list."""

    VALID = 0
    REVOKED = 1
    SUSPENDED = 2
    DATA_CHANGED = 3
    SUPERSEDED = 12


VALUE_OF: Final = {value.name.lower(): value for value in Value}
"""Values by the register's words."""
WORD_OF: Final = {value: word for word, value in VALUE_OF.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusList:
    """One list as its token states it."""

    uri: str
    version: int
    issued_at: datetime
    """Whole seconds, aware UTC."""
    expires_at: datetime
    ttl: int
    """Seconds."""
    compressed: bytes
    """The array, as ZLIB."""


def array_of(values: Iterable[tuple[int, int]]) -> bytes:
    """The array with those (index, value) pairs, 0 everywhere else; MalformedInput ``status_place``."""
    array = bytearray(ARRAY_BYTES)
    for index, value in values:
        put(array, index, value)
    return bytes(array)


def put(array: bytearray, index: int, value: int) -> None:
    """The place ``index`` holds ``value``; MalformedInput ``status_place``."""
    if not 0 <= index < PLACES or not 0 <= value < 1 << BITS:
        raise MalformedInput("status_place", index=index)
    shift = BITS * (index & 1)
    array[index >> 1] = array[index >> 1] & ~(0xF << shift) | value << shift


def compressed(array: bytes) -> bytes:
    """The array as ZLIB, in the form that becomes smallest on the wire (docs/formats/status-list.md)."""
    return deflate(array)


def value_at(listed: StatusList, index: int) -> int:
    """The value at ``index``.

    Raises MalformedInput ``status_place`` outside the list, ``status_list_form`` for bytes that are
    no ZLIB of exactly one array: never more than an array's bytes are made of them.
    """
    array = inflated(listed.compressed)
    if not 0 <= index < PLACES:
        raise MalformedInput("status_place", index=index)
    return array[index >> 1] >> BITS * (index & 1) & 0xF


def inflated(data: bytes) -> bytes:
    """The array in ``data``; MalformedInput ``status_list_form``."""
    inflate = zlib.decompressobj()
    try:
        array = inflate.decompress(data, ARRAY_BYTES + 1)
    except zlib.error as error:
        raise MalformedInput("status_list_form", part="lst") from error
    if len(array) != ARRAY_BYTES or not inflate.eof or inflate.unused_data:
        raise MalformedInput("status_list_form", part="lst")
    return array


def encode(listed: StatusList) -> bytes:
    """The payload's canonical JSON."""
    return canonical.encode(
        {
            "sub": listed.uri,
            "version": listed.version,
            "iat": _seconds(listed.issued_at),
            "exp": _seconds(listed.expires_at),
            "ttl": listed.ttl,
            "status_list": {"bits": BITS, "lst": base64url_encode(listed.compressed)},
        }
    )


def decode(data: bytes) -> StatusList:
    """The list in a payload; MalformedInput ``json_*``, ``base64_form`` or ``status_list_form``.

    The array itself is looked into when a value is asked for.
    """
    top = Fields(canonical.decode(data, max_bytes=MAX_PAYLOAD_BYTES), "")
    inner = top.object("status_list")
    inner.constant("bits", BITS)
    listed = StatusList(
        uri=top.text("sub"),
        version=top.integer("version"),
        issued_at=_instant(top.integer("iat")),
        expires_at=_instant(top.integer("exp")),
        ttl=top.integer("ttl"),
        compressed=base64url_decode(inner.text("lst")),
    )
    inner.close()
    top.close()
    if listed.expires_at <= listed.issued_at:
        raise MalformedInput("status_list_form", part="exp")
    return listed


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())


def _instant(seconds: int) -> datetime:
    if seconds > _LATEST // 2**8:
        raise MalformedInput("status_list_form", part="time")
    return datetime.fromtimestamp(seconds, UTC)

"""A strict DER reader and writer (X.690 clause 10), small enough to read in one sitting.

Only what a CMS needs: single-byte tags, definite lengths in their shortest form.
Anything else is :class:`~domain.errors.MalformedInput`.  It decides nothing about
meaning: the byte gate rebuilds what must be there and compares bytes, and time-stamp
tokens are written by the same few lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from domain.errors import MalformedInput

INTEGER: Final = 0x02
OCTET_STRING: Final = 0x04
NULL: Final = 0x05
OID: Final = 0x06
GENERALIZED_TIME: Final = 0x18
SEQUENCE: Final = 0x30
SET: Final = 0x31
CONTEXT_0: Final = 0xA0
CONTEXT_1: Final = 0xA1


@dataclass(frozen=True, slots=True)
class Element:
    """One tag, length and value as they stood in the input."""

    tag: int
    body: bytes
    raw: bytes


def read(data: bytes, at: int = 0) -> tuple[Element, int]:
    """Return the element that starts at ``at`` and the offset after it.

    Raises MalformedInput ``der_malformed`` unless tag and length are strict DER and
    the value lies wholly inside ``data``.
    """
    if at + 2 > len(data):
        raise MalformedInput("der_malformed", at=at)
    tag = data[at]
    if tag & 0x1F == 0x1F:
        raise MalformedInput("der_malformed", at=at)
    length = data[at + 1]
    start = at + 2
    if length >= 0x80:
        count = length & 0x7F
        octets = data[start : start + count]
        if not 1 <= count <= 4 or len(octets) != count or octets[0] == 0:
            raise MalformedInput("der_malformed", at=at)
        length = int.from_bytes(octets, "big")
        if length < 0x80:
            raise MalformedInput("der_malformed", at=at)
        start += count
    end = start + length
    if end > len(data):
        raise MalformedInput("der_malformed", at=at)
    return Element(tag, data[start:end], data[at:end]), end


def whole(data: bytes, tag: int) -> Element:
    """Return the single element that fills ``data`` and has that tag, else MalformedInput."""
    element, end = read(data)
    if end != len(data) or element.tag != tag:
        raise MalformedInput("der_malformed", at=0)
    return element


def children(body: bytes) -> list[Element]:
    """Return every element of a constructed value, in order; nothing may be left over."""
    out: list[Element] = []
    at = 0
    while at < len(body):
        element, at = read(body, at)
        out.append(element)
    return out


def tlv(tag: int, *parts: bytes) -> bytes:
    """Return tag, shortest length and the joined parts."""
    body = b"".join(parts)
    size = len(body)
    if size < 0x80:
        return bytes((tag, size)) + body
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + body


def set_of(tag: int, *parts: bytes) -> bytes:
    """Return a SET OF with its members in DER order (X.690 clause 11.6)."""
    return tlv(tag, *sorted(parts))


def integer(value: int) -> bytes:
    """Return a non-negative INTEGER in its shortest form."""
    return tlv(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def read_integer(element: Element) -> int:
    """Return the value of a positive INTEGER in its shortest form, else MalformedInput."""
    body = element.body
    if element.tag != INTEGER or not body or body[0] & 0x80:
        raise MalformedInput("der_malformed", at=0)
    if len(body) > 1 and body[0] == 0 and not body[1] & 0x80:
        raise MalformedInput("der_malformed", at=0)
    return int.from_bytes(body, "big")

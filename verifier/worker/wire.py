"""Frames between the verifier and its worker: JSON and raw bytes, never pickled objects.

Grammar (integers big-endian)::

    frame = json-length(u32) blob-length(u32) json blob
    json  = UTF-8 object; byte strings inside it are base64 text

A worker that was taken over can send any frame; the reader bounds it before reading and
decodes it as data only.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import BinaryIO, Final

from domain.errors import MalformedInput

HEADER_BYTES: Final = 8


def send(out: BinaryIO, message: object, blob: bytes = b"") -> None:
    """Write one frame and flush it."""
    text = json.dumps(message, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    out.write(len(text).to_bytes(4, "big") + len(blob).to_bytes(4, "big") + text)
    out.write(blob)
    out.flush()


def receive(source: BinaryIO, *, max_bytes: int) -> tuple[dict[str, object], bytes] | None:
    """Return the next frame, None at a clean end; MalformedInput ``frame_malformed``."""
    header = source.read(HEADER_BYTES)
    if not header:
        return None
    if len(header) != HEADER_BYTES:
        raise MalformedInput("frame_malformed")
    size, extra = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:], "big")
    if size + extra > max_bytes:
        raise MalformedInput("frame_malformed", size=size + extra)
    text, blob = source.read(size), source.read(extra)
    if len(text) != size or len(blob) != extra:
        raise MalformedInput("frame_malformed")
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MalformedInput("frame_malformed") from error
    if not isinstance(message, dict):
        raise MalformedInput("frame_malformed")
    return message, blob


def pack(data: bytes) -> str:
    """Return bytes as text for a frame."""
    return base64.b64encode(data).decode("ascii")


def unpack(value: object) -> bytes:
    """Return the bytes that :func:`pack` wrote; MalformedInput ``frame_malformed``."""
    if not isinstance(value, str):
        raise MalformedInput("frame_malformed")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedInput("frame_malformed") from error

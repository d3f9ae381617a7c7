"""C2SP tlog-checkpoint: the signed head of the log (c2sp.org/tlog-checkpoint).

Grammar of the note's text::

    checkpoint = origin LF size LF base64(root-hash) LF
    size       = "0" / (%x31-39 *DIGIT)      ; below 2^63

Extension lines, which no monitor can audit, are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from domain import note
from domain.base_text import base64_decode, base64_encode
from domain.errors import MalformedInput
from domain.merkle import HASH_BYTES, MAX_SIZE

_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A tree head: which log, how many leaves, which root."""

    origin: str
    """A schema-less URL such as ``HOST/log``; it is also the name the log's key signs under."""
    size: int
    root: bytes


def encode(checkpoint: Checkpoint) -> bytes:
    """The text that the log signs."""
    if not 0 <= checkpoint.size <= MAX_SIZE or len(checkpoint.root) != HASH_BYTES:
        raise MalformedInput("checkpoint_form")
    origin = note.check_name(checkpoint.origin)
    return f"{origin}\n{checkpoint.size}\n{base64_encode(checkpoint.root)}\n".encode()


def decode(text: bytes) -> Checkpoint:
    """The tree head of a note's text; MalformedInput ``checkpoint_form`` or ``note_name``."""
    try:
        lines = text.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise MalformedInput("checkpoint_form") from error
    if len(lines) != 4 or lines[3]:
        raise MalformedInput("checkpoint_form")
    origin, size, root = note.check_name(lines[0]), parse_decimal(lines[1]), base64_decode(lines[2])
    if len(root) != HASH_BYTES:
        raise MalformedInput("checkpoint_form")
    return Checkpoint(origin=origin, size=size, root=root)


def parse_decimal(text: str) -> int:
    """The number below 2^63 that ``text`` spells without leading zeroes; ``checkpoint_form``."""
    if _SIZE.fullmatch(text) is None or int(text) > MAX_SIZE:
        raise MalformedInput("checkpoint_form")
    return int(text)

"""C2SP tlog-cosignature v1: a witness's dated Ed25519 signature on a checkpoint (c2sp.org/tlog-cosignature).

Grammar of the signature in its note line::

    timestamped = time(u64, seconds since 1970 UTC, big-endian) ed25519-signature(64)

What is signed is ``note.cosignature_message``: a header line, the time, the note's text.
The line's key hash is computed with type 4, so it can never be taken for a plain signature.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from domain.errors import MalformedInput

_TIME_BYTES: Final = 8
_SIGNATURE_BYTES: Final = 64
MAX_SECONDS: Final = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Timestamped:
    """A cosignature taken apart."""

    seconds: int
    """When the witness signed, POSIX seconds."""
    signature: bytes
    """64 bytes."""


def encode(cosignature: Timestamped) -> bytes:
    """The bytes for a note's signature line; MalformedInput ``cosignature_form``."""
    if not 0 <= cosignature.seconds <= MAX_SECONDS or len(cosignature.signature) != _SIGNATURE_BYTES:
        raise MalformedInput("cosignature_form")
    return cosignature.seconds.to_bytes(_TIME_BYTES, "big") + cosignature.signature


def decode(data: bytes) -> Timestamped:
    """What such a line's signature holds; MalformedInput ``cosignature_form``."""
    if len(data) != _TIME_BYTES + _SIGNATURE_BYTES:
        raise MalformedInput("cosignature_form")
    seconds = int.from_bytes(data[:_TIME_BYTES], "big")
    if seconds > MAX_SECONDS:
        raise MalformedInput("cosignature_form")
    return Timestamped(seconds=seconds, signature=data[_TIME_BYTES:])

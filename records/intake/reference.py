"""退回行标识: which quarantined row a row of a mended sheet stands for.

Grammar::

    reference = "T" batch "-" row "-" check
    batch     = 32HEXDIG          ; UUID of the batch, upper case
    row       = 1*7DIGIT          ; row in the file as first sent
    check     = 4HEXDIG           ; CRC-16/XMODEM over what stands before, against slips of the hand
"""

from __future__ import annotations

import re
from binascii import crc_hqx
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from domain.errors import MalformedInput
from domain.identifiers import normalise_identifier

_FORM: Final = re.compile(r"(T([0-9A-F]{32})-([1-9][0-9]{0,6}))-([0-9A-F]{4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class RowReference:
    """A row of a batch."""

    batch: UUID
    row: int

    def __str__(self) -> str:
        """The text that stands in the returned sheet."""
        return encode(self)


def encode(reference: RowReference) -> str:
    """The text of a reference."""
    body = f"T{reference.batch.hex.upper()}-{reference.row}"
    return f"{body}-{crc_hqx(body.encode('ascii'), 0):04X}"


def decode(text: str) -> RowReference:
    """The reference in ``text``; MalformedInput ``reference_unknown``."""
    found = _FORM.fullmatch(normalise_identifier(text))
    if found is None or crc_hqx(found[1].encode("ascii"), 0) != int(found[4], 16):
        raise MalformedInput("reference_unknown", value=text[:60])
    return RowReference(UUID(hex=found[2]), int(found[3]))

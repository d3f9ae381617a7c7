"""Cells as clean text: no control or bidirectional characters, no stray blanks, Han as Unicode has them."""

from __future__ import annotations

import re
from typing import Final

DAMAGED: Final = "\ufffd"
"""Stands where bytes could not be read; a row with one goes to quarantine ``text_damaged``."""

# C0, C1 without tab and newlines; bidi controls and zero-width characters, which make two names look alike.
_UNWANTED: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
# Eight Han that GB 18030-2000 kept in the private area; GB 18030-2022 and Unicode give them code points.
_PRIVATE_HAN: Final = str.maketrans(
    {
        0xE81E: 0x9FB4,
        0xE826: 0x9FB5,
        0xE82B: 0x9FB6,
        0xE82C: 0x9FB7,
        0xE832: 0x9FB8,
        0xE843: 0x9FB9,
        0xE854: 0x9FBA,
        0xE864: 0x9FBB,
    }
)


def clean(text: str) -> str:
    """``text`` without unwanted characters and outer blanks."""
    if text.isprintable():
        return text.strip()  # No unwanted character is printable, nor one of the private area.
    return _UNWANTED.sub("", text).translate(_PRIVATE_HAN).strip()

"""Tells by its first bytes what a file claims to be; says nothing about what it is worth."""

from __future__ import annotations

from typing import Final

_MAGIC: Final = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"BM", b"GIF8", b"II*\x00", b"MM\x00*")

_TIFF: Final = (b"II*\x00", b"MM\x00*")


def is_tiff(data: bytes) -> bool:
    """Tell whether it is a TIFF, which may hold the pages of a whole scan."""
    return data.startswith(_TIFF)


def is_picture(data: bytes) -> bool:
    """Tell by its first bytes whether a file is a picture of a kind read here."""
    return data.startswith(_MAGIC) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")

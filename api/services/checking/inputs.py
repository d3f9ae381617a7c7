"""What somebody handed in: its kind is found from its bytes, its name is only ever shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.wording import clean
from verifier.gate.kinds import is_picture

MAX_FILES: Final = 200
MAX_NAME: Final = 120
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_OFFICE: Final = (b"[Content_Types].xml", b"OFD.xml", b"mimetypeapplication/vnd.oasis")
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEIC: Final = (b"heic", b"heix", b"heif", b"hevc", b"mif1", b"msf1", b"avif")


class Kind(StrEnum):
    """What a file's first bytes say it is."""

    PDF = "pdf"
    PICTURE = "picture"
    ZIP = "zip"
    OFFICE = "office"
    """A text or table document: Word, WPS, OFD."""
    PHONE_PICTURE = "phone_picture"
    """HEIC or AVIF, which phones store and few programs read."""
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One file as it was handed in; ``read`` gives its bytes when its turn comes."""

    name: str
    """Fit to be shown: without control and direction characters."""
    read: Callable[[], bytes]
    """May raise MalformedInput with the code under which the page explains what is wrong."""


def kind_of(data: bytes) -> Kind:
    """Give the kind of a file by its bytes; says nothing about what it is worth."""
    if is_picture(data):
        return Kind.PICTURE
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC:
        return Kind.PHONE_PICTURE
    if data.startswith(_OLE):
        return Kind.OFFICE
    if data.startswith(_ZIP):
        return Kind.OFFICE if any(mark in data[:4096] for mark in _OFFICE) else Kind.ZIP
    return Kind.PDF if b"%PDF-" in data[:1024] else Kind.OTHER


def shown_name(name: str | None) -> str:
    """Give a file's own name, without folders and without characters that hide or turn text."""
    last = (name or "").replace("\\", "/").rstrip("/").rpartition("/")[2]
    tidy = " ".join(clean(last).split())
    if len(tidy) <= MAX_NAME:
        return tidy
    stem, dot, ending = tidy.rpartition(".")
    ending = dot + ending if dot and len(ending) <= 8 else ""
    return f"{(stem or tidy)[: MAX_NAME - len(ending) - 1]}…{ending}"

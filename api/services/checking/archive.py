"""Files inside a ZIP, within bounds: so many, so large, one level deep, none encrypted.

Nothing is believed of what the archive says about its members: sizes are counted while unpacking.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from api.services.checking.inputs import MAX_FILES, Given, Kind, kind_of, shown_name
from domain.errors import MalformedInput
from verifier.limits import DEFAULT_LIMITS, MIB

MAX_TOTAL: Final = 200 * MIB
"""Unpacked bytes of one archive; 200 reports have 40."""
MAX_MEMBERS: Final = 1_000
"""Entries of the directory, folders and notes of the packing program included."""
_ENCRYPTED: Final = 0x1
_UTF8: Final = 0x800
_TAKEN: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_STEP: Final = 64 * 1024


@dataclass(slots=True)
class _Budget:
    left: int


def unpacked(data: bytes) -> tuple[Given, ...]:
    """Give the files of an archive, in its order, each to be unpacked when read.

    Raises MalformedInput ``zip_unreadable``, ``zip_empty``, ``zip_too_many``.  Reading a member raises
    ``zip_encrypted``, ``zip_nested``, ``zip_member_unreadable``, ``zip_too_large``.
    """
    try:
        archive = zipfile.ZipFile(BytesIO(data))
        entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, zlib.error) as error:
        raise MalformedInput("zip_unreadable") from error
    if len(entries) > MAX_MEMBERS:
        raise MalformedInput("zip_too_many", limit=MAX_FILES)
    files = [entry for entry in entries if not _by_the_packer(entry)]
    if not files:
        raise MalformedInput("zip_empty")
    if len(files) > MAX_FILES:
        raise MalformedInput("zip_too_many", limit=MAX_FILES)
    budget = _Budget(MAX_TOTAL)
    return tuple(Given(name=_name(entry), read=_reader(archive, entry, budget)) for entry in files)


def _by_the_packer(entry: zipfile.ZipInfo) -> bool:
    name = entry.filename
    last = name.rpartition("/")[2]
    return entry.is_dir() or name.startswith("__MACOSX/") or last in (".DS_Store", "Thumbs.db", "desktop.ini")


def _name(entry: zipfile.ZipInfo) -> str:
    """Give the name as it was meant: Chinese programs often write GB18030 without saying so."""
    name = entry.filename
    if not entry.flag_bits & _UTF8:
        try:
            name = name.encode("cp437").decode("gb18030")
        except (UnicodeEncodeError, UnicodeDecodeError):
            name = entry.filename
    return shown_name(name)


def _reader(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: _Budget) -> Callable[[], bytes]:
    def read() -> bytes:
        if entry.flag_bits & _ENCRYPTED:
            raise MalformedInput("zip_encrypted")
        if entry.compress_type not in _TAKEN:
            raise MalformedInput("zip_member_unreadable")
        data = _inflated(archive, entry, budget)
        if kind_of(data) is Kind.ZIP:
            raise MalformedInput("zip_nested")
        return data

    return read


def _inflated(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: _Budget) -> bytes:
    parts: list[bytes] = []
    size = 0
    try:
        with archive.open(entry) as member:
            while part := member.read(_STEP):
                size += len(part)
                budget.left -= len(part)
                # SECURITY: counted here; an archive may lie about sizes and share bytes between members.
                if size > DEFAULT_LIMITS.max_file_bytes or budget.left < 0:
                    raise MalformedInput("zip_too_large")
                parts.append(part)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError, RuntimeError) as error:
        raise MalformedInput("zip_member_unreadable") from error
    return b"".join(parts)

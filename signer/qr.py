"""QR codes as small pictures: chosen segments, one fixed mask, a limit on the version.

A link is cut so that its long parts stand in alphanumeric mode and only ``#`` in byte mode
(ISO/IEC 18004, 7.4); left to itself a library would put all of it into byte mode and need a
larger code.  The mask is fixed because trying all eight costs more than the rest of the
page; any mask is legal (7.8.1) and readers do not care.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import qrcode
from PIL import Image
from qrcode.constants import ERROR_CORRECT_M
from qrcode.util import BIT_LIMIT_TABLE, MODE_8BIT_BYTE, MODE_ALPHA_NUM, QRData, length_in_bits

from domain.errors import InvariantBroken

COVER_MAX_VERSION: Final = 5
"""35 mm: up to here a whole page photographed with 1080 pixels still reads."""

CLAIM_MAX_VERSION: Final = 16
"""35 mm: 3.4 pixels a module at 200 dpi."""

MASK: Final = 2
_ALPHANUMERIC: Final = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")


@dataclass(frozen=True, slots=True, kw_only=True)
class QrPicture:
    """A code without its quiet zone."""

    png: bytes
    modules: int
    """Modules a side; the quiet zone is four more on each side (ISO/IEC 18004, 6.3.8)."""
    version: int


def draw(segments: Sequence[str], *, max_version: int) -> QrPicture:
    """The code for these segments, error correction M, no larger than ``max_version``.

    Raises InvariantBroken ``qr_too_large``: the formats bound host, number and claim so that
    it fits.
    """
    parts = [(segment, _mode(segment)) for segment in segments]
    version = _smallest_version(parts, max_version)
    # The version is given, since the library would encode the data anew for each size it tries.
    code = qrcode.QRCode(version=version, error_correction=ERROR_CORRECT_M, mask_pattern=MASK, border=0)
    for segment, mode in parts:
        code.add_data(QRData(segment.encode("ascii"), mode=mode, check_data=False), optimize=0)
    code.make(fit=False)
    return QrPicture(png=_png(code.modules), modules=code.modules_count, version=version)


def _mode(segment: str) -> int:
    mode: int = MODE_ALPHA_NUM if _ALPHANUMERIC.issuperset(segment) else MODE_8BIT_BYTE
    return mode


def _smallest_version(parts: Sequence[tuple[str, int]], limit: int) -> int:
    """The least version whose M capacity holds all segments (ISO/IEC 18004, 7.4 and table 7)."""
    for version in range(1, limit + 1):
        bits = sum(4 + length_in_bits(mode, version) + _bits(segment, mode) for segment, mode in parts)
        if bits <= BIT_LIMIT_TABLE[ERROR_CORRECT_M][version]:
            return version
    raise InvariantBroken("qr_too_large", limit=limit)


def _bits(segment: str, mode: int) -> int:
    if mode == MODE_ALPHA_NUM:
        return len(segment) // 2 * 11 + len(segment) % 2 * 6
    return len(segment) * 8


def _png(modules: Sequence[Sequence[bool | None]]) -> bytes:
    """One bit a pixel, one pixel a module: a viewer enlarges it without smoothing."""
    size = len(modules)
    picture = Image.new("1", (size, size), 1)
    picture.putdata([0 if dark else 255 for row in modules for dark in row])
    out = BytesIO()
    picture.save(out, format="PNG")
    return out.getvalue()

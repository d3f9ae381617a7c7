"""QR codes as small pictures: the smallest version for a link, no quiet zone.

A link is written so that its long parts can stand in alphanumeric mode and only ``#`` in byte
mode (ISO/IEC 18004, 7.4); the encoder finds the cheapest modes by itself, which a test holds
against the sizes that those segments need.  The encoder is Zint inside zxing-cpp: an encoder in
Python takes as long over two codes as everything else on the page takes before its layout.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

import zxingcpp
from PIL import Image

from domain.errors import InvariantBroken

COVER_MAX_VERSION: Final = 5
"""35 mm: up to here a whole page photographed with 1080 pixels still reads."""

CLAIM_MAX_VERSION: Final = 16
"""35 mm: 3.4 pixels a module at 200 dpi."""

PAGE_MAX_VERSION: Final = 4
"""13 mm: 3.1 pixels a module at 200 dpi, 2.7 where a page takes 2,400 pixels of a photograph."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QrPicture:
    """A code without its quiet zone."""

    png: bytes
    modules: int
    """Modules a side; the quiet zone is four more on each side (ISO/IEC 18004, 6.3.8)."""
    version: int


def draw(segments: Sequence[str], *, max_version: int, level: str = "M") -> QrPicture:
    """The code for these segments at that error correction level, no larger than ``max_version``.

    Raises InvariantBroken ``qr_too_large``: the formats bound host, number and claim so that
    it fits.
    """
    try:
        code = zxingcpp.create_barcode("".join(segments), zxingcpp.BarcodeFormat.QRCode, ec_level=level)
    except ValueError as error:  # longer than the largest code there is
        raise InvariantBroken("qr_too_large", limit=max_version) from error
    picture: Any = code.to_image(scale=1, add_quiet_zones=False)
    modules = picture.shape[0]
    version = (modules - 17) // 4  # ISO/IEC 18004, 6.3.1
    if version > max_version:
        raise InvariantBroken("qr_too_large", limit=max_version)
    return QrPicture(png=_png(bytes(picture), modules), modules=modules, version=version)


def _png(grey: bytes, modules: int) -> bytes:
    """One bit a pixel, one pixel a module: a viewer enlarges it without smoothing."""
    out = BytesIO()
    picture = Image.frombytes("L", (modules, modules), grey).convert("1", dither=Image.Dither.NONE)
    # The layout engine packs pixels anew, so packing them well here would be work for nothing.
    picture.save(out, format="PNG", compress_level=1)
    return out.getvalue()

"""Reads QR codes out of a picture or a page; runs inside the sandboxed worker."""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import Final

import zxingcpp
from PIL import Image, ImageOps

from domain.errors import MalformedInput
from verifier.limits import VerifierLimits
from verifier.pdf.facts import Picture
from verifier.pdf.structure import Bomb

FORMATS: Final = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
"""What phones, scanners and chat programs make."""
MAX_CODES: Final = 8
_SMALL: Final = 4_000_000
"""Pixels up to which a picture without a readable code is looked at again, enlarged."""
_PAGE_MARK: Final = "#M"
MAX_TEXT: Final = 2048
"""Longer than any code of ours (a version-16 code holds under 1,000 characters)."""


def read(data: bytes, limits: VerifierLimits, *, mark: bool = False) -> Picture:
    """Return the codes in a picture; MalformedInput ``damaged``, or Bomb ``too_many_pixels``.

    With ``mark`` a picture in which no page's mark was seen is looked at twice.
    """
    return codes_in(open_picture(data, limits, mode="L"), mark=mark)


def codes_in(grey: Image.Image, *, mark: bool) -> Picture:
    """Return the codes in a grey picture."""
    found = _read(grey)
    if not found or (mark and not any(_PAGE_MARK in text.upper() for text in found)):
        found += _read(_eased(grey))
    texts = dict.fromkeys(text[:MAX_TEXT] for text in found)
    return Picture(width=grey.width, height=grey.height, codes=tuple(texts)[:MAX_CODES])


def open_picture(data: bytes, limits: VerifierLimits, *, mode: str) -> Image.Image:
    """Return the upright picture; MalformedInput ``damaged``, or Bomb ``too_many_pixels``."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(BytesIO(data), formats=FORMATS) as opened:
                if opened.width * opened.height > limits.max_pixels:
                    raise Bomb("too_many_pixels")
                return ImageOps.exif_transpose(opened).convert(mode)
    except (Bomb, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise Bomb("too_many_pixels") from error
    except Exception as error:  # Pillow's decoders let many classes out on hostile bytes
        raise MalformedInput("damaged") from error


def _read(grey: Image.Image) -> list[str]:
    found = zxingcpp.read_barcodes(grey, formats=zxingcpp.barcode_formats_from_str("QRCode"))
    return [item.text for item in found]


def _eased(grey: Image.Image) -> Image.Image:
    """Return the picture with full contrast and softer edges, twice as large if it is small."""
    factor = 2 if grey.width * grey.height <= _SMALL else 1
    larger = grey.resize((grey.width * factor, grey.height * factor), Image.Resampling.BICUBIC)
    return ImageOps.autocontrast(larger, cutoff=2)

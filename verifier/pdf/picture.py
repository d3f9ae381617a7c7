"""Reads QR codes out of a picture or a page; runs inside the sandboxed worker."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Final

import zxingcpp
from PIL import Image, ImageFilter, ImageOps

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
_CORNER: Final = (0.5, 0.35)
"""Part of width and height that is looked at by itself for a page's mark."""
_CORNERS: Final = ((1, 1), (0, 0), (0, 1), (1, 0))
"""Where the mark is on a page held upright, upside down, and on its sides."""
MAX_TEXT: Final = 2048
"""Longer than any code of ours (a version-16 code holds under 1,000 characters)."""


def read(data: bytes, limits: VerifierLimits, *, mark: bool = False) -> Picture:
    """Return the codes in a picture; MalformedInput ``damaged``, or Bomb ``too_many_pixels``.

    With ``mark`` a picture in which no page's mark was seen is looked at again, corner by corner.
    """
    return codes_in(open_picture(data, limits, mode="L"), mark=mark)


def codes_in(grey: Image.Image, *, mark: bool) -> Picture:
    """Return the codes in a grey picture."""
    found = _read(grey)
    if not found or (mark and not _marked(found)):
        found += _read(_eased(grey))
    if mark:
        for corner in _CORNERS:
            if _marked(found):
                break
            found += _read(_smoothed(grey, corner))
    texts = dict.fromkeys(text[:MAX_TEXT] for text in found)
    return Picture(width=grey.width, height=grey.height, codes=tuple(texts)[:MAX_CODES])


def open_picture(data: bytes, limits: VerifierLimits, *, mode: str) -> Image.Image:
    """Return the upright picture; MalformedInput ``damaged``, or Bomb ``too_many_pixels``."""
    with _opened(data) as opened:
        return _upright(opened, limits, mode)


def open_frame(
    data: bytes, limits: VerifierLimits, place: int, *, mode: str
) -> tuple[int, Image.Image | None]:
    """Return how many pages a TIFF has and the upright one at ``place`` (from 0), None past the last.

    Raises MalformedInput ``damaged``, or Bomb ``too_many_pages`` or ``too_many_pixels``.
    """
    with _opened(data) as opened:
        count = _frames(opened, limits)
        if not 0 <= place < count:
            return count, None
        opened.seek(place)
        return count, _upright(opened, limits, mode)


def _frames(opened: Image.Image, limits: VerifierLimits) -> int:
    """Count by going there: the number itself would walk a chain of directories of any length."""
    for place in range(limits.max_pages + 1):
        try:
            opened.seek(place)
        except EOFError:
            return place
    raise Bomb("too_many_pages")


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(BytesIO(data), formats=FORMATS) as opened:
                yield opened
    except (Bomb, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise Bomb("too_many_pixels") from error
    except Exception as error:  # Pillow's decoders let many classes out on hostile bytes
        raise MalformedInput("damaged") from error


def _upright(opened: Image.Image, limits: VerifierLimits, mode: str) -> Image.Image:
    if opened.width * opened.height > limits.max_pixels:
        raise Bomb("too_many_pixels")
    return ImageOps.exif_transpose(opened).convert(mode)


def _read(grey: Image.Image) -> list[str]:
    found = zxingcpp.read_barcodes(grey, formats=zxingcpp.barcode_formats_from_str("QRCode"))
    return [item.text for item in found]


def _marked(texts: list[str]) -> bool:
    return any(_PAGE_MARK in text.upper() for text in texts)


def _smoothed(grey: Image.Image, corner: tuple[float, float]) -> Image.Image:
    """Return one corner of the picture enlarged and softened: grain and edges of shadows go, modules stay."""
    width, height = round(grey.width * _CORNER[0]), round(grey.height * _CORNER[1])
    left, top = round((grey.width - width) * corner[0]), round((grey.height - height) * corner[1])
    part = grey.crop((left, top, left + width, top + height))
    factor = 2 if part.width * part.height <= _SMALL else 1
    larger = part.resize((part.width * factor, part.height * factor), Image.Resampling.BICUBIC)
    return larger.filter(ImageFilter.GaussianBlur(factor))


def _eased(grey: Image.Image) -> Image.Image:
    """Return the picture with full contrast and softer edges, twice as large if it is small."""
    factor = 2 if grey.width * grey.height <= _SMALL else 1
    larger = grey.resize((grey.width * factor, grey.height * factor), Image.Resampling.BICUBIC)
    return ImageOps.autocontrast(larger, cutoff=2)

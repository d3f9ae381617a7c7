"""Draws pages and photographs anew for a screen; runs inside the sandboxed worker.

What comes out was drawn by us, so a browser never meets the bytes that somebody uploaded.
"""

from __future__ import annotations

from io import BytesIO
from typing import Final

import pypdfium2
from PIL import Image

from domain.errors import MalformedInput
from verifier.limits import VerifierLimits
from verifier.picture import open_picture
from verifier.structure import Bomb

MAX_DRAWN: Final = 12
"""Pages drawn of one report; the cover and its tables come first, and the file itself has the rest."""
PAGE_WIDTH: Final = 860
"""Pixels: text of 10.5 pt reads well, and a page packs into less than 100 KB."""
PHOTOGRAPH_SIDE: Final = 1200
_COLOURS: Final = 24
"""Black, the dark blue, amber and the greys between: a report has no photographs in it."""


def pages(data: bytes, limits: VerifierLimits) -> list[bytes]:
    """Return the first pages of a PDF as PNG; MalformedInput ``damaged``, or Bomb ``too_many_pages``."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise MalformedInput("damaged") from error
    try:
        if len(document) > limits.max_pages:
            raise Bomb("too_many_pages")
        return [_page(document[place]) for place in range(min(len(document), MAX_DRAWN))]
    except pypdfium2.PdfiumError as error:
        raise MalformedInput("damaged") from error
    finally:
        document.close()


def _page(page: pypdfium2.PdfPage) -> bytes:
    width, height = page.get_size()
    if not 0 < height < 4 * width:
        raise Bomb("too_many_pixels")
    drawn = page.render(scale=PAGE_WIDTH / width).to_pil().convert("RGB")
    out = BytesIO()
    drawn.quantize(_COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(out, "PNG")
    return out.getvalue()


def photograph(data: bytes, limits: VerifierLimits) -> bytes:
    """Return a photograph as a JPEG of moderate size, without what the camera noted about place and time."""
    grey = open_picture(data, limits, mode="RGB")
    grey.thumbnail((PHOTOGRAPH_SIDE, PHOTOGRAPH_SIDE))
    out = BytesIO()
    grey.save(out, "JPEG", quality=75)
    return out.getvalue()

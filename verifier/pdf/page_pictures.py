"""Draws pages and photographs anew for a screen; runs inside the sandboxed worker.

What comes out was drawn by us, so a browser never meets the bytes that somebody uploaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Final

import pypdfium2
from PIL import Image

from domain.errors import MalformedInput
from verifier.gate.kinds import is_tiff
from verifier.limits import VerifierLimits
from verifier.pdf.facts import Picture
from verifier.pdf.picture import codes_in, open_frame, open_picture
from verifier.pdf.structure import Bomb

MAX_DRAWN: Final = 12
"""Pages drawn at once; the cover and its tables come first."""
PAGE_WIDTH: Final = 860
"""Pixels: text of 10.5 pt reads well, and a page packs into less than 100 KB."""
SCAN_WIDTH: Final = 1654
"""Pixels of A4 at 200 dots an inch, at which a page's mark was measured to be read."""
PHOTOGRAPH_SIDE: Final = 1200
_COLOURS: Final = 24
"""Black, the dark blue, amber and the greys between: a report has no photographs in it."""


def pages(data: bytes, limits: VerifierLimits, *, first: int = 0) -> list[bytes]:
    """Return up to 12 pages of a PDF as PNG, from the ``first`` on (counted from 0).

    Raises MalformedInput ``damaged``, or Bomb ``too_many_pages``.
    """
    with _opened(data, limits) as document:
        return [_page(document[place]) for place in range(first, min(len(document), first + MAX_DRAWN))]


def sheet(data: bytes, limits: VerifierLimits, place: int) -> tuple[int, Picture]:
    """Return how many pages a scan (PDF or TIFF) has and the codes on the one at ``place``.

    Raises as :func:`pages`, or Bomb ``too_many_pixels``.
    """
    if is_tiff(data):
        count, frame = open_frame(data, limits, place, mode="L")
        blank = Picture(width=0, height=0, codes=())
        return count, blank if frame is None else codes_in(frame, mark=True)
    with _opened(data, limits) as document:
        if not 0 <= place < len(document):
            return len(document), Picture(width=0, height=0, codes=())
        return len(document), codes_in(_drawn(document[place], SCAN_WIDTH).convert("L"), mark=True)


def sheet_photograph(data: bytes, limits: VerifierLimits, place: int) -> bytes:
    """Return one page of a scan as a JPEG of moderate size; raises as :func:`sheet`."""
    if is_tiff(data):
        _, frame = open_frame(data, limits, place, mode="RGB")
        if frame is None:
            raise MalformedInput("damaged")
        return _jpeg(frame)
    with _opened(data, limits) as document:
        if not 0 <= place < len(document):
            raise MalformedInput("damaged")
        return _jpeg(_drawn(document[place], PAGE_WIDTH))


@contextmanager
def _opened(data: bytes, limits: VerifierLimits) -> Iterator[pypdfium2.PdfDocument]:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise MalformedInput("damaged") from error
    try:
        if len(document) > limits.max_pages:
            raise Bomb("too_many_pages")
        yield document
    except pypdfium2.PdfiumError as error:
        raise MalformedInput("damaged") from error
    finally:
        document.close()


def _drawn(page: pypdfium2.PdfPage, pixels: int) -> Image.Image:
    width, height = page.get_size()
    if not 0 < height < 4 * width:
        raise Bomb("too_many_pixels")
    drawn: Image.Image = page.render(scale=pixels / width).to_pil()
    return drawn.convert("RGB")


def _page(page: pypdfium2.PdfPage) -> bytes:
    drawn = _drawn(page, PAGE_WIDTH)
    out = BytesIO()
    drawn.quantize(_COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(out, "PNG")
    return out.getvalue()


def photograph(data: bytes, limits: VerifierLimits) -> bytes:
    """Return a photograph as a JPEG of moderate size, without what the camera noted about place and time."""
    return _jpeg(open_picture(data, limits, mode="RGB"))


def _jpeg(picture: Image.Image) -> bytes:
    picture.thumbnail((PHOTOGRAPH_SIDE, PHOTOGRAPH_SIDE))
    out = BytesIO()
    picture.save(out, "JPEG", quality=75)
    return out.getvalue()

"""Reads QR codes out of a picture or a page; runs inside the sandboxed worker."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import zxingcpp
from PIL import Image

from domain.errors import MalformedInput
from verifier.limits import VerifierLimits
from verifier.structure import Bomb

FORMATS: Final = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
"""What phones, scanners and chat programs make."""
_MAGIC: Final = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"BM", b"GIF8", b"II*\x00", b"MM\x00*")
MAX_CODES: Final = 8
MAX_TEXT: Final = 2048
"""Longer than any code of ours (a version-16 code holds under 1,000 characters)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What a picture shows."""

    width: int
    height: int
    codes: tuple[str, ...]
    """Texts of the QR codes found, in reading order, each once."""


def is_picture(data: bytes) -> bool:
    """Tell by its first bytes whether a file is a picture of a kind read here."""
    return data.startswith(_MAGIC) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


def read(data: bytes, limits: VerifierLimits) -> Picture:
    """Return the codes in a picture; MalformedInput ``damaged``, or Bomb ``too_many_pixels``."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(BytesIO(data), formats=FORMATS) as opened:
                if opened.width * opened.height > limits.max_pixels:
                    raise Bomb("too_many_pixels")
                grey = opened.convert("L")
    except (Bomb, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise Bomb("too_many_pixels") from error
    except Exception as error:  # Pillow's decoders let many classes out on hostile bytes
        raise MalformedInput("damaged") from error
    found = zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormat.QRCode)
    texts = dict.fromkeys(item.text[:MAX_TEXT] for item in found[:MAX_CODES])
    return Picture(width=grey.width, height=grey.height, codes=tuple(texts))

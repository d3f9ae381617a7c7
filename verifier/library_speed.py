"""Two slow spots of the libraries in a worker, replaced by the same answer sooner.

asn1crypto prepares each name for comparison (RFC 4518) anew for each certificate object, some
100 times in one verification; pyHanko reads the signature's 10,000 hexadecimal digits one by one.
Together they are a third of a verification.  Only the worker calls :func:`quicken`; tests hold
both against the originals.
"""

from __future__ import annotations

import binascii
import re
from functools import lru_cache
from typing import Any, Final

from asn1crypto.x509 import NameTypeAndValue
from pyhanko.pdf_utils import generic

_CHUNK: Final = 1 << 14
_DIGITS: Final = re.compile(rb"[0-9A-Fa-f]*")
_NAMES: Final = 512
"""Prepared names kept per process: a few chains; hostile files push each other out."""

_slow_name: Final = NameTypeAndValue._ldap_string_prep
_slow_hex: Final = generic.read_hex_string_from_stream


@lru_cache(maxsize=_NAMES)
def _prepared(text: str) -> Any:
    return _slow_name(None, text)


def prepare_name(_self: Any, text: str) -> Any:
    """What asn1crypto makes of a name's text; depends on the text alone."""
    return _prepared(text)


def read_hex(stream: Any) -> Any:
    """What pyHanko reads from ``<hex>``; anything but pure digits is left to its own reader."""
    start = stream.tell()
    digits = _pure_digits(stream)
    if digits is None:
        stream.seek(start)
        return _slow_hex(stream)
    stream.seek(start + len(digits) + 2)
    return generic.pdf_string(binascii.unhexlify(digits))


def _pure_digits(stream: Any) -> bytes | None:
    """The digits up to ``>``; None where something else stands among them or their number is odd."""
    stream.read(1)
    parts = []
    while chunk := stream.read(_CHUNK):
        found = _DIGITS.match(chunk)
        end = found.end() if found else 0
        parts.append(chunk[:end])
        if end < len(chunk):
            digits = b"".join(parts)
            return digits if chunk[end] == ord(">") and len(digits) % 2 == 0 else None
    return None


def quicken() -> None:
    """Both spots of this process are the quick ones from now on."""
    NameTypeAndValue._ldap_string_prep = prepare_name
    generic.read_hex_string_from_stream = read_hex

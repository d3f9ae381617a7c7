"""Slow spots of the libraries in a worker, replaced by the same answer sooner.

asn1crypto prepares each name for comparison (RFC 4518) anew for each certificate object, some
100 times in one verification, and takes names apart for each of some 80 comparisons; pyHanko
reads the signature's 10,000 hexadecimal digits one by one.  Together they are half of a
verification.  Only the worker calls :func:`quicken`; tests hold each against the original.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from asn1crypto.x509 import Name, NameTypeAndValue
from pyhanko.pdf_utils import generic

_CHUNK: Final = 1 << 14
_DIGITS: Final = re.compile(rb"[0-9A-Fa-f]*")
_NAMES: Final = 512
"""Answers about names kept per process: a few chains; hostile files push each other out."""
_LONG_NAME: Final = 1024
"""Bytes of names about which no answer is kept, lest a hostile file fill the memory of the process."""

_slow_name: Final = NameTypeAndValue._ldap_string_prep
_slow_hex: Final = generic.read_hex_string_from_stream
_slow_equal: Final = Name.__eq__
_slow_hashable: Final = Name.hashable.fget
_kept: Final[dict[tuple[bytes, ...], Any]] = {}


@lru_cache(maxsize=_NAMES)
def _prepared(text: str) -> Any:
    return _slow_name(None, text)


def prepare_name(_self: Any, text: str) -> Any:
    """What asn1crypto makes of a name's text; depends on the text alone."""
    return _prepared(text)


def equal_names(self: Any, other: Any) -> Any:
    """What asn1crypto says of two names (RFC 5280, clause 7.1); depends on their bytes alone."""
    if not isinstance(other, Name):
        return False
    return _known((self.chosen.contents, other.chosen.contents), lambda: _slow_equal(self, other))


def hashable_name(self: Any) -> Any:
    """What asn1crypto makes of a name as a key; depends on its bytes alone."""
    return _known((self.chosen.contents,), lambda: _slow_hashable(self))


def _known(names: tuple[bytes, ...], ask: Callable[[], Any]) -> Any:
    """The answer kept for ``names``, else that of ``ask``; a refusal is never kept."""
    if names in _kept:
        return _kept[names]
    answer = ask()
    if sum(map(len, names)) <= _LONG_NAME:
        if len(_kept) >= _NAMES:
            _kept.clear()
        _kept[names] = answer
    return answer


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
    """Each spot of this process is the quick one from now on."""
    NameTypeAndValue._ldap_string_prep = prepare_name
    Name.__eq__ = equal_names
    Name.hashable = property(hashable_name)
    generic.read_hex_string_from_stream = read_hex

"""ZLIB of a sparse array, laid out so that a second compression on the wire finds its runs again.

A token carries base64url of base64url of this, and goes out under ``Content-Encoding: gzip``.
An array compressed as far as it goes looks random to that gzip, which then pays for both
base64 layers.  One block of Huffman codes without matches (RFC 1951, 3.2.7) keeps the runs: a
zero byte is one bit, so runs stay runs, and gzip takes them and the base64 away together.

zlib makes such blocks too, but a new one with a table of its own after each 32,768 bytes, which
costs a hundredth on the wire.  Where two bytes make up nearly all that is not zero, which is how
lists are, the one block made here is the shorter of the two; else zlib's is taken.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from typing import Final

_END: Final = 256
_SYMBOLS: Final = 257
_COPIED: Final = (16, 17, 18)
"""Code length symbols that repeat another; not used here."""
_ORDER: Final = (*_COPIED, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)
_SET: Final = re.compile(rb"[^\0]")


def deflate(array: bytes) -> bytes:
    """``array`` as ZLIB that any inflater reads."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 15, 9, zlib.Z_HUFFMAN_ONLY)
    return min(_one_block(array), squeeze.compress(array) + squeeze.flush(), key=len)


def _one_block(array: bytes) -> bytes:
    codes = _codes(_lengths(array))
    parts, place, zero = [_head(_lengths(array))], 0, codes[0]
    for found in _SET.finditer(array):
        parts += (zero * (found.start() - place), codes[found[0][0]])
        place = found.end()
    parts += (zero * (len(array) - place), codes[_END])
    bits = "".join(parts)
    # A byte's first bit is its lowest, so the text is read from its end.
    body = int(bits[::-1], 2).to_bytes((len(bits) + 7) // 8, "little")
    return b"\x78\xda" + body + zlib.adler32(array).to_bytes(4, "big")


def _lengths(array: bytes) -> list[int]:
    """Bits of each symbol's code: 1 for zero, 2 and 3 for the two commonest others, 10 or 11 for the rest."""
    counts = Counter(_SET.findall(array))
    rest = sorted(range(1, _SYMBOLS), key=lambda symbol: (-counts.get(bytes([symbol & 0xFF]), 0), symbol))
    lengths = [1] * _SYMBOLS
    for rank, symbol in enumerate(rest):
        # 1/2 + 1/4 + 1/8 + 2/1024 + 252/2048 = 1: a code must be complete.
        lengths[symbol] = (2, 3, 10, 10)[rank] if rank < 4 else 11
    return lengths


def _codes(lengths: list[int]) -> list[str]:
    """The canonical code of RFC 1951, 3.2.2, as text of bits."""
    codes, code = [""] * len(lengths), 0
    for length in range(1, max(lengths) + 1):
        code <<= 1
        for symbol, own in enumerate(lengths):
            if own == length:
                codes[symbol] = format(code, f"0{length}b")
                code += 1
    return codes


def _head(lengths: list[int]) -> str:
    """Last block, dynamic codes: 257 literals, one distance code that is never used."""
    # Sixteen lengths can occur and get four bits each.
    written = [0 if symbol in _COPIED else 4 for symbol in range(19)]
    codes = _codes(written)
    counts = _number(_SYMBOLS - 257, 5) + _number(0, 5) + _number(len(_ORDER) - 4, 4)
    table = "".join(_number(written[symbol], 3) for symbol in _ORDER)
    return "1" + "01" + counts + table + "".join(codes[length] for length in (*lengths, 1))


def _number(value: int, bits: int) -> str:
    """A number as the format writes it, its lowest bit first."""
    return format(value, f"0{bits}b")[::-1]

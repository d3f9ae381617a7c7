"""ZLIB of a sparse array, laid out so that a second compression on the wire finds its runs again.

A token carries base64url of base64url of this, and goes out under ``Content-Encoding: gzip``.
An array compressed as far as it goes looks random to that gzip, which then pays for both
base64 layers.  One Huffman block without matches keeps the runs: a zero byte is one bit,
so the runs stay runs, and gzip takes them and the base64 away together.
"""

from __future__ import annotations

import zlib


def deflate(array: bytes) -> bytes:
    """``array`` as ZLIB that any inflater reads."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 15, 9, zlib.Z_HUFFMAN_ONLY)
    return squeeze.compress(array) + squeeze.flush()

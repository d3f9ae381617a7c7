"""The mark in the footer of each printed page: which page of which report it is, provable by the house alone.

Grammar::

    link    = base "#" "M" 18BASE32                     ; base as in domain.qr_link
    payload = page(u12) pages(u12) mac(8)                ; 11 bytes, page counted from 1
    mac     = first 8 bytes of HMAC-SHA-256(key, "daizheng/page-mark/v1" LF number
              u16(page) u16(pages) root)
    number  = 22 characters, ASCII
    root    = root of the record tree, 32 bytes

The number stands in the link, so a reader tells page and report apart without asking anybody;
whether the mark is genuine only the house can tell, since ``key`` is derived from its
keyed-hash secret.  A mark may be copied like everything on paper: it says which page this
claims to be, never that the text above it is unchanged.  A mark opens nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

from domain.errors import MalformedInput
from domain.qr_link import CodeLink, page_link

KEY_BYTES: Final = 32
MAC_BYTES: Final = 8
"""64 bits: whoever guesses must ask the house each time, and learns only that a page is ours."""
MAX_PAGES: Final = 4095
PAYLOAD_BYTES: Final = 3 + MAC_BYTES
KEY_INFO: Final = b"daizheng page mark key v1"
"""What the key is derived for from the house's keyed-hash secret (HKDF, RFC 5869)."""
_TAG: Final = b"daizheng/page-mark/v1\n"
_NUMBER: Final = 22
_ROOT: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class PageMark:
    """What one page says it is."""

    page: int
    """From 1."""
    pages: int
    """Pages of the whole report."""
    mac: bytes


def mac(key: bytes, number: str, page: int, pages: int, root: bytes) -> bytes:
    """The 8 bytes that stand on that page; MalformedInput ``page_mark_form`` for what no page can be."""
    _require(len(key) == KEY_BYTES and len(number) == _NUMBER and len(root) == _ROOT)
    _require(1 <= page <= pages <= MAX_PAGES)
    said = number.encode("ascii") + page.to_bytes(2, "big") + pages.to_bytes(2, "big") + root
    return hmac.digest(key, _TAG + said, hashlib.sha256)[:MAC_BYTES]


def marked(key: bytes, number: str, page: int, pages: int, root: bytes) -> PageMark:
    """The mark of that page."""
    return PageMark(page=page, pages=pages, mac=mac(key, number, page, pages, root))


def fits(mark: PageMark, key: bytes, number: str, root: bytes) -> bool:
    """Whether the house that holds ``key`` put that mark on a page of ``number``; in constant time."""
    return hmac.compare_digest(mark.mac, mac(key, number, mark.page, mark.pages, root))


def encode(mark: PageMark) -> bytes:
    """The 11 bytes of a mark; MalformedInput ``page_mark_form``."""
    _require(1 <= mark.page <= mark.pages <= MAX_PAGES and len(mark.mac) == MAC_BYTES)
    return (mark.page << 12 | mark.pages).to_bytes(3, "big") + mark.mac


def decode(payload: bytes) -> PageMark:
    """The mark those bytes hold; MalformedInput ``page_mark_form``."""
    _require(len(payload) == PAYLOAD_BYTES)
    places = int.from_bytes(payload[:3], "big")
    page, pages = places >> 12, places & MAX_PAGES
    _require(1 <= page <= pages)
    return PageMark(page=page, pages=pages, mac=payload[3:])


def link(host: str, number: str, mark: PageMark) -> CodeLink:
    """The link in that page's footer."""
    return page_link(host, number, encode(mark))


def _require(condition: bool) -> None:
    if not condition:
        raise MalformedInput("page_mark_form")

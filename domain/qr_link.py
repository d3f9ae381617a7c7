"""What the QR codes of a report hold: one link with a secret, a signed claim or a page's mark behind it.

Grammar::

    link     = base "#" fragment
    base     = "HTTPS://" host "/Q/" number             ; QR alphanumeric mode
    fragment = "P" 26BASE32                             ; cover: 128-bit paper secret
             / "C" 1*BASE32                             ; technical page: COSE claim
             / "M" 18BASE32                             ; each page's footer: domain.page_mark
    host     = label *( "." label ) [ ":" port ]        ; at most 22 characters, no trailing dot

Host and number are upper case in the code, because alphanumeric mode knows no other; "#"
is its own byte-mode segment.  Browsers do not send what stands after "#".  Base32 is
upper case without padding.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from domain.base_text import base32_decode, base32_encode
from domain.claim import MAX_BYTES
from domain.errors import MalformedInput
from domain.identifiers import ReportNumber

PAPER_SECRET: Final = "P"
CLAIM: Final = "C"
PAGE_MARK: Final = "M"
SECRET_BYTES: Final = 16
PAGE_MARK_BYTES: Final = 11
MAX_HOST: Final = 22
MAX_LINK: Final = 1024
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_HOST: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*(?::[1-9][0-9]{{0,4}})?", re.ASCII)
_LINK: Final = re.compile(r"https://([^/?#]+)/q/([^/?#]+)#([PCM])([A-Z2-7]+)", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeLink:
    """A link cut into the segments in which a QR code should hold it."""

    prefix: str
    """Alphanumeric mode: scheme, host, path."""
    mark: str
    """Byte mode: the number sign."""
    fragment: str
    """Alphanumeric mode: kind letter and base32."""

    @property
    def segments(self) -> tuple[str, str, str]:
        """The three segments in order."""
        return (self.prefix, self.mark, self.fragment)

    @property
    def text(self) -> str:
        """The whole link, as a reader gets it."""
        return self.prefix + self.mark + self.fragment


CoverLink = CodeLink
"""The link on the cover: it proves that one holds the paper or the file."""
ClaimLink = CodeLink
"""The link on the technical page: it carries the signed claim itself."""
_LENGTHS: Final = {PAPER_SECRET: SECRET_BYTES, PAGE_MARK: PAGE_MARK_BYTES}


@dataclass(frozen=True, slots=True, kw_only=True)
class QrLink:
    """A link read from a code."""

    host: str
    """Lower case."""
    number: str
    """Report number; for a claim it must equal the number signed."""
    kind: str
    """``P``, ``C`` or ``M``."""
    payload: bytes
    """The paper secret (16 bytes), the COSE bytes of the claim or the page's mark (11 bytes)."""


def check_host(host: str) -> str:
    """``host`` if it may stand in a link and a claim; else MalformedInput ``host_form``."""
    if len(host) > MAX_HOST or _HOST.fullmatch(host) is None:
        raise MalformedInput("host_form", host=host[:80], limit=MAX_HOST)
    return host


def cover_link(host: str, number: str, secret: bytes) -> CoverLink:
    """The link of the cover's code for a 16-byte paper secret."""
    if len(secret) != SECRET_BYTES:
        raise MalformedInput("link_form")
    return _link(host, number, PAPER_SECRET + base32_encode(secret))


def claim_link(host: str, number: str, cose: bytes) -> ClaimLink:
    """The link of the technical page's code for a signed claim."""
    if not 0 < len(cose) <= MAX_BYTES:
        raise MalformedInput("claim_too_long", limit=MAX_BYTES)
    return _link(host, number, CLAIM + base32_encode(cose))


def page_link(host: str, number: str, mark: bytes) -> CodeLink:
    """The link in a page's footer for an encoded page mark."""
    if len(mark) != PAGE_MARK_BYTES:
        raise MalformedInput("link_form")
    return _link(host, number, PAGE_MARK + base32_encode(mark))


def _link(host: str, number: str, fragment: str) -> CodeLink:
    parsed = ReportNumber.parse(number)
    return CodeLink(prefix=f"HTTPS://{check_host(host).upper()}/Q/{parsed}", mark="#", fragment=fragment)


def parse_link(text: str) -> QrLink:
    """The link a code or a keyboard gave; MalformedInput ``link_form`` if it is none of ours.

    Letters may be in either case: some readers and address bars change it.
    """
    found = _LINK.fullmatch(text) if len(text) <= MAX_LINK else None
    if found is None:
        raise MalformedInput("link_form")
    host, number, kind, encoded = found.groups()
    payload = base32_decode(encoded.upper())
    if len(payload) != _LENGTHS.get(kind.upper(), len(payload)) or len(payload) > MAX_BYTES:
        raise MalformedInput("link_form")
    return QrLink(
        host=check_host(host.lower()),
        number=str(ReportNumber.parse(number.upper())),
        kind=kind.upper(),
        payload=payload,
    )

"""A genuine report taken apart, and the record of what a forgery must be called."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

_RANGE = re.compile(rb"/ByteRange ?\[ ?(\d+) +(\d+) +(\d+) +(\d+) *\]")


@dataclass(frozen=True)
class Original:
    """The bytes of one genuine report."""

    pdf: bytes

    @cached_property
    def _match(self) -> re.Match[bytes]:
        (match,) = _RANGE.finditer(self.pdf)
        return match

    @cached_property
    def byte_range(self) -> tuple[int, int, int, int]:
        a, b, c, d = (int(number) for number in self._match.groups())
        return a, b, c, d

    @property
    def range_span(self) -> tuple[int, int]:
        """Where the whole ``/ByteRange [...]`` stands."""
        return self._match.span()

    @property
    def gap(self) -> tuple[int, int]:
        """From the opening angle bracket to the one after the closing bracket."""
        _, first, second, _ = self.byte_range
        return first, second

    @property
    def cms(self) -> bytes:
        """The signature's DER without its padding."""
        start, end = self.gap
        raw = bytes.fromhex(self.pdf[start + 1 : end - 1].decode())
        size = int.from_bytes(raw[2:4], "big") + 4
        return raw[:size]

    def with_cms(self, cms: bytes, *, upper: bool = True) -> bytes:
        """The file with another CMS in the same gap."""
        start, end = self.gap
        room = end - start - 2
        text = cms.hex().upper() if upper else cms.hex()
        if len(text) > room:
            raise ValueError("the other CMS does not fit the gap")
        return self.pdf[: start + 1] + text.ljust(room, "0").encode() + self.pdf[end - 1 :]

    def replaced(self, start: int, end: int, new: bytes) -> bytes:
        """The file with other bytes in one place."""
        return self.pdf[:start] + new + self.pdf[end:]

    def with_range(self, new: bytes) -> bytes:
        """The file with another ByteRange of the same length."""
        start, end = self.range_span
        if len(new) > end - start:
            raise ValueError("the other ByteRange does not fit")
        return self.replaced(start, end, new.ljust(end - start))


@dataclass(frozen=True)
class Forgery:
    """One way to forge, and every code that is right for it."""

    name: str
    make: Callable[[Original], bytes]
    codes: frozenset[str]
    reasons: frozenset[str] = frozenset()
    """Empty: any reason under the code."""


def forgery(
    name: str, make: Callable[[Original], bytes], *codes: str, reasons: tuple[str, ...] = ()
) -> Forgery:
    return Forgery(name, make, frozenset(codes), frozenset(reasons))

"""Refuses a page with a character no face has, before it is laid out, and says where it stands.

A box in place of a rare character in somebody's name (𬭎, 㙟, 䶮 ...) makes a report useless
at a counter; better none, with the reason.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from typing import Final

from domain.errors import Refused
from domain.verdict import JsonValue

_NEVER_DRAWN: Final = frozenset("\n\u200b")
"""Line ends and the break chances of :func:`signer.text.wrapping`."""


def require_glyphs(view: JsonValue, covered: frozenset[int]) -> None:
    """Nothing, when every character of every string in ``view`` can be printed.

    Raises Refused ``glyph_missing`` with ``character``, ``codepoint`` (``U+2CB4E``), its
    Unicode ``name`` and ``field``, the place in the page (``subject.name``).
    """
    if _all_covered(view, covered):
        return
    for place, string in _strings(view, ""):
        for char in string:
            if ord(char) not in covered and char not in _NEVER_DRAWN:
                raise Refused(
                    "glyph_missing",
                    character=char,
                    codepoint=f"U+{ord(char):04X}",
                    name=unicodedata.name(char, ""),
                    field=place,
                )


def _all_covered(view: JsonValue, covered: frozenset[int]) -> bool:
    """Whether that is plain without looking at each string: one pass in C for the usual page."""
    text = json.dumps(view, ensure_ascii=False).replace("\\n", "").replace("\u200b", "")
    # A backslash left over hides a character behind an escape: then each string is looked at.
    return "\\" not in text and covered.issuperset(map(ord, set(text)))


def _strings(value: JsonValue, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for key, member in value.items():
            yield from _strings(member, f"{place}.{key}" if place else key)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _strings(member, f"{place}[{index}]")

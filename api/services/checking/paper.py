"""Photographs and scans of a print: read sheet by sheet, then laid beside the registered pages (R29)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from verifier.gate.kinds import is_picture, is_tiff
from verifier.paper.prints import MAX_SHEETS, UNREAD, Paper, Sheet
from verifier.service import Verifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A sheet with the bytes it was read from."""

    sheet: Sheet
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """One place: the registered page, and what was photographed of it."""

    page: int | None
    """None for photographs without a place among them."""
    registered: bytes | None
    """PNG."""
    photographs: tuple[tuple[int, bytes], ...]
    """Place of the sheet among all, from 1, and its JPEG."""
    unread: bool = False
    """Without a place because nobody could read which page they are."""


def read(verifier: Verifier, given: Sequence[tuple[str, bytes]]) -> list[Loaded]:
    """Give every sheet of those files, at most 60."""
    loaded: list[Loaded] = []
    for name, data in given:
        if len(loaded) >= MAX_SHEETS:
            break
        loaded += [Loaded(sheet=sheet, data=data) for sheet in verifier.sheets(data, name)]
    return loaded[:MAX_SHEETS]


def beside(
    verifier: Verifier, paper: Paper, loaded: Sequence[Loaded], registered: bytes
) -> tuple[Beside, ...]:
    """Give each page of ``registered`` with its photographs, then those not read, then what has no place.

    A page of another report stands beside the page whose place it takes.
    """
    drawn = _pages(verifier, registered)
    photographs: dict[int | None, list[tuple[int, bytes]]] = {}
    unread: list[tuple[int, bytes]] = []
    for place, (finding, each) in enumerate(zip(paper.sheets, loaded, strict=True), 1):
        picture = _photograph(verifier, each)
        if picture is None:
            continue
        if finding.found in UNREAD:
            unread.append((place, picture))
        else:
            there = finding.page if finding.page is not None and finding.page <= len(drawn) else None
            photographs.setdefault(there, []).append((place, picture))
    rows = [
        Beside(page=page, registered=picture, photographs=tuple(photographs.get(page, ())))
        for page, picture in enumerate(drawn, 1)
    ]
    for rest, is_unread in ((unread, True), (photographs.get(None), False)):
        if rest:
            rows.append(Beside(page=None, registered=None, photographs=tuple(rest), unread=is_unread))
    return tuple(rows)


def _pages(verifier: Verifier, registered: bytes) -> list[bytes]:
    drawn: list[bytes] = []
    while len(drawn) < MAX_SHEETS:
        more = verifier.pages(registered, len(drawn))
        if not more:
            break
        drawn += more
    return drawn


def _photograph(verifier: Verifier, each: Loaded) -> bytes | None:
    if each.sheet.problem is not None:
        return None
    if is_picture(each.data) and not is_tiff(each.data):
        return verifier.photograph(each.data)
    return verifier.photograph(each.data, (each.sheet.place or 1) - 1)

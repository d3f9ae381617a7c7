"""Judges the pages of one print together: which page of which report each of them is, and which is not there.

In: what was read from each photograph or scanned page.  Out: a finding for each, the pages that
are missing, and one word for the whole.  Whether a mark is genuine the register tells; without
one the places are named as the marks state them and the whole is ``paper_unchecked``.

A complete set says that these pages belong together.  It never says that the text on them is
unchanged: a mark can be copied, and only the eye finds that (R29).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from domain import page_mark, qr_link
from domain.errors import DependencyUnavailable, MalformedInput
from domain.page_mark import PageMark
from domain.qr_link import QrLink
from domain.verdict import ClaimStatus
from verifier.checks.status import VALID
from verifier.ports import RegisterPort

MAX_SHEETS: Final = 60
"""Photographs and scanned pages looked at together."""
FINAL_WORDS: Final = frozenset({"revoked", "superseded"})


class Found(StrEnum):
    """What one sheet turned out to be."""

    IN_PLACE = "in_place"
    DOUBLED = "doubled"
    """A page that was there already."""
    OTHER_REPORT = "other_report"
    NOT_OURS = "not_ours"
    """Its mark is not one that the house made."""
    MIXED = "mixed"
    """Its codes contradict each other: one of them was pasted there."""
    NO_MARK = "no_mark"
    """No page's code was read on it: it may be any page, and is to be photographed again."""
    UNREADABLE = "unreadable"
    """The picture itself cannot be opened."""


UNREAD: Final = frozenset({Found.NO_MARK, Found.UNREADABLE})
"""Neither of this report nor of another one, as far as anybody can tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One photograph, or one page of a scan, as it was read."""

    name: str
    place: int | None = None
    """Page of the scan, from 1; None for a photograph."""
    codes: tuple[str, ...]
    problem: str | None = None
    """Why it could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetFinding:
    """What one sheet is."""

    sheet: Sheet
    found: Found
    number: str | None = None
    page: int | None = None
    pages: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What all sheets together are."""

    status: ClaimStatus
    code: str
    """``paper_complete``, ``paper_unread``, ``paper_incomplete``, ``paper_doubled``, ``paper_mixed``,
    ``paper_not_ours``, ``paper_unmarked``, ``paper_unchecked`` or ``paper_not_standing``."""
    number: str | None
    """The report these pages are taken to be of: the cover's, else that of most pages."""
    pages: int | None
    sheets: tuple[SheetFinding, ...]
    missing: tuple[int, ...]
    """Pages that are surely not there."""
    unseen: tuple[int, ...]
    """Pages that nobody recognised while ``unread`` sheets may be some of them."""
    unread: int
    """Sheets of which nobody can tell the page."""
    standing: str | None
    """The register's word for that report."""
    cover: str | None
    """The cover's code among the pictures, if the register confirmed it: it opens the contents."""


def judge(
    sheets: Sequence[Sheet],
    register: RegisterPort | None,
    hosts: Collection[str],
    *,
    expected: str | None = None,
) -> Paper:
    """Return what these sheets are together; ``expected`` is the number whose 核验码 was confirmed."""
    asked = _Asked(register)
    read = [_look(sheet, hosts, asked) for sheet in sheets]
    cover = next((text for sheet in sheets for text in sheet.codes if asked.is_cover(text, hosts)), None)
    number = expected or (qr_link.parse_link(cover).number if cover else _most(read))
    placed = _placed(read, number)
    pages = next((each.pages for each in placed if each.found is Found.IN_PLACE), None)
    there = {each.page for each in placed if each.found is Found.IN_PLACE}
    absent = tuple(page for page in range(1, (pages or 0) + 1) if page not in there)
    unread = sum(each.found in UNREAD for each in placed)
    standing = asked.standing(number)
    status, code = _whole(placed, absent, standing, checked=asked.answered)
    return Paper(
        status=status,
        code=code,
        number=number,
        pages=pages,
        sheets=tuple(placed),
        missing=() if unread else absent,
        unseen=absent if unread else (),
        unread=unread,
        standing=standing,
        cover=cover,
    )


class _Asked:
    """The register, as far as it answers."""

    def __init__(self, register: RegisterPort | None) -> None:
        self._register, self.answered = register, register is not None

    def is_ours(self, number: str, mark: PageMark) -> bool | None:
        """Whether the mark is genuine; None when nobody can tell."""
        if self._register is None:
            return None
        try:
            return self._register.by_page_mark(number, mark)
        except DependencyUnavailable:
            self.answered = False
            return None

    def is_cover(self, text: str, hosts: Collection[str]) -> bool:
        """Whether that text is the confirmed code of a cover."""
        link = _parsed(text)
        if self._register is None or link is None or link.kind != qr_link.PAPER_SECRET:
            return False
        try:
            return link.host in hosts and self._register.by_cover_secret(link.number, link.payload)
        except DependencyUnavailable:
            return False

    def standing(self, number: str | None) -> str | None:
        """The register's word for the report."""
        if self._register is None or number is None:
            return None
        try:
            entry = self._register.status_of(number)
        except DependencyUnavailable:
            return None
        return None if entry is None else entry.status


def _parsed(text: str) -> QrLink | None:
    try:
        return qr_link.parse_link(text)
    except MalformedInput:
        return None


def _look(sheet: Sheet, hosts: Collection[str], asked: _Asked) -> SheetFinding:
    """Return what a sheet says of itself; IN_PLACE stands for a mark that may be believed."""
    if sheet.problem is not None:
        return SheetFinding(sheet=sheet, found=Found.UNREADABLE)
    links = [link for link in map(_parsed, sheet.codes) if link is not None]
    marks = [link for link in links if link.kind == qr_link.PAGE_MARK]
    if not marks:
        number = links[0].number if links else None
        return SheetFinding(sheet=sheet, found=Found.NO_MARK, number=number)
    link = marks[0]
    try:
        mark = page_mark.decode(link.payload)
    except MalformedInput:
        return SheetFinding(sheet=sheet, found=Found.NOT_OURS, number=link.number)
    found = Found.IN_PLACE
    if link.host not in hosts or asked.is_ours(link.number, mark) is False:
        found = Found.NOT_OURS
    elif len(marks) > 1 or not _agree(links, link.number, mark):
        found = Found.MIXED
    return SheetFinding(sheet=sheet, found=found, number=link.number, page=mark.page, pages=mark.pages)


def _agree(links: Sequence[QrLink], number: str, mark: PageMark) -> bool:
    """Tell whether every code of a sheet is of one report and stands on the page where it belongs."""
    right = {qr_link.PAPER_SECRET: 1, qr_link.CLAIM: mark.pages, qr_link.PAGE_MARK: mark.page}
    return all(link.number == number and right[link.kind] == mark.page for link in links)


def _most(read: Sequence[SheetFinding]) -> str | None:
    """Return the number that most believable sheets name, the first of several."""
    named = Counter(each.number for each in read if each.found is Found.IN_PLACE)
    return named.most_common(1)[0][0] if named else None


def _placed(read: Sequence[SheetFinding], number: str | None) -> list[SheetFinding]:
    seen: set[int | None] = set()
    total: int | None = None
    placed = []
    for each in read:
        found = each.found
        if found is Found.IN_PLACE:
            if each.number != number:
                found = Found.OTHER_REPORT
            elif total not in (None, each.pages):
                found = Found.MIXED
            elif each.page in seen:
                found = Found.DOUBLED
            else:
                seen.add(each.page)
                total = each.pages
        placed.append(replace(each, found=found))
    return placed


def _whole(
    placed: Sequence[SheetFinding], absent: Sequence[int], standing: str | None, *, checked: bool
) -> tuple[ClaimStatus, str]:
    found = {each.found for each in placed}
    if Found.NOT_OURS in found:
        return ClaimStatus.REFUTED, "paper_not_ours"
    if found & {Found.OTHER_REPORT, Found.MIXED}:
        return ClaimStatus.REFUTED, "paper_mixed"
    if Found.IN_PLACE not in found:
        return ClaimStatus.UNKNOWN, "paper_unmarked"
    if not checked:
        return ClaimStatus.UNKNOWN, "paper_unchecked"
    if standing != VALID:
        refuted = standing in FINAL_WORDS
        return ClaimStatus.REFUTED if refuted else ClaimStatus.UNKNOWN, "paper_not_standing"
    if found & UNREAD:
        return ClaimStatus.UNKNOWN, "paper_unread"
    if absent:
        return ClaimStatus.UNKNOWN, "paper_incomplete"
    if Found.DOUBLED in found:
        return ClaimStatus.UNKNOWN, "paper_doubled"
    return ClaimStatus.STANDS, "paper_complete"

"""The marks in the pages' footers, drawn before anybody knows how many pages there will be.

A mark names its page and the number of pages, and only the layout tells that number.  So marks
are drawn for the number that the content lets expect and for one page less and more (a third of
a millisecond each), and the template takes those that fit.
"""

from __future__ import annotations

from typing import Final

from domain import page_mark
from domain.report import ReportContent, Variant
from domain.verdict import JsonValue
from signer import qr
from signer.page import PageExtras

LEVEL: Final = "L"
"""Larger modules are worth more here than more of them to mend: a footer is small, not dirty."""
# A cover and a last page; what a page holds of each kind, counted in samples of the layout.
_FIXED: Final = 1.9
_DOMAINS_A_PAGE: Final = 31
_SUMMARY_A_PAGE: Final = 28
_FULL_A_PAGE: Final = 5


def around(content: ReportContent, extras: PageExtras) -> dict[str, JsonValue]:
    """The marks for the expected number of pages and its neighbours, by number of pages."""
    likely = _expected(content)
    found: dict[str, JsonValue] = {}
    for pages in range(max(1, likely - 1), likely + 2):
        found |= of(content, extras, pages)
    return found


def of(content: ReportContent, extras: PageExtras, pages: int) -> dict[str, JsonValue]:
    """The marks of a report of so many pages, under that number."""
    return {str(pages): [_drawn(content, extras, page, pages) for page in range(1, pages + 1)]}


def _drawn(content: ReportContent, extras: PageExtras, page: int, pages: int) -> JsonValue:
    root = bytes.fromhex(content.tree.root)
    mark = page_mark.marked(extras.page_key, content.number, page, pages, root)
    link = page_mark.link(content.host, content.number, mark)
    return list(qr.draw(link.segments, max_version=qr.PAGE_MAX_VERSION, level=LEVEL).png)


def _expected(content: ReportContent) -> int:
    records = content.totals.records / (_FULL_A_PAGE if content.variant is Variant.FULL else _SUMMARY_A_PAGE)
    return round(_FIXED + len(content.domains) / _DOMAINS_A_PAGE + records)

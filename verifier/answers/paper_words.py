"""The pages of one print in the words of one language, and as one JSON object."""

from __future__ import annotations

import json
from collections.abc import Iterable

from domain.wording import Wording, clean
from verifier.paper.prints import Found, Paper, SheetFinding


def paper_lines(paper: Paper, words: Wording) -> Iterable[tuple[str | None, str]]:
    """Yield (catalogue name of a label or None, text), one fact a line."""
    yield "paper", words.text(f"{paper.code}.line")
    if paper.number is not None:
        total = "" if paper.pages is None else " " + words.text("paper_pages_total", pages=paper.pages)
        yield "report", paper.number + total
    if paper.missing:
        pages = words.text("content.comma").join(map(str, paper.missing))
        yield "missing", words.text("paper_missing_pages", pages=pages)
    if paper.unread:
        yield "unread", unread_told(paper, words)
    yield "next", words.text(f"{paper.code}.next")
    yield "caution", words.text("paper_eye")
    for place, each in enumerate(paper.sheets, 1):
        yield None, f"{place}. {_named(each, words)}: {_told(each, words)}"


def unread_told(paper: Paper, words: Wording) -> str:
    """Return how many sheets nobody could read, and which pages may be among them."""
    told = [words.text("paper_unread_count", count=paper.unread)]
    if paper.unseen:
        told.append(
            words.text("paper_unseen_pages", pages=words.text("content.comma").join(map(str, paper.unseen)))
        )
    lacking = len(paper.unseen) - paper.unread
    if lacking > 0:
        told.append(words.text("paper_lacking", count=lacking))
    return words.text("paper_unread_between").join(told)


def _named(each: SheetFinding, words: Wording) -> str:
    name = clean(each.sheet.name)
    return (
        name if each.sheet.place is None else f"{name} {words.text('paper_scan_page', page=each.sheet.place)}"
    )


def _told(each: SheetFinding, words: Wording) -> str:
    found = words.text(f"paper_found_{each.found}", page=each.page)
    if each.page is None:
        return found
    where = words.text("paper_page_of", page=each.page, pages=each.pages)
    other = f" ({each.number})" if each.found in (Found.OTHER_REPORT, Found.MIXED, Found.NOT_OURS) else ""
    return f"{where}; {found}{other}"


def paper_json(paper: Paper) -> str:
    """Return one line: what the whole is, and each sheet."""
    sheets = [
        {
            "file": each.sheet.name,
            "sheet": each.sheet.place,
            "found": each.found.value,
            "number": each.number,
            "page": each.page,
            "pages": each.pages,
        }
        for each in paper.sheets
    ]
    told = {
        "kind": "paper",
        "status": paper.status.value,
        "code": paper.code,
        "number": paper.number,
        "pages": paper.pages,
        "missing": list(paper.missing),
        "unread": paper.unread,
        "unseen": list(paper.unseen),
        "standing": paper.standing,
        "sheets": sheets,
    }
    return json.dumps(told, ensure_ascii=False)

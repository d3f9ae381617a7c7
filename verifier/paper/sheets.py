"""Photographs and scanned pages as sheets with what was read on them; reading is done in the sandbox."""

from __future__ import annotations

from domain.errors import MalformedInput
from domain.reasons import Reason
from verifier.paper.prints import MAX_SHEETS, Sheet
from verifier.pdf.facts import picture_from, sheet_from
from verifier.worker.pool import WorkerPool


def picture_sheet(data: bytes, name: str, workers: WorkerPool) -> tuple[Sheet, ...]:
    """Return the one sheet of a photograph."""
    answer = workers.ask({"job": "picture", "mark": True}, data)
    try:
        if answer.result is None:
            return (_unread(name, None, answer.reason),)
        return (Sheet(name=name, codes=picture_from(answer.result).codes),)
    except MalformedInput:
        return (_unread(name, None, None),)


def scan_sheets(data: bytes, name: str, workers: WorkerPool) -> tuple[Sheet, ...]:
    """Return the sheets of a scan, each read by a job of its own, so that a long scan has time.

    What cannot be opened at all is one sheet that says so.
    """
    sheets: list[Sheet] = []
    count = 1
    while len(sheets) < min(count, MAX_SHEETS):
        place = len(sheets)
        answer = workers.ask({"job": "sheet", "place": place}, data)
        try:
            if answer.result is None:
                sheets.append(_unread(name, place + 1, answer.reason))
                continue
            count, picture = sheet_from(answer.result)
        except MalformedInput:
            sheets.append(_unread(name, place + 1, None))
            continue
        sheets.append(Sheet(name=name, place=place + 1, codes=picture.codes))
    return tuple(sheets)


def _unread(name: str, place: int | None, reason: str | None) -> Sheet:
    word = next((each for each in Reason if each == reason), Reason.READER_FAILED)
    return Sheet(name=name, place=place, codes=(), problem=word.value)

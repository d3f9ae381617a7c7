"""Does what the house says of its reports' status follow from the changes that stand in the log?

The changes, each held to its entry, are the one source.  From them come the word, time and reason
in the register, the value at each place of a list, and what every list said when it was published:
lists are built from ``status_values``, so a value that somebody edits is signed with the next one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from api.services.auditing.book import Book
from api.services.auditing.published_rules import check_publications
from api.services.context import Context
from api.store.entries_status import StatusChange
from api.store.repositories.audit import ReportFacts
from api.store.unit_of_work import UnitOfWork
from domain.errors import CreditDocError
from domain.leaf import LeafType, status_change_digest
from domain.log_replay import Problem, Replay
from domain.status_facts import Standing, standing
from domain.status_list import VALUE_OF
from domain.times import from_milliseconds, milliseconds

_BROKEN = (CreditDocError, ValueError, KeyError, TypeError)
_TABLES = {LeafType.STATUS_CHANGE: "status_changes", LeafType.LIST_PUBLICATION: "status_publications"}


def check_status(context: Context, work: UnitOfWork, replay: Replay, book: Book) -> None:
    """What does not fit stands among the findings, at the change's entry or the published list's."""
    # In the order of the log: an id is only what the row says.
    changes = sorted(work.audit.status_changes(), key=lambda change: change.leaf_index)
    stands = _check_changes(replay, book, changes)
    newest = {change.number: change.leaf_index for change in changes}
    for line in work.audit.reports():
        _check_line(replay, line, stands.get(line.number, standing(())), newest.get(line.number))
    _check_values(work, replay, changes)
    known = {change.leaf_index for change in changes}
    known |= check_publications(context, work, replay, book, changes)
    for row, decoded in book.of(*_TABLES):
        if row.index not in known:
            replay.found(row.index, Problem.ROW_MISSING, table=_TABLES[decoded.type])


def _check_changes(replay: Replay, book: Book, changes: Sequence[StatusChange]) -> dict[str, Standing | None]:
    """Hold each change to its entry; give what stands for each report, None where its acts cannot tell."""
    acts: dict[str, list[StatusChange]] = defaultdict(list)
    stands: dict[str, Standing | None] = {}
    last_id = 0
    for change in changes:
        acts[change.number].append(change)
        stands[change.number] = now = _standing(acts[change.number])
        differs = {
            "word": _digest(change) != book.digest(change.leaf_index),
            "act": now is None or now.word != change.word,
            "at": not _in_time(book, change),
            "id": change.id <= last_id,
        }
        last_id = max(last_id, change.id)
        for column in (name for name, wrong in differs.items() if wrong):
            replay.found(change.leaf_index, Problem.ROW_DIFFERS, table="status_changes", column=column)
    return stands


def _standing(acts: Sequence[StatusChange]) -> Standing | None:
    try:
        return standing(acts)
    except ValueError:
        return None


def _digest(change: StatusChange) -> bytes:
    try:
        value = VALUE_OF[change.word]
        return status_change_digest(change.number, value, change.status_list, change.status_idx, change.salt)
    except _BROKEN:
        return b""


def _in_time(book: Book, change: StatusChange) -> bool:
    """The entry bears the change's time; that of the entry before it where the log was ahead of the clock."""
    found, before = book.rows.get(change.leaf_index), book.entry(change.leaf_index - 1)
    if found is None:
        return True
    (row, entry), at = found, from_milliseconds(milliseconds(change.at))
    held = before is not None and at < entry.time == before.time
    # Where it was ahead, only the entry's row knows the clock.
    return row.appended_at == change.at and (entry.time == at or held)


def _check_line(replay: Replay, line: ReportFacts, stands: Standing | None, newest: int | None) -> None:
    """The register says the word that stands, since when and why."""
    if stands is None:
        return
    expected = {
        "status": stands.word,
        "status_at": stands.since or line.released_at,
        "status_reason": stands.reason,
    }
    for column, value in expected.items():
        if getattr(line, column) != value:
            index = line.leaf_index if newest is None else newest
            replay.found(index, Problem.ROW_DIFFERS, table="reports", column=column)


def _check_values(work: UnitOfWork, replay: Replay, changes: Sequence[StatusChange]) -> None:
    """Each place of a list holds the value of its last change; a place without one has no row."""
    last = {(change.status_list, change.status_idx): change for change in changes}
    for place in work.audit.status_values():
        change = last.pop((place.status_list, place.status_idx), None)
        expected = None if change is None else VALUE_OF.get(change.word)
        if place.value != expected:
            index = place.leaf_index if change is None else change.leaf_index
            replay.found(
                index, Problem.STATUS_VALUE, list=place.status_list, idx=place.status_idx,
                value=place.value, expected=expected,
            )  # fmt: skip
    for change in last.values():
        replay.found(
            change.leaf_index, Problem.ROW_MISSING, table="status_values", list=change.status_list,
            idx=change.status_idx,
        )  # fmt: skip

"""The auditor's desk: what was written when, what looks wrong, any entry with its proof.

An auditor sees what entries are about (numbers, kinds, times), never a record's content.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from api.services.access.looks import alarms
from api.services.context import Context
from api.services.house.two_people import unproven
from api.services.log.ahead import ahead_until
from api.services.log.serving import newest_checkpoint
from api.store.entries import Event, StoredLeaf
from api.store.entries_log import LogAlarm
from api.store.unit_of_work import UnitOfWork
from domain import checkpoint as checkpoints
from domain import leaf as leaves
from domain import note, tlog_proof
from domain.errors import MalformedInput, NotFound
from domain.identifiers import ReportNumber
from domain.leaf import Leaf, LeafType
from domain.times import shanghai_day
from domain.tree_proofs import inclusion_proof

ACTIVITY: Final = timedelta(days=30)
ANSWER_WITHIN: Final = timedelta(minutes=10)
FOUND_AT_MOST: Final = 200
EXPORT_AT_MOST: Final = 100_000
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_INDEX: Final = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One entry as the desk shows it."""

    index: int
    leaf: Leaf
    number: str
    """The report it is about, empty for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What was written on one day in Shanghai."""

    day: date
    counts: dict[LeafType, int]

    @property
    def total(self) -> int:
        """Entries of that day."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The desk's first page."""

    size: int
    head: bytes
    """Signed note of the newest head."""
    newest_at: datetime | None
    days: tuple[Day, ...]
    """Newest first; days without an entry are left out."""
    unanswered: tuple[str, ...]
    """Numbers whose commitment or signature has waited longer than it may."""
    ahead_until: datetime | None
    """The log's newest time where it is ahead of the clock."""
    log_alarms: tuple[LogAlarm, ...]
    staff_alarms: tuple[Event, ...]
    unproven: tuple[Event, ...]
    """Acts of two people whose second did not sign in."""

    @property
    def quiet(self) -> bool:
        """Nothing looks wrong."""
        wrong = (self.unanswered, self.ahead_until, self.log_alarms, self.staff_alarms, self.unproven)
        return not any(wrong)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """One entry with its way to the newest head."""

    shown: Shown
    size: int
    hashes: tuple[bytes, ...]
    proof: bytes
    """C2SP tlog-proof, checkable by any reader of that format."""
    leaf: bytes


def overview(context: Context, now: datetime) -> Overview:
    """Give what the desk shows at ``now``; NotFound ``log_empty`` before the first entry."""
    with context.store.reading() as work:
        size, _ = work.log.head()
        last = work.log.leaf(size - 1) if size else None
        return Overview(
            size=size,
            head=newest_checkpoint(work),
            newest_at=None if last is None else leaves.decode(last.leaf).time,
            days=_days(work, now),
            unanswered=tuple(_unanswered(work, now)),
            ahead_until=ahead_until(work, now),
            log_alarms=work.witnesses.alarms(),
            staff_alarms=alarms(work),
            unproven=unproven(work),
        )


def find(context: Context, text: str) -> tuple[Shown, ...]:
    """Give the entries that ``text`` names: a report number, a place in the log, or a SHA-256.

    A SHA-256 finds the entry that carries it (of a signed file, a receipt, a status list).
    At most 200, in the order of the log.  MalformedInput ``audit_search_form``.
    """
    wanted = "".join(text.split())
    with context.store.reading() as work:
        if _SHA256.fullmatch(wanted.lower()):
            return tuple(map(_shown, work.log.by_digest(bytes.fromhex(wanted), FOUND_AT_MOST)))
        if _INDEX.fullmatch(wanted):
            stored = work.log.leaf(int(wanted))
            return () if stored is None else (_shown(stored),)
        number = _number(wanted)
        return tuple(map(_shown, work.log.leaves_of(number)[:FOUND_AT_MOST]))


def place(text: str) -> int:
    """Give the place in the log that ``text`` spells; MalformedInput ``audit_search_form``."""
    if _INDEX.fullmatch(text) is None:
        raise MalformedInput("audit_search_form")
    return int(text)


def proven(context: Context, index: int) -> Proven:
    """Give the entry at ``index`` with its proof under the newest head; NotFound ``audit_no_entry``."""
    with context.store.reading() as work:
        stored = work.log.leaf(index) if 0 <= index < 1 << 62 else None
        if stored is None:
            raise NotFound("audit_no_entry", index=index)
        signed = newest_checkpoint(work)
        size = checkpoints.decode(note.decode(signed).text).size
        hashes = inclusion_proof(index, size, work.log.nodes)
    proof = tlog_proof.TlogProof(index=index, hashes=hashes, checkpoint=signed)
    return Proven(
        shown=_shown(stored), size=size, hashes=hashes, proof=tlog_proof.encode(proof), leaf=stored.leaf
    )


def entries(context: Context, start: int, count: int) -> Iterator[Shown]:
    """Give ``count`` entries (at most 100,000) from ``start`` on, for export."""
    with context.store.reading() as work:
        yield from map(_shown, work.log.leaves(max(start, 0), min(count, EXPORT_AT_MOST)))


def _shown(stored: StoredLeaf) -> Shown:
    return Shown(index=stored.index, leaf=leaves.decode(stored.leaf), number=stored.number)


def _number(text: str) -> str:
    try:
        return str(ReportNumber.parse_typed(text))
    except MalformedInput as error:
        raise MalformedInput("audit_search_form") from error


def _days(work: UnitOfWork, now: datetime) -> tuple[Day, ...]:
    days: dict[date, dict[LeafType, int]] = {}
    for started, kind, count in work.log.counts_by_day(now - ACTIVITY):
        days.setdefault(shanghai_day(started), {})[LeafType(kind)] = count
    return tuple(Day(day=day, counts=days[day]) for day in sorted(days, reverse=True))


def _unanswered(work: UnitOfWork, now: datetime) -> Iterator[str]:
    """Yield what breaks the rule that every commitment and intent is answered within ten minutes."""
    yield from (number for number, at in work.drafts.unanswered() if now - at > ANSWER_WITHIN)
    yield from (
        intent.number
        for intent in work.drafts.intents(outcome="open")
        if now - intent.made_at > ANSWER_WITHIN
    )

"""Changes of a report's status: one act, one row, one leaf; the register says what stands after it.

``valid`` comes only from suspended, revoked and superseded are final, ``data_changed`` belongs to
the intake (:mod:`api.services.status.late`).  Facts are kept apart (:mod:`domain.status_facts`):
whoever lifts a suspension does not lift a change of data.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from api.services.context import Context
from api.services.issuing import log as logbook
from api.services.issuing.review import require_operator
from api.store.entries import Event, Registered
from api.store.entries_status import StatusChange
from api.store.unit_of_work import UnitOfWork
from domain.errors import Conflict, InvariantBroken, MalformedInput, NotFound, Refused
from domain.identifiers import ReportNumber, hide_person_numbers
from domain.leaf import SALT_BYTES, Leaf, LeafType, status_change_digest
from domain.status_facts import FINAL, Act, Standing, standing
from domain.status_list import VALUE_OF
from keys.roles import Role

MAX_REASON: Final = 200
"""Whoever holds the report reads the reason."""
_ACTS: Final = {
    "revoked": Act.REVOKED,
    "superseded": Act.SUPERSEDED,
    "suspended": Act.SUSPENDED,
    "valid": Act.RESUMED,
}
WORDS: Final = tuple(_ACTS)
"""What a person may set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusStory:
    """A report's status with everything that led to it."""

    line: Registered
    standing: Standing
    changes: tuple[StatusChange, ...]


def set_status(context: Context, number: str, word: str, reason: str, *, by: str) -> StatusChange:
    """Give the report another status and say why; readers of the list see it within a minute.

    Raises MalformedInput ``number_form``, ``status_word_unknown``, ``reason_too_long``; NotFound
    ``number_unknown_here``; Refused ``not_an_operator``, ``reason_needed``, ``status_final``,
    ``status_not_suspended``; Conflict ``status_same``.
    """
    parsed = str(ReportNumber.parse_typed(number))
    act, said = act_of(word), reason_of(reason)
    with context.store.writing() as work:
        now = context.clock()
        require_operator(work, by)
        line = released(work, parsed)
        require_allowed(line.number, act, standing(work.status.changes_of(line.number)))
        change = record(context, work, line.number, act, said, by=by, cause="operator", now=now)
        work.house.record(
            Event(at=now, actor=by, act=f"status_{act}", subject=line.subject, number=parsed, reason=said)
        )
        work.commit()
    return change


def story(context: Context, number: str) -> StatusStory:
    """Give what happened to the report; MalformedInput ``number_form``, NotFound ``number_unknown_here``."""
    parsed = str(ReportNumber.parse_typed(number))
    with context.store.reading() as work:
        line = released(work, parsed)
        changes = work.status.changes_of(parsed)
    return StatusStory(line=line, standing=standing(changes), changes=changes)


def released(work: UnitOfWork, number: str) -> Registered:
    """Give the register's line; NotFound ``number_unknown_here``."""
    line = work.reports.get(number)
    if line is None:
        raise NotFound("number_unknown_here", number=number)
    return line


def act_of(word: str) -> Act:
    """Give the act by which a person sets ``word``; MalformedInput ``status_word_unknown``."""
    act = _ACTS.get(word)
    if act is None:
        raise MalformedInput("status_word_unknown", word=word[:20], known=", ".join(WORDS))
    return act


def reason_of(text: str) -> str:
    """Give the reason, fit for anybody; Refused ``reason_needed``, MalformedInput ``reason_too_long``."""
    said = hide_person_numbers(" ".join(text.split()))
    if not said:
        raise Refused("reason_needed")
    if len(said) > MAX_REASON:
        raise MalformedInput("reason_too_long", limit=MAX_REASON)
    return said


def require_allowed(number: str, act: Act, now: Standing) -> None:
    """Return only if ``act`` may follow what stands; raises as :func:`set_status`."""
    if act.value in now.facts:
        raise Conflict("status_same", number=number, word=act.value)
    # A superseded report may still be revoked (a lost key); nothing goes the other way.
    if "revoked" in now.facts or (now.facts & FINAL and act is not Act.REVOKED):
        raise Refused("status_final", number=number, word=now.word)
    if act is Act.RESUMED and "suspended" not in now.facts:
        raise Refused("status_not_suspended", number=number, word=now.word)


def record(
    context: Context,
    work: UnitOfWork,
    number: str,
    act: Act,
    reason: str,
    *,
    by: str,
    cause: str,
    now: datetime,
    second: str | None = None,
) -> StatusChange:
    """Write one act with its leaf, the value of its place and the register's word; the caller commits."""
    place = work.status.place_of(number)
    if place is None:
        raise InvariantBroken("not_reserved", number=number)
    before = work.status.changes_of(number)
    made = StatusChange(
        number=number, status_list=place[0], status_idx=place[1], act=act.value, word="", reason=reason,
        by=by, second=second, at=now, salt=context.entropy(SALT_BYTES), leaf_index=0, cause=cause,
    )  # fmt: skip
    stands, stood = standing((*before, made)), standing(before)
    value = VALUE_OF[stands.word]
    digest = status_change_digest(number, value, place[0], place[1], made.salt)
    key_id = context.keys.private(Role.STATUS).key_id
    logged = logbook.append(
        context,
        work,
        lambda moment: Leaf(LeafType.STATUS_CHANGE, key_id, moment, digest),
        now=now,
        number=number,
    )
    kept = StatusChange(
        number=number, status_list=place[0], status_idx=place[1], act=act.value, word=stands.word,
        reason=reason, by=by, second=second, at=now, salt=made.salt, leaf_index=logged.index,
        cause=cause,
    )  # fmt: skip
    if (stands.word, stands.reason) != (stood.word, stood.reason):
        work.reports.set_status(number, stands.word, stands.reason, stands.since or now)
    return work.status.add_change(kept, value)

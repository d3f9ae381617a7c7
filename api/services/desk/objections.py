"""异议: taken down from the subject online or by the window, ended by who filed or who answers it (R27, R32).

An end is written once and for good.  Which unit answers, and by when, begins with what stands here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from api.services.access.looks import look_by, record_look
from api.services.access.principal import Principal
from api.services.access.table import inside, require
from api.services.context import Context
from api.services.desk import own
from api.store.entries_desk import Objection, ObjectionEnd
from api.store.unit_of_work import UnitOfWork
from domain.errors import MalformedInput, NotFound, Refused
from domain.identifiers import hide_person_numbers, uuid7
from domain.times import shanghai_day
from records.model import Subject

AGAINST: Final = (
    "record", "base_data", "not_mine", "missing_repair", "omission", "period", "report",
)  # fmt: skip
"""What an objection may be against, in the order of R32."""
WITHDRAWN: Final = "withdrawn"
OUTCOMES: Final = ("upheld", "refused")
"""How the operator may end one; the subject may withdraw it."""
MAX_TEXT: Final = 2000
_TEXT: Final = "objection"
_RANDOM_BYTES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What somebody objects to, as it came."""

    against: str
    number: str
    """The report in which it was found; empty for none."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """An objection as its subject or the operator reads it."""

    reference: str
    subject: Subject
    against: str
    number: str | None
    text: str
    channel: str
    at: datetime
    outcome: str | None
    """None while it is open; else ``withdrawn``, ``upheld`` or ``refused``."""
    ended_at: datetime | None
    answer: str | None
    """What the operator wrote to the subject."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the operator's list, without what was written."""

    reference: str
    name: str
    against: str
    channel: str
    at: datetime
    outcome: str | None


def file(
    context: Context,
    principal: Principal,
    subject: Subject,
    said: Said,
    *,
    channel: str,
    purpose: str,
    visit: UUID | None = None,
) -> str:
    """The objection is kept, its text sealed, and stands in the subject's access list; give its 受理编号.

    Raises MalformedInput ``objection_against`` or ``objection_text``, NotFound ``not_found`` for a
    report that is not the subject's.
    """
    text = hide_person_numbers(said.text.strip())
    if said.against not in AGAINST:
        raise MalformedInput("objection_against")
    if not text or len(text) > MAX_TEXT:
        raise MalformedInput("objection_text", limit=MAX_TEXT)
    if principal.person is None:
        raise Refused("sign_in_needed")
    now = context.clock()
    id_ = uuid7(now, context.entropy)
    day = shanghai_day(now).strftime("%Y%m%d")
    with context.store.writing() as work:
        line = own.require_report(work, subject, said.number) if said.number.strip() else None
        made = Objection(
            id=id_,
            reference=f"YY{day}{context.entropy(_RANDOM_BYTES).hex().upper()}",
            subject=subject.id,
            against=said.against,
            number=None if line is None else line.number,
            text_sealed=context.vault.seal(text.encode("utf-8", "replace"), f"{_TEXT}:{id_}"),
            channel=channel,
            visit=visit,
            by=principal.person,
            at=now,
        )
        work.desk.object(made)
        look = look_by(
            context, principal, act="objection", subject=subject.id, purpose=purpose, number=made.number
        )
        record_look(context, work, look)
        work.commit()
    return made.reference


def of_subject(context: Context, subject: Subject) -> tuple[Filed, ...]:
    """Give the subject's own objections, newest first."""
    with context.store.reading() as work:
        found = work.desk.objections(subject=subject.id)
        ends = work.desk.objection_ends(each.id for each in found)
    return tuple(_filed(context, each, subject, ends.get(each.id)) for each in found)


def of_visit(context: Context, subject: Subject, visit: UUID) -> tuple[Filed, ...]:
    """Give what was taken down at one visit, newest first."""
    with context.store.reading() as work:
        found = work.desk.objections(visit=visit)
        ends = work.desk.objection_ends(each.id for each in found)
    own_ones = [each for each in found if each.subject == subject.id]
    return tuple(_filed(context, each, subject, ends.get(each.id)) for each in own_ones)


def listed(context: Context, territory: str | None) -> tuple[Line, ...]:
    """Give the newest objections of the operator's territory, without what was written."""
    with context.store.reading() as work:
        pairs = [(each, work.subjects.by_id(each.subject)) for each in work.desk.objections()]
        ends = work.desk.objection_ends(each.id for each, _ in pairs)
    return tuple(
        Line(
            reference=each.reference,
            name=subject.name,
            against=each.against,
            channel=each.channel,
            at=each.at,
            outcome=ends[each.id].outcome if each.id in ends else None,
        )
        for each, subject in pairs
        if subject is not None and inside(territory, subject)
    )


def opened(context: Context, principal: Principal, reference: str) -> Filed:
    """Give one objection to the operator; the look stands in the subject's access list.

    Raises NotFound ``not_found`` for none and for one outside the operator's territory.
    """
    with context.store.writing() as work:
        found = work.desk.objection(reference)
        subject = None if found is None else work.subjects.by_id(found.subject)
        if found is None or subject is None:
            raise NotFound("not_found")
        purpose = f"办理异议 {found.reference}"
        require(principal, "objection_read", subject=subject, reason=purpose)
        record_look(
            context, work, look_by(context, principal, act="view", subject=subject.id, purpose=purpose)
        )
        end = work.desk.objection_ends((found.id,)).get(found.id)
        work.commit()
    return _filed(context, found, subject, end)


def withdraw(context: Context, principal: Principal, subject: Subject, reference: str) -> None:
    """The subject's own objection is open no more, and its access list says so.

    Raises NotFound ``not_found`` for one that is not the subject's, Conflict ``objection_ended``.
    """
    with context.store.writing() as work:
        found = work.desk.objection(reference)
        if found is None or found.subject != subject.id:
            raise NotFound("not_found")
        _end(context, work, principal, found, WITHDRAWN, None, f"撤回异议 {reference}")
        work.commit()


def answer(context: Context, principal: Principal, reference: str, outcome: str, text: str) -> None:
    """The operator's answer stands with the objection, which is open no more; the subject reads it.

    What was wrong is mended by the unit's own file; this says only that it was dealt with.  Raises
    MalformedInput ``objection_outcome`` or ``objection_text``, NotFound ``not_found``, Conflict
    ``objection_ended``.
    """
    said = hide_person_numbers(text.strip())
    if outcome not in OUTCOMES:
        raise MalformedInput("objection_outcome")
    if not said or len(said) > MAX_TEXT:
        raise MalformedInput("objection_text", limit=MAX_TEXT)
    with context.store.writing() as work:
        found = work.desk.objection(reference)
        subject = None if found is None else work.subjects.by_id(found.subject)
        if found is None or subject is None:
            raise NotFound("not_found")
        purpose = f"答复异议 {found.reference}"
        require(principal, "objection_answer", subject=subject, reason=purpose)
        _end(context, work, principal, found, outcome, said, purpose)
        work.commit()


def _end(
    context: Context,
    work: UnitOfWork,
    principal: Principal,
    kept: Objection,
    outcome: str,
    said: str | None,
    purpose: str,
) -> None:
    if principal.person is None:
        raise Refused("sign_in_needed")
    sealed = None if said is None else context.vault.seal(said.encode("utf-8", "replace"), _answer(kept.id))
    work.desk.end_objection(
        ObjectionEnd(
            objection=kept.id, outcome=outcome, answer_sealed=sealed, by=principal.person, at=context.clock()
        )
    )
    look = look_by(
        context, principal, act="objection", subject=kept.subject, purpose=purpose, number=kept.number
    )
    record_look(context, work, look)


def _answer(id_: UUID) -> str:
    return f"{_TEXT}-answer:{id_}"


def _filed(context: Context, kept: Objection, subject: Subject, end: ObjectionEnd | None) -> Filed:
    sealed = None if end is None else end.answer_sealed
    return Filed(
        reference=kept.reference,
        subject=subject,
        against=kept.against,
        number=kept.number,
        text=context.vault.unseal(kept.text_sealed, f"{_TEXT}:{kept.id}").decode(),
        channel=kept.channel,
        at=kept.at,
        outcome=None if end is None else end.outcome,
        ended_at=None if end is None else end.at,
        answer=None if sealed is None else context.vault.unseal(sealed, _answer(kept.id)).decode(),
    )

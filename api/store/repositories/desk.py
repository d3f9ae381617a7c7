"""What the desks keep: prints, visits, views of drafts, feedback, and writes answered once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Connection, CursorResult, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from api.store.entries_desk import Answered, DraftView, Feedback, Objection, ObjectionEnd, Print, Visit
from api.store.repositories.rows import build, columns, table_of
from api.store.tables import (
    DraftViewRow,
    FeedbackRow,
    IdempotencyRow,
    LookRow,
    ObjectionEndRow,
    ObjectionRow,
    PrintRow,
    ReportRow,
    VisitRow,
)
from domain.errors import Conflict

_PRINTS, _VISITS, _VIEWS = table_of(PrintRow), table_of(VisitRow), table_of(DraftViewRow)
_FEEDBACK, _ANSWERED, _REPORTS = table_of(FeedbackRow), table_of(IdempotencyRow), table_of(ReportRow)
_LOOKS, _OBJECTIONS, _ENDS = table_of(LookRow), table_of(ObjectionRow), table_of(ObjectionEndRow)
_VISIT = [column for column in _VISITS.columns if column.name != "scan_sealed"]
# Made once: building a statement costs more than carrying it out, and each verdict asks this.
_OPEN: Any = (
    select(func.count())
    .select_from(_OBJECTIONS.outerjoin(_ENDS, _ENDS.c.objection == _OBJECTIONS.c.id))
    .where(
        _OBJECTIONS.c.number == bindparam("number"),
        _OBJECTIONS.c.at <= bindparam("moment"),
        or_(_ENDS.c.at.is_(None), _ENDS.c.at > bindparam("moment")),
    )
)
MOST = 200
"""Lines of a list that a person reads."""


class DeskRepository:
    """Prints, visits and views of drafts."""

    def __init__(self, connection: Connection) -> None:
        """Read and write through ``connection``; never commit."""
        self._connection = connection

    def printed(self, done: Print) -> None:
        """Add copies that a printer took."""
        self._connection.execute(insert(_PRINTS), columns(done))

    def prints(self, number: str) -> tuple[Print, ...]:
        """Give the prints of report ``number``, oldest first."""
        query = select(_PRINTS).where(_PRINTS.c.number == number).order_by(_PRINTS.c.at, _PRINTS.c.id)
        return tuple(build(Print, row) for row in self._connection.execute(query).mappings())

    def copies(self, numbers: Sequence[str]) -> dict[str, int]:
        """Give how many copies of each of ``numbers`` were printed; none where none were."""
        query = select(_PRINTS.c.number, func.sum(_PRINTS.c.copies)).where(_PRINTS.c.number.in_(numbers))
        rows = self._connection.execute(query.group_by(_PRINTS.c.number))
        return {number: int(count) for number, count in rows}

    def visit(self, visit: Visit, scan_sealed: bytes | None) -> None:
        """Add an applicant at the window; the scan stands in a column that no list reads."""
        self._connection.execute(insert(_VISITS), {**columns(visit), "scan_sealed": scan_sealed})

    def visit_of(self, id_: UUID) -> Visit | None:
        """Give the visit ``id_``, without its scan."""
        row = self._connection.execute(select(*_VISIT).where(_VISITS.c.id == id_)).mappings().first()
        return None if row is None else build(Visit, row)

    def scan_of(self, id_: UUID) -> bytes | None:
        """Give the scan of visit ``id_``, sealed."""
        return self._connection.execute(select(_VISITS.c.scan_sealed).where(_VISITS.c.id == id_)).scalar()

    def viewed(self, view: DraftView) -> None:
        """Add that somebody opened a draft."""
        self._connection.execute(insert(_VIEWS), columns(view))

    def views(self, application: UUID) -> tuple[DraftView, ...]:
        """Give who opened the draft of ``application``, oldest first."""
        query = select(_VIEWS).where(_VIEWS.c.application == application).order_by(_VIEWS.c.at)
        return tuple(build(DraftView, row) for row in self._connection.execute(query).mappings())

    def object(self, objection: Objection) -> None:
        """Add an objection."""
        self._connection.execute(insert(_OBJECTIONS), columns(objection))

    def objection(self, reference: str) -> Objection | None:
        """Give the objection with that 受理编号."""
        query = select(_OBJECTIONS).where(_OBJECTIONS.c.reference == reference)
        row = self._connection.execute(query).mappings().first()
        return None if row is None else build(Objection, row)

    def objections(
        self, *, subject: UUID | None = None, visit: UUID | None = None, most: int = MOST
    ) -> tuple[Objection, ...]:
        """Give the newest objections, of one subject or taken down at one visit."""
        query = select(_OBJECTIONS).order_by(_OBJECTIONS.c.at.desc(), _OBJECTIONS.c.id.desc()).limit(most)
        if subject is not None:
            query = query.where(_OBJECTIONS.c.subject == subject)
        if visit is not None:
            query = query.where(_OBJECTIONS.c.visit == visit)
        return tuple(build(Objection, row) for row in self._connection.execute(query).mappings())

    def end_objection(self, end: ObjectionEnd) -> None:
        """Add how an objection ended; Conflict ``objection_ended`` for one that has ended."""
        try:
            self._connection.execute(insert(_ENDS), columns(end))
        except IntegrityError as error:
            raise Conflict("objection_ended") from error

    def objection_ends(self, objections: Iterable[UUID]) -> dict[UUID, ObjectionEnd]:
        """Give how those of ``objections`` ended that have."""
        query = select(_ENDS).where(_ENDS.c.objection.in_(tuple(objections)))
        ends = (build(ObjectionEnd, row) for row in self._connection.execute(query).mappings())
        return {end.objection: end for end in ends}

    def open_objections(self, number: str, moment: datetime) -> int:
        """Give how many objections to report ``number`` were open at ``moment``."""
        found = self._connection.execute(_OPEN, {"number": number, "moment": moment})
        return int(found.scalar_one())

    def objected_since(self, moment: datetime) -> frozenset[UUID]:
        """Give the subjects of whom an objection came or ended after ``moment``."""
        both = _OBJECTIONS.outerjoin(_ENDS, _ENDS.c.objection == _OBJECTIONS.c.id)
        query = select(_OBJECTIONS.c.subject).select_from(both).distinct()
        moved = or_(_OBJECTIONS.c.at > moment, _ENDS.c.at > moment)
        return frozenset(self._connection.execute(query.where(moved)).scalars())

    def subjects_counted(self) -> dict[UUID, int]:
        """Give how many released reports there are about each subject."""
        query = select(_REPORTS.c.subject, func.count()).group_by(_REPORTS.c.subject)
        return {subject: int(count) for subject, count in self._connection.execute(query)}

    def templates(self) -> tuple[tuple[str, datetime, datetime, int], ...]:
        """Give each template version with its first and last release and how many reports it made."""
        when = _REPORTS.c.released_at
        query = select(_REPORTS.c.template, func.min(when), func.max(when), func.count())
        rows = self._connection.execute(query.group_by(_REPORTS.c.template).order_by(func.min(when)))
        return tuple((name, first, last, int(count)) for name, first, last, count in rows)

    def counts_of(self, column: str) -> dict[str | None, int]:
        """Give how many released reports there are per ``channel`` or ``matter``."""
        by = _REPORTS.c[column]
        query = select(by, func.count()).group_by(by)
        return {key: int(count) for key, count in self._connection.execute(query)}

    def receivers(self, roles: Sequence[str]) -> dict[str | None, int]:
        """Give how many looks each organisation took under a grant, of those that come in ``roles``.

        A subject's own acts on its grants stand among the looks too, and its name is nobody's figure.
        """
        by = _LOOKS.c.organisation_name
        asked = _LOOKS.c.grant.is_not(None) & by.is_not(None) & _LOOKS.c.viewer_role.in_(roles)
        query = select(by, func.count()).where(asked).group_by(by)
        return {key: int(count) for key, count in self._connection.execute(query)}


class FeedbackRepository:
    """问题反馈 and its answers."""

    def __init__(self, connection: Connection) -> None:
        """Read and write through ``connection``; never commit."""
        self._connection = connection

    def add(self, note: Feedback) -> None:
        """Keep a new note."""
        self._connection.execute(insert(_FEEDBACK), columns(note))

    def get(self, id_: UUID) -> Feedback | None:
        """Give the note ``id_``."""
        return self._one(_FEEDBACK.c.id == id_)

    def by_reference(self, reference_hash: bytes) -> Feedback | None:
        """Give the note whose reference has that keyed hash."""
        return self._one(_FEEDBACK.c.reference_hash == reference_hash)

    def _one(self, condition: Any) -> Feedback | None:
        row = self._connection.execute(select(_FEEDBACK).where(condition)).mappings().first()
        return None if row is None else build(Feedback, row)

    def in_state(self, state: str, most: int = MOST) -> tuple[Feedback, ...]:
        """Give the oldest notes in ``state``."""
        query = select(_FEEDBACK).where(_FEEDBACK.c.state == state).order_by(_FEEDBACK.c.made_at).limit(most)
        return tuple(build(Feedback, row) for row in self._connection.execute(query).mappings())

    def answer(self, id_: UUID, answer: str, by: str, now: datetime) -> None:
        """The open note is answered; Conflict ``feedback_answered`` if it was already."""
        one = update(_FEEDBACK).where(_FEEDBACK.c.id == id_, _FEEDBACK.c.state == "open")
        values = {"state": "answered", "answer": answer, "answered_by": by, "answered_at": now}
        if cast(CursorResult[Any], self._connection.execute(one.values(**values))).rowcount != 1:
            raise Conflict("feedback_answered")

    def counts(self) -> dict[tuple[str, str, str], int]:
        """Give how many notes there are per page, channel and state."""
        by = (_FEEDBACK.c.page, _FEEDBACK.c.channel, _FEEDBACK.c.state)
        rows = self._connection.execute(select(*by, func.count()).group_by(*by))
        return {(page, channel, state): int(count) for page, channel, state, count in rows}


class OnceRepository:
    """Writes that come with a key: the first is carried out, a repeat gets the first one's answer."""

    def __init__(self, connection: Connection) -> None:
        """Read and write through ``connection``; never commit."""
        self._connection = connection

    def begin(self, entry: Answered) -> bool:
        """Take the key; False when somebody took it before."""
        self.forget_expired(entry.made_at)
        try:
            with self._connection.begin_nested():
                self._connection.execute(insert(_ANSWERED), columns(entry))
        except IntegrityError:
            return False
        return True

    def forget_expired(self, now: datetime) -> None:
        """Keys and answers past their time are gone."""
        self._connection.execute(delete(_ANSWERED).where(_ANSWERED.c.expires_at <= now))

    def get(self, key_hash: bytes) -> Answered | None:
        """Give what is kept under a key."""
        query = select(_ANSWERED).where(_ANSWERED.c.key_hash == key_hash)
        row = self._connection.execute(query).mappings().first()
        return None if row is None else build(Answered, row)

    def answer(self, key_hash: bytes, status: int, answer_sealed: bytes, expires_at: datetime) -> None:
        """Keep the answer given, until ``expires_at``."""
        one = update(_ANSWERED).where(_ANSWERED.c.key_hash == key_hash)
        values = {"status": status, "answer_sealed": answer_sealed, "expires_at": expires_at}
        self._connection.execute(one.values(**values))

    def forget(self, key_hash: bytes) -> None:
        """Free the key of a write that changed nothing."""
        self._connection.execute(delete(_ANSWERED).where(_ANSWERED.c.key_hash == key_hash))

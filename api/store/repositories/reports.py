"""Reservations, drafts, intents, the register, its codes and waiting applications."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Connection, CursorResult, and_, bindparam, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from api.store.entries import Application, Codes, Draft, Intent, Registered, Reservation
from api.store.repositories.rows import build, chunks, columns, table_of
from api.store.tables import (
    ApplicationRow,
    CodeRow,
    DraftRow,
    IntentRow,
    KeyUseRow,
    ReadingRow,
    ReportRow,
    ReservationRow,
)
from domain.errors import Conflict, InvariantBroken

_RESERVED, _DRAFTS, _INTENTS = table_of(ReservationRow), table_of(DraftRow), table_of(IntentRow)
_USES, _CODES, _WAITING = table_of(KeyUseRow), table_of(CodeRow), table_of(ApplicationRow)
_REPORTS, _READINGS = table_of(ReportRow), table_of(ReadingRow)
_LINE = [column for column in _REPORTS.columns if column.name != "file_sealed"]
# Made once: building a statement costs more than carrying it out, and each verdict asks these.
_LINE_NAMES = [column.name for column in _LINE]
_CODE_NAMES = [column.name for column in _CODES.columns]
_BY_NUMBER = select(*_LINE).where(_REPORTS.c.number == bindparam("number"))
_BY_FILE = select(*_LINE).where(_REPORTS.c.file_sha256 == bindparam("sha256"))
_READING = select(_READINGS.c.sealed).where(
    _READINGS.c.number == bindparam("number"), _READINGS.c.under == bindparam("under")
)

_CODES_OF = select(_CODES).where(_CODES.c.number == bindparam("number"))


class DraftRepository:
    """A report on its way: reservation, draft, intents."""

    def __init__(self, connection: Connection) -> None:
        """Read and write through ``connection``; never commit."""
        self._connection = connection

    def reserve(self, reservation: Reservation) -> None:
        """Take the number and the status index for good; Conflict ``number_taken`` if either is taken.

        After a conflict the transaction is over: the caller leaves it and begins anew.
        """
        try:
            self._connection.execute(insert(_RESERVED), columns(reservation))
        except IntegrityError as error:
            raise Conflict("number_taken", number=reservation.number) from error

    def reservation(self, number: str) -> Reservation | None:
        """Give the reservation of ``number``."""
        query = select(_RESERVED).where(_RESERVED.c.number == number)
        row = self._connection.execute(query).mappings().first()
        return None if row is None else build(Reservation, row)

    def add(self, draft: Draft) -> None:
        """Store what is committed to the log."""
        self._connection.execute(insert(_DRAFTS), columns(draft))

    def get(self, number: str) -> Draft | None:
        """Give the draft of ``number``."""
        row = self._connection.execute(select(_DRAFTS).where(_DRAFTS.c.number == number)).mappings().first()
        return None if row is None else build(Draft, row)

    def unanswered(self, *, or_owed: bool = False) -> tuple[tuple[str, datetime], ...]:
        """Give number and instant of commitment of what is neither released nor void, oldest first.

        With ``or_owed`` then also the void ones whose order is still to be issued under a new number.
        The drafts' own bytes stay where they are: many may be on their way at the same time.
        """
        states = ("open", "owed") if or_owed else ("open",)
        # "open" also comes first by the alphabet.
        query = select(_DRAFTS.c.number, _DRAFTS.c.committed_at).where(_DRAFTS.c.state.in_(states))
        query = query.order_by(_DRAFTS.c.state, _DRAFTS.c.committed_at)
        return tuple((number, at) for number, at in self._connection.execute(query))

    def settle(self, number: str) -> bool:
        """Make an owed draft simply void; False when nothing was owed for ``number``."""
        one = update(_DRAFTS).where(_DRAFTS.c.number == number, _DRAFTS.c.state == "owed")
        return _count(self._connection.execute(one.values(state="void"))) == 1

    def close(self, number: str, state: str) -> None:
        """End an open draft as ``released``, ``void`` or ``owed``; the unsigned file is dropped."""
        one = update(_DRAFTS).where(_DRAFTS.c.number == number, _DRAFTS.c.state == "open")
        if _count(self._connection.execute(one.values(state=state, b0_sealed=None))) != 1:
            raise InvariantBroken("draft_not_open", number=number)

    def intend(self, intent: Intent) -> None:
        """Store the intent and count one use of the report key, before the key is used."""
        self._connection.execute(insert(_INTENTS), columns(intent))
        use = {"role": "report", "key_id": intent.key_id, "number": intent.number, "used_at": intent.made_at}
        self._connection.execute(insert(_USES), use)

    def intents(self, number: str | None = None, *, outcome: str | None = None) -> tuple[Intent, ...]:
        """Give intents, oldest first, of one number or with one outcome."""
        query = select(_INTENTS).order_by(_INTENTS.c.made_at, _INTENTS.c.id)
        if number is not None:
            query = query.where(_INTENTS.c.number == number)
        if outcome is not None:
            query = query.where(_INTENTS.c.outcome == outcome)
        return tuple(build(Intent, row) for row in self._connection.execute(query).mappings())

    def answer(self, intent: UUID, outcome: str, leaf_index: int) -> None:
        """Give an open intent its one answer: the ``file`` or the ``void`` leaf at ``leaf_index``."""
        one = update(_INTENTS).where(_INTENTS.c.id == intent, _INTENTS.c.outcome == "open")
        if _count(self._connection.execute(one.values(outcome=outcome, leaf_index=leaf_index))) != 1:
            raise InvariantBroken("intent_not_open", intent=str(intent))

    def key_uses(self) -> int:
        """Give how often the report key was used or about to be used."""
        return len(self._connection.execute(select(_USES.c.id).where(_USES.c.role == "report")).all())


class ReportRepository:
    """The register."""

    def __init__(self, connection: Connection) -> None:
        """Read and write through ``connection``; never commit."""
        self._connection = connection

    def add(self, line: Registered, file_sealed: bytes) -> None:
        """Enter a released report with its bytes, sealed."""
        self._connection.execute(insert(_REPORTS), {**columns(line), "file_sealed": file_sealed})

    def add_codes(self, codes: Codes) -> None:
        """Store the keyed hashes of what is printed for a person."""
        self._connection.execute(insert(_CODES), columns(codes))

    def codes(self, number: str) -> Codes | None:
        """Give the keyed hashes for ``number``."""
        row = self._connection.execute(_CODES_OF, {"number": number}).first()
        return None if row is None else Codes(**dict(zip(_CODE_NAMES, row, strict=True)))

    def count_wrong_try(self, number: str) -> None:
        """Count one wrong code for ``number``; what has no line yet gets one that no code ever fits."""
        one = update(_CODES).where(_CODES.c.number == number)
        if _count(self._connection.execute(one.values(wrong_tries=_CODES.c.wrong_tries + 1))) == 0:
            line = {"number": number, "hash_version": 0, "code_hash": b"", "paper_secret_hash": b""}
            self._connection.execute(insert(_CODES), {**line, "wrong_tries": 1})

    def replace_code(self, number: str, code_hash: bytes) -> None:
        """Another 核验码 holds for ``number``, and no wrong try is counted against it yet."""
        one = update(_CODES).where(_CODES.c.number == number)
        self._connection.execute(one.values(code_hash=code_hash, wrong_tries=0))

    def get(self, number: str) -> Registered | None:
        """Give the register's line for ``number``."""
        return self._line(_BY_NUMBER, {"number": number})

    def by_file(self, sha256: str) -> Registered | None:
        """Give the line of the report whose file has that SHA-256 (lower-case hex)."""
        return self._line(_BY_FILE, {"sha256": sha256})

    def _line(self, query: Any, values: dict[str, str]) -> Registered | None:
        row = self._connection.execute(query, values).first()
        if row is None:
            return None
        found = dict(zip(_LINE_NAMES, row, strict=True))
        return Registered(**found | {"domains": tuple(found["domains"])})

    def file(self, number: str) -> bytes | None:
        """Give the released bytes of ``number``, sealed."""
        return self._connection.execute(
            select(_REPORTS.c.file_sealed).where(_REPORTS.c.number == number)
        ).scalar()

    def reading(self, number: str, under: str) -> bytes | None:
        """Give the sealed reading of ``number``'s file that was made ``under`` that, None for any other."""
        return self._connection.execute(_READING, {"number": number, "under": under}).scalar()

    def keep_reading(self, number: str, under: str, sealed: bytes) -> None:
        """Keep the reading of ``number``'s file in the place of an older one."""
        self._connection.execute(delete(_READINGS).where(_READINGS.c.number == number))
        self._connection.execute(insert(_READINGS), {"number": number, "under": under, "sealed": sealed})

    def of_subject(self, subject: UUID) -> tuple[Registered, ...]:
        """Give the reports about ``subject``, newest first."""
        query = select(*_LINE).where(_REPORTS.c.subject == subject).order_by(_REPORTS.c.released_at.desc())
        rows = self._connection.execute(query).mappings()
        return tuple(build(Registered, row, tuples=("domains",)) for row in rows)

    def subjects_with_reports(self, subjects: Iterable[UUID]) -> tuple[UUID, ...]:
        """Give those of ``subjects`` about whom a report was ever released, in a fixed order."""
        found: set[UUID] = set()
        for part in chunks(sorted(subjects)):
            query = select(_REPORTS.c.subject).where(_REPORTS.c.subject.in_(part)).distinct()
            found.update(self._connection.execute(query).scalars())
        return tuple(sorted(found))

    def page_of_subject(
        self, subject: UUID, limit: int, after: tuple[datetime, str] | None
    ) -> tuple[Registered, ...]:
        """Give ``limit`` reports about ``subject``, newest first, from behind (released at, number) on."""
        query = select(*_LINE).where(_REPORTS.c.subject == subject)
        if after is not None:
            at, number = after
            same = and_(_REPORTS.c.released_at == at, _REPORTS.c.number < number)
            query = query.where(or_(_REPORTS.c.released_at < at, same))
        query = query.order_by(_REPORTS.c.released_at.desc(), _REPORTS.c.number.desc()).limit(limit)
        rows = self._connection.execute(query).mappings()
        return tuple(build(Registered, row, tuples=("domains",)) for row in rows)

    def set_status(self, number: str, status: str, reason: str | None, now: datetime) -> None:
        """Give the report another status from ``now`` on."""
        values = {"status": status, "status_reason": reason, "status_at": now}
        one = update(_REPORTS).where(_REPORTS.c.number == number)
        if _count(self._connection.execute(one.values(**values))) != 1:
            raise InvariantBroken("not_registered", number=number)

    def wait(self, application: Application) -> None:
        """Keep an application that a person must look at."""
        self._connection.execute(insert(_WAITING), columns(application))

    def application(self, id_: UUID) -> Application | None:
        """Give the application ``id_``."""
        row = self._connection.execute(select(_WAITING).where(_WAITING.c.id == id_)).mappings().first()
        return None if row is None else build(Application, row, tuples=("reasons",))

    def waiting(self, subject: UUID | None = None) -> tuple[Application, ...]:
        """Give the applications that wait (of one subject), oldest first."""
        query = select(_WAITING).where(_WAITING.c.state == "waiting").order_by(_WAITING.c.made_at)
        if subject is not None:
            query = query.where(_WAITING.c.subject == subject)
        rows = self._connection.execute(query).mappings()
        return tuple(build(Application, row, tuples=("reasons",)) for row in rows)

    def applications_of(self, subject: UUID) -> tuple[Application, ...]:
        """Give every application of ``subject`` that a person had or has to look at, newest first."""
        query = select(_WAITING).where(_WAITING.c.subject == subject).order_by(_WAITING.c.made_at.desc())
        rows = self._connection.execute(query).mappings()
        return tuple(build(Application, row, tuples=("reasons",)) for row in rows)

    def approved_as(self, id_: UUID, number: str) -> None:
        """Say which report came of an approved application."""
        one = update(_WAITING).where(_WAITING.c.id == id_, _WAITING.c.state == "approved")
        self._connection.execute(one.values(number=number))

    def wait_again(self, id_: UUID) -> None:
        """An approved application of which no report came waits again."""
        one = update(_WAITING).where(_WAITING.c.id == id_, _WAITING.c.state == "approved")
        fresh = {"decided_by": None, "decided_at": None, "reason": None}
        self._connection.execute(one.where(_WAITING.c.number.is_(None)).values(state="waiting", **fresh))

    def decide(self, id_: UUID, state: str, by: str, now: datetime, reason: str) -> None:
        """Close a waiting application as ``approved`` or ``refused``; Conflict ``application_decided``."""
        one = update(_WAITING).where(_WAITING.c.id == id_, _WAITING.c.state == "waiting")
        values = {"state": state, "decided_by": by, "decided_at": now, "reason": reason}
        if _count(self._connection.execute(one.values(**values))) != 1:
            raise Conflict("application_decided", application=str(id_))


def _count(result: Any) -> int:
    return int(cast(CursorResult[Any], result).rowcount)

"""One transaction with its repositories; leaving it without ``commit`` changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Generic, Self, TypeVar

from sqlalchemy import URL, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from api.store.database_url import on_postgresql
from api.store.engine import for_reading, for_writing
from api.store.failures import meaning, unreadable
from api.store.number_locks import NumberLocks
from api.store.repositories.audit import AuditRepository
from api.store.repositories.bulk import BulkRepository
from api.store.repositories.desk import DeskRepository, FeedbackRepository, OnceRepository
from api.store.repositories.freshness import PolicyRepository, ReceiptRepository
from api.store.repositories.grants import GrantRepository, LiveCodeRepository
from api.store.repositories.house import HouseRepository, RegionRepository
from api.store.repositories.intake import BatchRepository, QuarantineRepository
from api.store.repositories.late import LateRepository
from api.store.repositories.log import LogRepository
from api.store.repositories.looks import LookRepository
from api.store.repositories.organisations import OrganisationRepository
from api.store.repositories.people import PeopleRepository
from api.store.repositories.records import RecordRepository
from api.store.repositories.reports import DraftRepository, ReportRepository
from api.store.repositories.retention import RetentionRepository
from api.store.repositories.staff import StaffRepository
from api.store.repositories.status import StatusRepository
from api.store.repositories.subjects import SubjectRepository
from api.store.repositories.watches import WatchRepository
from api.store.repositories.witnesses import WitnessRepository
from api.store.repositories.work import WorkRepository

R = TypeVar("R")


class _On(Generic[R]):
    """A repository on the unit of work's session, made when it is first asked for."""

    def __init__(self, kind: Callable[[Session], R]) -> None:
        self._kind = kind

    def __set_name__(self, _owner: type[UnitOfWork], name: str) -> None:
        self._name = name

    def __get__(self, work: UnitOfWork, _owner: type[UnitOfWork]) -> R:
        made = self._kind(work._session)
        # Found there the next time, before this is.
        work.__dict__[self._name] = made
        return made


class UnitOfWork:
    """A transaction: repositories as attributes, ``commit`` for services alone."""

    house = _On(HouseRepository)
    regions = _On(RegionRepository)
    subjects = _On(SubjectRepository)
    records = _On(RecordRepository)
    batches = _On(BatchRepository)
    quarantine = _On(QuarantineRepository)
    log = _On(LogRepository)
    witnesses = _On(WitnessRepository)
    audit = _On(AuditRepository)
    drafts = _On(DraftRepository)
    reports = _On(ReportRepository)
    bulk = _On(BulkRepository)
    looks = _On(LookRepository)
    desk = _On(DeskRepository)
    feedback = _On(FeedbackRepository)
    once = _On(OnceRepository)
    people = _On(PeopleRepository)
    organisations = _On(OrganisationRepository)
    staff = _On(StaffRepository)
    grants = _On(GrantRepository)
    live_codes = _On(LiveCodeRepository)
    work = _On(WorkRepository)
    watches = _On(WatchRepository)
    status = _On(StatusRepository)
    late = _On(LateRepository)
    policies = _On(PolicyRepository)
    receipts = _On(ReceiptRepository)
    retention = _On(RetentionRepository)

    def __init__(self, session: Session, url: URL) -> None:
        """Put every repository on one session; ``url`` is where an outage is said to be."""
        self._session, self._url = session, url
        self._afterwards: list[Callable[[], None]] = []

    def commit(self) -> None:
        """Make everything done here durable; only services call this."""
        self._session.commit()
        acts, self._afterwards = self._afterwards, []
        for act in acts:
            act()

    def afterwards(self, act: Callable[[], None]) -> None:
        """Let ``act`` be done once everything here is durable, and never if it is not."""
        self._afterwards.append(act)

    def __enter__(self) -> Self:
        """Begin at once, so that a writer waits here and not half-way.

        DependencyUnavailable ``database_busy`` or ``database_unreachable``.
        """
        try:
            self._session.connection()
        except SQLAlchemyError as error:
            self._session.close()
            raise unreadable(error, self._url) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Roll back what was not committed; an outage of the database is told as one of ours."""
        self._session.close()
        if (said := meaning(error, self._url)) is not None:
            raise said from error


class Store:
    """The house's database: gives units of work for reading and for writing."""

    def __init__(self, engine: Engine) -> None:
        """Use ``engine``; its schema must be the newest (``require_schema``)."""
        self.engine = engine
        url, reading, writing = engine.url, for_reading(engine), for_writing(engine)
        self._read: Callable[[], UnitOfWork] = lambda: UnitOfWork(Session(reading), url)
        self._write: Callable[[], UnitOfWork] = lambda: UnitOfWork(Session(writing), url)
        self.number_locks = NumberLocks(url) if on_postgresql(url) else None
        """Which numbers are being worked on, in a database that several hosts may share; None: SQLite."""

    def reading(self) -> UnitOfWork:
        """Give a transaction that sees one state and writes nothing."""
        return self._read()

    def writing(self) -> UnitOfWork:
        """Give a transaction that holds the write lock from its beginning."""
        return self._write()

    def close(self) -> None:
        """Close every connection."""
        if self.number_locks is not None:
            self.number_locks.close()
        self.engine.dispose()

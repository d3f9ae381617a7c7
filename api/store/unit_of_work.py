"""One transaction with its repositories; leaving it without ``commit`` changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Generic, Self, TypeVar

from sqlalchemy import URL, Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from api.store.database_url import on_postgresql
from api.store.engine import for_appending, for_reading
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
from api.store.resting import Resting

_Repository = TypeVar("_Repository")


class _Part(Generic[_Repository]):
    """A repository of a unit of work, made when it is first asked for: most units need few of them."""

    def __init__(self, make: Callable[[Connection], _Repository]) -> None:
        self._make = make

    def __set_name__(self, _owner: type[UnitOfWork], name: str) -> None:
        self._name = name

    def __get__(self, work: UnitOfWork, _owner: type[UnitOfWork]) -> _Repository:
        made = self._make(work._connection)
        # Where Python looks first from now on.
        work.__dict__[self._name] = made
        return made


class UnitOfWork:
    """A transaction: repositories as attributes, ``commit`` for services alone."""

    house = _Part(HouseRepository)
    regions = _Part(RegionRepository)
    subjects = _Part(SubjectRepository)
    records = _Part(RecordRepository)
    batches = _Part(BatchRepository)
    quarantine = _Part(QuarantineRepository)
    log = _Part(LogRepository)
    witnesses = _Part(WitnessRepository)
    audit = _Part(AuditRepository)
    drafts = _Part(DraftRepository)
    reports = _Part(ReportRepository)
    bulk = _Part(BulkRepository)
    looks = _Part(LookRepository)
    desk = _Part(DeskRepository)
    feedback = _Part(FeedbackRepository)
    once = _Part(OnceRepository)
    people = _Part(PeopleRepository)
    organisations = _Part(OrganisationRepository)
    staff = _Part(StaffRepository)
    grants = _Part(GrantRepository)
    live_codes = _Part(LiveCodeRepository)
    work = _Part(WorkRepository)
    watches = _Part(WatchRepository)
    status = _Part(StatusRepository)
    late = _Part(LateRepository)
    policies = _Part(PolicyRepository)
    receipts = _Part(ReceiptRepository)
    retention = _Part(RetentionRepository)

    _connection: Connection

    def __init__(self, url: URL, connections: Resting, *, guarded: bool = False) -> None:
        """Open nothing yet.  ``guarded``: the database itself refuses whatever writes."""
        self._url, self._connections, self._guarded = url, connections, guarded
        self._afterwards: list[Callable[[], None]] = []

    def commit(self) -> None:
        """Make everything done here durable; only services call this."""
        try:
            self._connection.commit()
        except BaseException:
            # What could not be committed goes before anybody else gets the connection: unless it is told
            # so, the library takes a transaction whose commit failed for ended.
            with suppress(SQLAlchemyError):
                self._connection.rollback()
            self._connection.close()
            raise
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
            self._connection = self._connections.take()
            try:
                self._connection.begin()
            except BaseException:
                self._give_up()
                raise
        except SQLAlchemyError as error:
            raise unreadable(error, self._url) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Roll back what was not committed; an outage of the database is told as one of ours."""
        if error is None:
            with suppress(SQLAlchemyError):
                self._end()
            self._connections.give_back(self._connection)
            return
        self._give_up()
        if (said := meaning(error, self._url)) is not None:
            raise said from error

    def _give_up(self) -> None:
        if self._connection.invalidated:
            # What happened to this one's server happened to the others'.
            self._connections.close()
        self._connection.close()

    def _end(self) -> None:
        """Leave whatever transaction is open."""
        if self._guarded:
            # The same for the data, but after a rollback the driver forgets what it had prepared.
            self._connection.commit()
        elif self._connection.in_transaction():
            self._connection.rollback()


class Store:
    """The house's database: gives units of work for reading and for writing."""

    def __init__(self, engine: Engine) -> None:
        """Use ``engine``; its schema must be the newest (``require_schema``)."""
        self.engine = engine
        self._reading, self._writing = Resting(for_reading(engine)), Resting(for_appending(engine))
        self._on_server = on_postgresql(engine.url)
        self.number_locks = NumberLocks(engine.url) if self._on_server else None
        """Which numbers are being worked on, in a database that several hosts may share; None: SQLite."""

    def reading(self) -> UnitOfWork:
        """Give a transaction that sees one state and writes nothing."""
        return UnitOfWork(self.engine.url, self._reading, guarded=self._on_server)

    def writing(self) -> UnitOfWork:
        """Give a transaction that holds the write lock from its beginning."""
        return UnitOfWork(self.engine.url, self._writing)

    def close(self) -> None:
        """Close every connection."""
        if self.number_locks is not None:
            self.number_locks.close()
        self._reading.close()
        self._writing.close()
        self.engine.dispose()

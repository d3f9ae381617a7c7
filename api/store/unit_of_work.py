"""One transaction with its repositories; leaving it without ``commit`` changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from api.store.engine import for_writing
from api.store.repositories.house import HouseRepository, RegionRepository
from api.store.repositories.intake import BatchRepository, QuarantineRepository
from api.store.repositories.log import LogRepository
from api.store.repositories.looks import LookRepository
from api.store.repositories.records import RecordRepository
from api.store.repositories.reports import DraftRepository, ReportRepository
from api.store.repositories.subjects import SubjectRepository
from domain.errors import DependencyUnavailable


class UnitOfWork:
    """A transaction: repositories as attributes, ``commit`` for services alone."""

    def __init__(self, session: Session) -> None:
        """Put every repository on one session."""
        self._session = session
        self.house = HouseRepository(session)
        self.regions = RegionRepository(session)
        self.subjects = SubjectRepository(session)
        self.records = RecordRepository(session)
        self.batches = BatchRepository(session)
        self.quarantine = QuarantineRepository(session)
        self.log = LogRepository(session)
        self.drafts = DraftRepository(session)
        self.reports = ReportRepository(session)
        self.looks = LookRepository(session)

    def commit(self) -> None:
        """Make everything done here durable; only services call this."""
        self._session.commit()

    def __enter__(self) -> Self:
        """Begin at once, so that a writer waits here and not half-way."""
        try:
            self._session.connection()
        except OperationalError as error:
            self._session.close()
            raise DependencyUnavailable("database_busy") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Roll back what was not committed."""
        self._session.close()


class Store:
    """The house's database: gives units of work for reading and for writing."""

    def __init__(self, engine: Engine) -> None:
        """Use ``engine``; its schema must be the newest (``require_schema``)."""
        self.engine = engine
        self._read: Callable[[], Session] = lambda: Session(engine)
        writing = for_writing(engine)
        self._write: Callable[[], Session] = lambda: Session(writing)

    def reading(self) -> UnitOfWork:
        """Give a transaction that sees one state and writes nothing."""
        return UnitOfWork(self._read())

    def writing(self) -> UnitOfWork:
        """Give a transaction that holds the write lock from its beginning."""
        return UnitOfWork(self._write())

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

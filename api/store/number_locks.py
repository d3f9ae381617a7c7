"""Marks numbers as being worked on for every process of every host that shares a PostgreSQL database.

An advisory lock of a session goes when the session ends, so also when its process is killed or its
host is gone; no clock has to be believed.  One session per process carries all of its numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from sqlalchemy import URL, Connection, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from api.store.failures import unreadable
from api.store.postgresql import lock_key, open_session

_TAKE, _LEAVE = text("SELECT pg_try_advisory_lock(:key)"), text("SELECT pg_advisory_unlock(:key)")


class NumberLocks:
    """The numbers that this process works on."""

    def __init__(self, url: URL) -> None:
        """Lock in the database at ``url``; nothing is connected until the first number."""
        self._url = url
        self._mutex = Lock()
        self._session: Connection | None = None
        self._held: set[str] = set()
        # Needed beside the server's lock, which a session may take twice: two threads are one session.

    @contextmanager
    def working_on(self, number: str) -> Iterator[bool]:
        """Hold ``number`` while inside; gives False (and holds nothing) when somebody else does.

        DependencyUnavailable ``database_unreachable`` when the server cannot be asked.
        """
        if not self._take(number):
            yield False
            return
        try:
            yield True
        finally:
            self._leave(number)

    def close(self) -> None:
        """End the session and with it every lock."""
        with self._mutex:
            self._end()

    def _take(self, number: str) -> bool:
        with self._mutex:
            if number in self._held:
                return False
            try:
                taken = self._asked(number)
            except SQLAlchemyError as error:
                self._end()
                raise unreadable(error, self._url) from error
            if taken:
                self._held.add(number)
            return taken

    def _asked(self, number: str) -> bool:
        """The server's answer; once more over a new session if the old one has died meanwhile."""
        try:
            return self._try(number)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        self._end()
        return self._try(number)

    def _try(self, number: str) -> bool:
        if self._session is None:
            self._session = open_session(self._url)
            # Taken again after the server was away: nobody else shall believe us dead.
            for held in self._held:
                self._session.execute(_TAKE, {"key": _key(held)})
        return bool(self._session.execute(_TAKE, {"key": _key(number)}).scalar_one())

    def _leave(self, number: str) -> None:
        with self._mutex:
            self._held.discard(number)
            if self._session is None:
                return
            try:
                self._session.execute(_LEAVE, {"key": _key(number)})
            except SQLAlchemyError:
                # The session is gone, and its locks with it.
                self._end()

    def _end(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.invalidate()
            session.close()


def _key(number: str) -> int:
    return lock_key("number", number)

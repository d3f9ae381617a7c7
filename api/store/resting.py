"""Connections between two units of work, kept as the library hands them out.

To ask the pool for a connection and to give it back takes longer than a small transaction, so a
few stay out.  One that rested longer goes back to the pool, which asks whether its server is there.
That is asked for no other: before each transaction it would be a third of a small one's time.
"""

from __future__ import annotations

from time import monotonic
from typing import Any, Final

from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

KEPT: Final = 2
"""Connections kept out of the pool; whatever is more goes back to it at once."""
RESTED: Final = 1.0
"""Seconds after which a resting connection is no longer trusted to be alive."""
_SINCE: Final = "daizheng_resting_since"


class Resting:
    """The resting connections of one engine; any thread takes and gives them back."""

    def __init__(self, engine: Engine) -> None:
        """Hold none yet."""
        self._engine = engine
        self._free: list[Connection] = []

    def take(self) -> Connection:
        """Give a connection outside any transaction; raises what the library raises when it makes one."""
        while (connection := self._next()) is not None:
            if monotonic() - connection.info[_SINCE] < RESTED:
                return connection
            connection.close()
        return self._engine.connect()

    def give_back(self, connection: Connection) -> None:
        """Let ``connection``, whose transaction is over, rest; closed where it is not fit for another."""
        fit = not (connection.closed or connection.invalidated or connection.in_transaction())
        if fit and len(self._free) < KEPT:
            connection.info[_SINCE] = monotonic()
            self._free.append(connection)
        else:
            connection.close()

    def close(self) -> None:
        """Close every resting connection."""
        while (connection := self._next()) is not None:
            connection.close()

    def _next(self) -> Connection | None:
        try:
            return self._free.pop()
        except IndexError:  # none, or another thread was faster
            return None


def ask_after_rest(engine: Engine) -> None:
    """The pool of ``engine`` replaces a connection that has rested and whose server is gone."""
    event.listen(engine, "checkin", _rests)
    event.listen(engine, "checkout", _asked(engine.dialect))


def _rests(_connection: Any, record: ConnectionPoolEntry) -> None:
    # One that rested outside the pool has rested since then.
    record.info.setdefault(_SINCE, monotonic())


def _asked(dialect: Dialect) -> Any:
    def on_checkout(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        since = record.info.pop(_SINCE, None)
        if since is not None and monotonic() - since >= RESTED:
            try:
                dialect.do_ping(connection)
            except dialect.loaded_dbapi.Error as error:
                raise DisconnectionError from error

    return on_checkout

"""What PostgreSQL needs to behave as SQLite does: one writer at a time, one state for a reader.

The writer's lock is taken by the first statement of the transaction at READ COMMITTED, so that
every later statement sees all that the writer before committed.  The server lets go of it after
the commit is visible, and also when the process that held it is gone.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event

from api.store import driver, log_steps
from api.store.resting import ask_after_rest

WRITE_OPTION: Final = "daizheng_write"
READ_OPTION: Final = "daizheng_read"
LOG_OPTION: Final = "daizheng_log"

_CONNECT: Final = {"client_encoding": "UTF8", "connect_timeout": 10, "application_name": "daizheng"}


def lock_key(purpose: str, value: str = "") -> int:
    """Give the advisory lock's signed 64-bit key; equal in every process of every host."""
    digest = hashlib.sha256(f"daizheng/{purpose}/{value}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


_BEGIN: Final = "BEGIN"
# One message, but two statements: each sees what was committed when it began.
_BEGIN_WRITING: Final = (
    f"BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock({lock_key('writer')})"
)
# One statement more in the same message: what the lock guards is what a writer asks for first.
_BEGIN_APPENDING: Final = f"{_BEGIN_WRITING}; {log_steps.LOCKED_STATE}"
# One state from the first statement on, and nothing can be written.
_BEGIN_READING: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


def open_postgresql(url: URL, busy_seconds: float) -> Engine:
    """Give an engine whose writers wait their turn for at most ``busy_seconds``."""
    engine = create_engine(url, hide_parameters=True, connect_args=_CONNECT)
    event.listen(engine, "connect", _settings(busy_seconds))
    event.listen(engine, "begin", _on_begin)
    ask_after_rest(engine)
    return engine


def open_session(url: URL) -> Connection:
    """Give one connection outside any pool and any transaction, for locks that live as long as it does."""
    engine = create_engine(
        url, poolclass=NullPool, hide_parameters=True, connect_args=_CONNECT, isolation_level="AUTOCOMMIT"
    )
    event.listen(engine, "connect", _settings(10.0))
    return engine.connect()


def _settings(busy_seconds: float) -> Any:
    wanted = {
        "lock_timeout": f"{round(busy_seconds * 1000)}ms",
        # A process that hangs inside a transaction, and a host that went away with the lock, must
        # not keep the others out for hours: recovery owes its answers within 10 minutes.
        "idle_in_transaction_session_timeout": "180s",
        "tcp_keepalives_idle": "30",
        "tcp_keepalives_interval": "10",
        "tcp_keepalives_count": "3",
        "client_connection_check_interval": "5s",
    }
    values = ", ".join(f"('{name}', '{value}')" for name, value in wanted.items())
    # Joined with what the server knows: an older one lacks the last of them.
    statement = (
        f"SELECT set_config(w.name, w.value, false) FROM (VALUES {values}) w(name, value)"  # noqa: S608 - constants
        " WHERE EXISTS (SELECT FROM pg_settings s WHERE s.name = w.name)"
        # A released report must still be in the register after a power cut, whatever the server's default.
        " UNION ALL SELECT set_config('synchronous_commit', 'on', false)"
        " WHERE current_setting('synchronous_commit') IN ('off', 'local')"
    )

    def on_connect(connection: Any, _record: object) -> None:
        # Stays so: BEGIN is ours, and goes in one message with the lock that a writer takes.
        connection.autocommit = True
        connection.execute(statement)

    return on_connect


def _on_begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    log_steps.forget(connection)
    if options.get(LOG_OPTION, False):
        cursor = driver.ask(connection, _BEGIN_APPENDING)
        while cursor.nextset():
            pass
        log_steps.keep(connection, cursor.fetchone())
    elif options.get(WRITE_OPTION, False):
        driver.ask(connection, _BEGIN_WRITING)
    elif options.get(READ_OPTION, False):
        driver.ask(connection, _BEGIN_READING)
    else:
        driver.ask(connection, _BEGIN)

"""The database engine: SQLite in WAL mode, writers begin IMMEDIATE; PostgreSQL by another URL.

A deferred SQLite transaction that reads and then writes can fail half-way when
another writer was faster; one that begins IMMEDIATE waits its turn instead.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from api.store import driver
from api.store.database_url import on_postgresql, read_url
from api.store.failures import unreadable
from api.store.postgresql import LOG_OPTION, READ_OPTION, WRITE_OPTION, open_postgresql
from domain.errors import Conflict, MalformedInput, Refused

SCHEMA_HEAD = "20261122_0009"
"""The newest migration; a test holds it equal to Alembic's head."""


def open_engine(url: str, *, busy_seconds: float = 60.0) -> Engine:
    """Give an engine for ``url``; nothing is connected yet.  ``busy_seconds``: how long a writer waits.

    MalformedInput ``database_url_form`` for any other database than the two.
    """
    read = read_url(url)
    if on_postgresql(read):
        return open_postgresql(read, busy_seconds)
    engine = create_engine(
        read, hide_parameters=True, connect_args={"timeout": busy_seconds, "check_same_thread": False}
    )
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    event.listen(engine, "before_cursor_execute", _refuse_nul)
    return engine


def for_writing(engine: Engine) -> Engine:
    """Give the same engine (same pool) whose transactions take the write lock at once."""
    return engine.execution_options(**{WRITE_OPTION: True})


def for_appending(engine: Engine) -> Engine:
    """Give the same as ``for_writing``, for a house that stands: the lock comes with the log's state."""
    return engine.execution_options(**{WRITE_OPTION: True, LOG_OPTION: True})


def for_reading(engine: Engine) -> Engine:
    """Give the same engine (same pool) whose transactions see one state throughout."""
    return engine.execution_options(**{READ_OPTION: True})


def _on_connect(connection: Any, _record: object) -> None:
    # None hands BEGIN to us: the driver would otherwise begin deferred, and late.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        # FULL: a released report must still be in the register after a power cut.
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-65536",
        "temp_store=MEMORY",
        "secure_delete=OFF",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    write = connection.get_execution_options().get(WRITE_OPTION, False)
    driver.ask(connection, "BEGIN IMMEDIATE" if write else "BEGIN")


def _refuse_nul(_c: object, _u: object, _s: str, parameters: Any, _x: object, many: bool) -> None:
    """PostgreSQL keeps no U+0000; what one database refuses the other must not take.

    Rows written in bulk come out of the intake, which has taken it out of their cells.
    """
    values = parameters.values() if isinstance(parameters, dict) else parameters
    if not many and any(isinstance(value, str) and "\0" in value for value in values):
        raise MalformedInput("text_not_storable")


def require_schema(engine: Engine) -> None:
    """Return only if the database is at this program's schema; Conflict ``schema_differs`` otherwise."""
    try:
        with engine.connect() as connection:
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except SQLAlchemyError as error:
        raise unreadable(error, engine.url) from error
    if found != SCHEMA_HEAD:
        raise Conflict("schema_differs", found=found or "-", needed=SCHEMA_HEAD)


def require_reachable(engine: Engine) -> None:
    """Return only if the database answers and can hold every character.

    DependencyUnavailable ``database_unreachable``; Refused ``database_encoding`` for a
    PostgreSQL database that is not in UTF-8.
    """
    if not on_postgresql(engine.url):
        return
    try:
        with engine.connect() as connection:
            encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
    except SQLAlchemyError as error:
        raise unreadable(error, engine.url) from error
    if encoding != "UTF8":
        raise Refused("database_encoding", found=encoding)


def require_empty(engine: Engine) -> None:
    """Return only if a house can be founded in the database; Conflict ``database_taken`` otherwise."""
    require_reachable(engine)
    if not on_postgresql(engine.url) and not Path(engine.url.database or "").exists():
        return
    if inspect(engine).has_table("alembic_version"):
        raise Conflict("database_taken")

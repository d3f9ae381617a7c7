"""The database engine: SQLite in WAL mode, writers begin IMMEDIATE; PostgreSQL by another URL.

A deferred SQLite transaction that reads and then writes can fail half-way when
another writer was faster; one that begins IMMEDIATE waits its turn instead.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from domain.errors import Conflict, DependencyUnavailable

SCHEMA_HEAD = "20261122_0002"
"""The newest migration; a test holds it equal to Alembic's head."""

_WRITE = "daizheng_write"


def open_engine(url: str, *, busy_seconds: float = 60.0) -> Engine:
    """Give an engine for ``url``; nothing is connected yet.  ``busy_seconds``: how long a writer waits."""
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": busy_seconds, "check_same_thread": False})
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def for_writing(engine: Engine) -> Engine:
    """Give the same engine (same pool) whose transactions take the write lock at once."""
    return engine.execution_options(**{_WRITE: True})


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
    write = connection.get_execution_options().get(_WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def require_schema(engine: Engine) -> None:
    """Return only if the database is at this program's schema; Conflict ``schema_differs`` otherwise."""
    try:
        with engine.connect() as connection:
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except DBAPIError as error:
        raise DependencyUnavailable("database_unreadable", cause=type(error.orig).__name__) from error
    if found != SCHEMA_HEAD:
        raise Conflict("schema_differs", found=found or "-", needed=SCHEMA_HEAD)

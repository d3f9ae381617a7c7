"""Statements of the shortest way: from here to the driver, past what the library does around each.

Only what every issue waits for goes this way, since each step of it costs as much as the statement
itself.  Errors are told as the library would tell them, so nobody else has to know.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import DBAPIError

from domain.errors import MalformedInput


def ask(connection: Connection, statement: str, values: Sequence[Any] = ()) -> DBAPICursor:
    """Give the cursor that carried ``statement`` out, inside the connection's transaction.

    Values stand where the driver's own signs do.  Raises the library's DBAPIError (a dead connection
    is given up), MalformedInput ``text_not_storable`` for U+0000, which PostgreSQL does not keep.
    """
    if any(isinstance(value, str) and "\0" in value for value in values):
        raise MalformedInput("text_not_storable")
    proxied, dialect = connection.connection, connection.dialect
    cursor = proxied.cursor()
    try:
        cursor.execute(statement, values) if values else cursor.execute(statement)
    except dialect.loaded_dbapi.Error as error:
        lost = dialect.is_disconnect(error, proxied, cursor)
        if lost:
            connection.invalidate(error)
        raise DBAPIError.instance(
            statement,
            None,
            error,
            dialect.loaded_dbapi.Error,
            hide_parameters=True,
            connection_invalidated=lost,
            dialect=dialect,
        ) from error
    return cursor

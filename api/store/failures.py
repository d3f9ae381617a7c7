"""What a database's refusal means to the house: it is busy, it is away, or it is our own fault."""

from __future__ import annotations

from typing import Final

from sqlalchemy import URL
from sqlalchemy.exc import DataError, DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api.store.database_url import on_postgresql, place_of
from domain.errors import CreditDocError, DependencyUnavailable, MalformedInput

_BUSY: Final = frozenset({"55P03", "40001", "40P01", "53300"})
"""SQLSTATE: lock not available, serialization failure, deadlock, too many connections."""
_NOT_STORABLE: Final = frozenset({None, "22021", "22P05"})
"""SQLSTATE of a text that no UTF-8 database takes: our driver's own refusal of U+0000, wrong encoding."""


def meaning(error: BaseException | None, url: URL) -> CreditDocError | None:
    """Give the error of ours that ``error`` is for whoever asked; None when it is none of the database's.

    DependencyUnavailable ``database_busy`` (try again), ``database_unreachable`` (nobody answers
    there), ``database_unreadable``; MalformedInput ``text_not_storable``.
    """
    if isinstance(error, PoolTimeout):
        return DependencyUnavailable("database_busy")
    if isinstance(error, OperationalError):
        return _outage(error, url)
    if isinstance(error, UnicodeEncodeError) and error.reason == "surrogates not allowed":
        return MalformedInput("text_not_storable")
    if isinstance(error, DataError) and getattr(error.orig, "sqlstate", None) in _NOT_STORABLE:
        return MalformedInput("text_not_storable")
    return None


def unreadable(error: SQLAlchemyError, url: URL) -> CreditDocError:
    """Give what to say of a database that cannot even be asked for its version."""
    cause = type(error.orig).__name__ if isinstance(error, DBAPIError) else type(error).__name__
    return meaning(error, url) or DependencyUnavailable("database_unreadable", cause=cause)


def _outage(error: OperationalError, url: URL) -> CreditDocError:
    if on_postgresql(url):
        if getattr(error.orig, "sqlstate", None) in _BUSY:
            return DependencyUnavailable("database_busy")
        return DependencyUnavailable("database_unreachable", place=place_of(url))
    name = getattr(error.orig, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return DependencyUnavailable("database_busy")
    return DependencyUnavailable("database_unreadable", cause=name or type(error.orig).__name__)

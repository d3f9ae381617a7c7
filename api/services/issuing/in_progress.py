"""Marks a number as being worked on, so that recovery leaves a living process alone.

A lock on an open file (SQLite: one host) or of a database session (PostgreSQL: any number of
hosts) goes with the process that holds it, also when it is killed; a row in the database would
outlive it and need a clock to be disbelieved.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from api.services.context import Context

_DIRECTORY = "issuing"


def working_on(context: Context, number: str) -> AbstractContextManager[bool]:
    """Hold ``number`` while inside; gives False (and holds nothing) when somebody else does."""
    locks = context.store.number_locks
    return _by_file(context.home, number) if locks is None else locks.working_on(number)


@contextmanager
def _by_file(home: Path, number: str) -> Iterator[bool]:
    directory = home / _DIRECTORY
    directory.mkdir(mode=0o700, exist_ok=True)
    path = directory / number
    handle = _lock(path)
    if handle is None:
        yield False
        return
    try:
        yield True
    finally:
        # Unlinked while still locked: whoever opened this file meanwhile finds it gone and opens anew.
        path.unlink(missing_ok=True)
        os.close(handle)


def _lock(path: Path) -> int | None:
    """Give an open, locked handle of the file that stands at ``path`` now; None when it is held."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        if _stands_at(path, handle):
            return handle
        # Its last holder unlinked it between our two calls: this lock would keep nobody out.
        os.close(handle)


def _stands_at(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False

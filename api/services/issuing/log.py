"""The house's signature log: append a leaf and sign the head in the same transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from api.services.context import Context
from api.services.log.heads import remember, require_not_behind
from api.store.repositories.log import Appended
from api.store.unit_of_work import UnitOfWork
from domain.checkpoint import Checkpoint, encode
from domain.leaf import Leaf
from keys.custody import PrivateHandle
from keys.note_signing import sign_note
from keys.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What it takes to sign one log: its name, its key, and where its newest head is remembered."""

    origin: str
    key: PrivateHandle
    home: Path


def append(
    context: Context,
    work: UnitOfWork,
    make: Callable[[datetime], Leaf],
    *,
    now: datetime,
    number: str = "",
    intent: str | None = None,
) -> Appended:
    """Append the leaf that ``make`` gives for the log's time and sign the new head; the caller commits.

    ``number`` is the report that the leaf is about, empty for none.  Raises Refused
    ``log_behind_witness`` or ``log_forked`` where the database holds less than was signed before.
    """
    book = Book(origin=context.house.log_origin, key=context.keys.private(Role.LOG), home=context.home)
    return write(book, work, make, now=now, number=number, intent=intent)


def write(
    book: Book,
    work: UnitOfWork,
    make: Callable[[datetime], Leaf],
    *,
    now: datetime,
    number: str = "",
    intent: str | None = None,
) -> Appended:
    """Do as :func:`append` does, for a house that is still being founded too."""

    def guard(size: int, root: bytes) -> None:
        require_not_behind(book.home, size, root, work.log.root_at)

    def sign(size: int, root: bytes) -> bytes:
        return sign_note(encode(_head(book, size, root)), book.origin, book.key)

    appended = work.log.append(make, now=now, number=number, intent=intent, guard=guard, sign=sign)
    head = _head(book, appended.size, appended.root)
    work.afterwards(lambda: remember(book.home, head, appended.checkpoint))
    return appended


def _head(book: Book, size: int, root: bytes) -> Checkpoint:
    return Checkpoint(origin=book.origin, size=size, root=root)

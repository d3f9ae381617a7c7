"""The log's entries as an audit inside the house goes through them again and again."""

from __future__ import annotations

from collections.abc import Iterator

from api.store.repositories.audit import LeafRow
from api.store.unit_of_work import UnitOfWork
from domain import leaf
from domain.errors import CreditDocError
from domain.leaf import Leaf, LeafType


class Book:
    """The entries as the database has them, by kind."""

    def __init__(self, work: UnitOfWork) -> None:
        """Read every entry; those that cannot be read are ``unreadable``."""
        self.rows: dict[int, tuple[LeafRow, Leaf]] = {}
        self.unreadable: list[int] = []
        for row in work.audit.leaves():
            try:
                self.rows[row.index] = (row, leaf.decode(row.leaf))
            except CreditDocError:
                self.unreadable.append(row.index)
        self.intents = work.drafts.intents()

    def of(self, *kinds: LeafType) -> Iterator[tuple[LeafRow, Leaf]]:
        """Give the entries of those kinds, in order."""
        return (pair for pair in self.rows.values() if pair[1].type in kinds)

    def entry(self, index: int) -> Leaf | None:
        """Give one entry."""
        found = self.rows.get(index)
        return None if found is None else found[1]

    def digest(self, index: int) -> bytes | None:
        """Give the digest of one entry."""
        found = self.entry(index)
        return None if found is None else found.digest

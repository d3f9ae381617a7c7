"""Did every status list that was published say what the changes up to it make it say?

All of them are asked, not only the newest: a value edited for ten minutes and put back leaves
nothing behind but the list that was signed in between.
"""

from __future__ import annotations

import hashlib
import zlib
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from api.services.auditing.book import Book
from api.services.context import Context
from api.services.house.trust import status_uri
from api.store.entries_status import Publication, StatusChange
from api.store.unit_of_work import UnitOfWork
from domain.errors import CreditDocError
from domain.log_replay import Problem, Replay
from domain.status_list import ARRAY_BYTES, VALUE_OF, StatusList, inflated, put
from keys.trust.status_token import MAX_TOKEN_BYTES, listed_in


@dataclass(slots=True)
class _Expected:
    """One list as the changes make it, while the log is gone through."""

    array: bytearray = field(default_factory=lambda: bytearray(ARRAY_BYTES))
    last_change: int = 0
    said: bytes | None = None
    """A compressed array that was found to be this one; None since the last change."""

    def take(self, change: StatusChange) -> None:
        """The change happened; one whose row was spoilt is found at its own entry."""
        self.last_change, self.said = max(self.last_change, change.id), None
        with suppress(KeyError, CreditDocError):
            put(self.array, change.status_idx, VALUE_OF[change.word])

    def is_said_by(self, listed: StatusList) -> bool:
        """The list says this and nothing else; MalformedInput ``status_list_form``."""
        if listed.compressed != self.said:
            if inflated(listed.compressed) != self.array:
                return False
            self.said = listed.compressed
        return True


def check_publications(
    context: Context, work: UnitOfWork, replay: Replay, book: Book, changes: Sequence[StatusChange]
) -> set[int]:
    """What does not fit stands among the findings; gives the entries of the rows that there are.

    ``changes`` in the order of the log: a list is built under the lock that orders changes too, so
    it holds those before its entry and no others.
    """
    lists: dict[int, _Expected] = defaultdict(_Expected)
    waiting = iter(changes)
    ahead = next(waiting, None)
    known: set[int] = set()
    for row in work.audit.publications():
        known.add(row.leaf_index)
        while ahead is not None and ahead.leaf_index < row.leaf_index:
            lists[ahead.status_list].take(ahead)
            ahead = next(waiting, None)
        _check_one(replay, book, row, status_uri(context.house.host, row.status_list), lists[row.status_list])
    return known


def _check_one(replay: Replay, book: Book, row: Publication, uri: str, expected: _Expected) -> None:
    digest, token = book.digest(row.leaf_index), _token(row.token_gzip)
    differs = {
        "token_sha256": digest is None or row.token_sha256 != digest.hex(),
        "token_gzip": hashlib.sha256(token).hexdigest() != row.token_sha256,
        "last_change": row.last_change != expected.last_change,
    }
    says = True
    if not differs["token_sha256"] and not differs["token_gzip"]:
        try:
            # Its signature is not asked: the log holds these very bytes, and its key may have ended since.
            listed = listed_in(token)
            differs |= {
                "status_list": listed.uri != uri,
                "version": listed.version != row.version,
                "made_at": listed.issued_at != row.made_at,
                "expires_at": listed.expires_at != row.expires_at,
            }
            says = expected.is_said_by(listed)
        except CreditDocError:
            says = False
    for column in (name for name, wrong in differs.items() if wrong):
        replay.found(row.leaf_index, Problem.ROW_DIFFERS, table="status_publications", column=column)
    if not says:
        replay.found(row.leaf_index, Problem.STATUS_LIST, list=row.status_list, version=row.version)


def _token(data: bytes) -> bytes:
    """Give the token in ``data``, never more than a token may have; empty for what is no gzip."""
    unpack = zlib.decompressobj(31)
    try:
        token = unpack.decompress(data, MAX_TOKEN_BYTES + 1)
    except zlib.error:
        return b""
    return token if unpack.eof and not unpack.unused_data else b""

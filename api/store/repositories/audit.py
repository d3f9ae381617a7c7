"""Everything that must match an entry of the log, read row by row for an auditor; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, and_, select

from api.store.entries_access import Look
from api.store.entries_grants import Grant
from api.store.entries_status import Publication, StatusChange
from api.store.repositories.rows import build, table_of
from api.store.tables import (
    CheckpointRow,
    DraftRow,
    GrantRow,
    LogLeafRow,
    LookRow,
    PublicationRow,
    ReceiptRow,
    ReportRow,
    ReservationRow,
    StatusChangeRow,
    StatusValueRow,
)

_LEAVES, _CHECKPOINTS, _DRAFTS = table_of(LogLeafRow), table_of(CheckpointRow), table_of(DraftRow)
_REPORTS, _LOOKS, _GRANTS = table_of(ReportRow), table_of(LookRow), table_of(GrantRow)
_CHANGES, _PUBLISHED = table_of(StatusChangeRow), table_of(PublicationRow)
_RECEIPTS = table_of(ReceiptRow)
_RESERVED, _VALUES = table_of(ReservationRow), table_of(StatusValueRow)
_AT_ONCE = 1000
_TOKENS_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class LeafRow:
    """One entry's row."""

    index: int
    leaf: bytes
    leaf_hash: bytes
    type: int
    number: str
    intent: str | None
    appended_at: datetime
    """By the clock, which may be behind the entry's own time."""


@dataclass(frozen=True, slots=True)
class DraftFacts:
    """What a commitment was made of."""

    number: str
    state: str
    b0_sha256: bytes
    root: str
    claim_hash: bytes
    proof: bytes
    leaf_index: int
    committed_at: datetime


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """What the register says of a released file."""

    number: str
    status: str
    status_at: datetime
    status_reason: str | None
    released_at: datetime
    file_sha256: str
    leaf_index: int


@dataclass(frozen=True, slots=True)
class ValueFacts:
    """What stands at a place of a status list, and the entry of the report that has the place."""

    status_list: int
    status_idx: int
    value: int
    leaf_index: int | None
    """None: no released report has it."""


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """A receipt that is still kept."""

    id: UUID
    sha256: str
    log_index: int
    receipt_sealed: bytes


class AuditRepository:
    """Rows in streams, in an order that goes with the log."""

    def __init__(self, connection: Connection) -> None:
        """Read through ``connection``."""
        self._connection = connection

    def leaves(self) -> Iterator[LeafRow]:
        """Give every entry's row in order."""
        wanted = [_LEAVES.c[name] for name in LeafRow.__slots__]
        for row in self._stream(select(*wanted).order_by(_LEAVES.c.index)):
            yield LeafRow(*row)

    def checkpoints(self) -> Iterator[tuple[int, bytes, bytes]]:
        """Give size, root and note of every head ever signed, the smallest first."""
        query = select(_CHECKPOINTS.c.size, _CHECKPOINTS.c.root, _CHECKPOINTS.c.note)
        for row in self._stream(query.order_by(_CHECKPOINTS.c.size)):
            yield row[0], row[1], row[2]

    def drafts(self) -> Iterator[DraftFacts]:
        """Give what each commitment was made of."""
        wanted = [_DRAFTS.c[name] for name in DraftFacts.__slots__]
        for row in self._stream(select(*wanted).order_by(_DRAFTS.c.leaf_index)):
            yield DraftFacts(*row)

    def reports(self) -> Iterator[ReportFacts]:
        """Give every line of the register."""
        wanted = [_REPORTS.c[name] for name in ReportFacts.__slots__]
        for row in self._stream(select(*wanted).order_by(_REPORTS.c.leaf_index)):
            yield ReportFacts(*row)

    def files(self) -> Iterator[tuple[str, str, bytes]]:
        """Give number, SHA-256 and sealed bytes of every released file."""
        query = select(_REPORTS.c.number, _REPORTS.c.file_sha256, _REPORTS.c.file_sealed)
        for row in self._stream(query.order_by(_REPORTS.c.leaf_index), 1):
            yield row[0], row[1], row[2]

    def looks(self) -> Iterator[Look]:
        """Give every look."""
        for row in self._connection.execute(select(_LOOKS)).yield_per(_AT_ONCE).mappings():
            yield build(Look, row, tuples=("fields",))

    def grants(self) -> Iterator[Grant]:
        """Give every grant."""
        for row in self._connection.execute(select(_GRANTS)).yield_per(_AT_ONCE).mappings():
            yield build(Grant, row, tuples=("allows",))

    def status_changes(self) -> Iterator[StatusChange]:
        """Give every act on a report's status, in order."""
        query = select(_CHANGES).order_by(_CHANGES.c.id)
        for row in self._connection.execute(query).yield_per(_AT_ONCE).mappings():
            yield build(StatusChange, row)

    def status_values(self) -> Iterator[ValueFacts]:
        """Give every value that the next status lists are built from."""
        places = and_(
            _RESERVED.c.status_list == _VALUES.c.status_list, _RESERVED.c.status_idx == _VALUES.c.status_idx
        )
        joined = _VALUES.outerjoin(_RESERVED, places).outerjoin(
            _REPORTS, _REPORTS.c.number == _RESERVED.c.number
        )
        wanted = (_VALUES.c.status_list, _VALUES.c.status_idx, _VALUES.c.value, _REPORTS.c.leaf_index)
        for row in self._stream(select(*wanted).select_from(joined)):
            yield ValueFacts(*row)

    def publications(self) -> Iterator[Publication]:
        """Give every published list in order, with its token."""
        query = select(_PUBLISHED).order_by(_PUBLISHED.c.leaf_index)
        for row in self._connection.execute(query).yield_per(_TOKENS_AT_ONCE).mappings():
            yield build(Publication, row)

    def receipts(self) -> Iterator[ReceiptFacts]:
        """Give every receipt that is still kept."""
        wanted = [_RECEIPTS.c[name] for name in ReceiptFacts.__slots__]
        for row in self._stream(select(*wanted).order_by(_RECEIPTS.c.log_index), 100):
            yield ReceiptFacts(*row)

    def _stream(self, query: Select[Any], at_once: int = _AT_ONCE) -> Iterator[Any]:
        yield from self._connection.execute(query).yield_per(at_once)

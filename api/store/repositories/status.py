"""Status of documents: acts, values, published lists and proposals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Connection, CursorResult, and_, func, insert, select, update

from api.store.entries_status import Proposal, Publication, SeenList, StatusChange
from api.store.repositories.rows import build, columns, table_of
from api.store.tables.reports import DraftRow, IntentRow, ReportRow, ReservationRow
from api.store.tables.status import (
    ProposalRow,
    PublicationRow,
    SeenListRow,
    StatusChangeRow,
    StatusListRow,
    StatusValueRow,
)
from domain.errors import Conflict

_LISTS, _CHANGES, _VALUES = table_of(StatusListRow), table_of(StatusChangeRow), table_of(StatusValueRow)
_PUBLISHED, _PROPOSALS, _SEEN = table_of(PublicationRow), table_of(ProposalRow), table_of(SeenListRow)
_RESERVED, _REPORTS = table_of(ReservationRow), table_of(ReportRow)
_INTENTS, _DRAFTS = table_of(IntentRow), table_of(DraftRow)


class StatusRepository:
    """What happened to reports, what stands, and what was published about it."""

    def __init__(self, connection: Connection) -> None:
        """Read and write through ``connection``; never commit."""
        self._connection = connection

    # places

    def newest_list(self) -> tuple[int, int]:
        """Give the number of the list that reports are entered in and how many it has; (1, 0) at first."""
        query = select(_LISTS.c.number, _LISTS.c.taken).order_by(_LISTS.c.number.desc()).limit(1)
        row = self._connection.execute(query).first()
        return (1, 0) if row is None else (int(row.number), int(row.taken))

    def take_place(self, status_list: int) -> None:
        """Count one more report in that list."""
        one = update(_LISTS).where(_LISTS.c.number == status_list).values(taken=_LISTS.c.taken + 1)
        if _count(self._connection.execute(one)) == 0:
            self._connection.execute(insert(_LISTS), {"number": status_list, "taken": 1})

    def fill_list(self, status_list: int, taken: int) -> None:
        """A list stands with so many reports: for measuring, where no report is behind it."""
        self._connection.execute(insert(_LISTS), {"number": status_list, "taken": taken})

    def taken(self, status_list: int, places: Sequence[int]) -> frozenset[int]:
        """Give those of ``places`` that a report has already."""
        here = and_(_RESERVED.c.status_list == status_list, _RESERVED.c.status_idx.in_(places))
        return frozenset(self._connection.execute(select(_RESERVED.c.status_idx).where(here)).scalars())

    def place_of(self, number: str) -> tuple[int, int] | None:
        """Give list and index of report ``number``."""
        query = select(_RESERVED.c.status_list, _RESERVED.c.status_idx).where(_RESERVED.c.number == number)
        row = self._connection.execute(query).first()
        return None if row is None else (int(row.status_list), int(row.status_idx))

    # acts

    def add_change(self, change: StatusChange, value: int) -> StatusChange:
        """Write an act and the value that now stands at its place; give it with its id."""
        given = columns(change)
        del given["id"]
        done = cast(CursorResult[Any], self._connection.execute(insert(_CHANGES), given))
        key = done.inserted_primary_key
        assert key is not None
        self.set_value(change.status_list, change.status_idx, value)
        return replace(change, id=int(key[0]))

    def set_value(self, status_list: int, status_idx: int, value: int) -> None:
        """The place holds ``value`` from now on."""
        here = and_(_VALUES.c.status_list == status_list, _VALUES.c.status_idx == status_idx)
        if _count(self._connection.execute(update(_VALUES).where(here).values(value=value))) == 0:
            row = {"status_list": status_list, "status_idx": status_idx, "value": value}
            self._connection.execute(insert(_VALUES), row)

    def changes_of(self, number: str, until: datetime | None = None) -> tuple[StatusChange, ...]:
        """Give what happened to ``number`` (until then, that instant included), oldest first."""
        query = select(_CHANGES).where(_CHANGES.c.number == number).order_by(_CHANGES.c.id)
        if until is not None:
            query = query.where(_CHANGES.c.at <= until)
        return self._changes(query)

    def changes_after(self, id_: int, limit: int = 500) -> tuple[StatusChange, ...]:
        """Give the changes above ``id_``, oldest first."""
        return self._changes(select(_CHANGES).where(_CHANGES.c.id > id_).order_by(_CHANGES.c.id).limit(limit))

    def newest_changes(self, limit: int) -> tuple[StatusChange, ...]:
        """Give the newest changes of any report, newest first."""
        return self._changes(select(_CHANGES).order_by(_CHANGES.c.id.desc()).limit(limit))

    def _changes(self, query: Any) -> tuple[StatusChange, ...]:
        return tuple(build(StatusChange, row) for row in self._connection.execute(query).mappings())

    # lists

    def values(self, status_list: int) -> Iterable[tuple[int, int]]:
        """Give (index, value) of the places of a list that are not valid."""
        query = select(_VALUES.c.status_idx, _VALUES.c.value)
        query = query.where(_VALUES.c.status_list == status_list, _VALUES.c.value != 0)
        return ((row[0], row[1]) for row in self._connection.execute(query))

    def last_change(self, status_list: int) -> int:
        """Give the id of the newest change in that list, 0 for none."""
        query = select(func.max(_CHANGES.c.id)).where(_CHANGES.c.status_list == status_list)
        return int(self._connection.execute(query).scalar() or 0)

    def publish(self, publication: Publication) -> None:
        """Keep what goes out from now on."""
        self._connection.execute(insert(_PUBLISHED), columns(publication))

    def first_after(self, status_list: int, change: int) -> Publication | None:
        """Give the first publication of a list that knew the change with that id."""
        known = (_PUBLISHED.c.status_list == status_list) & (_PUBLISHED.c.last_change >= change)
        query = select(_PUBLISHED).where(known).order_by(_PUBLISHED.c.version).limit(1)
        row = self._connection.execute(query).mappings().first()
        return None if row is None else build(Publication, row)

    def published(self, status_list: int, at: datetime | None = None) -> Publication | None:
        """Give the newest publication of a list (as of ``at``), None before its first."""
        query = select(_PUBLISHED).where(_PUBLISHED.c.status_list == status_list)
        if at is not None:
            query = query.where(_PUBLISHED.c.made_at <= at)
        newest = query.order_by(_PUBLISHED.c.version.desc()).limit(1)
        row = self._connection.execute(newest).mappings().first()
        return None if row is None else build(Publication, row)

    # many at once

    def numbers_by_key(self, key_id: bytes) -> tuple[str, ...]:
        """Give the released reports that the report key with that id signed."""
        signed = and_(_INTENTS.c.key_id == key_id, _INTENTS.c.outcome == "file")
        query = select(_REPORTS.c.number).join(_INTENTS, _INTENTS.c.number == _REPORTS.c.number)
        return tuple(self._connection.execute(query.where(signed).order_by(_REPORTS.c.number)).scalars())

    def propose(self, proposal: Proposal) -> None:
        """Keep a proposal until somebody else decides."""
        self._connection.execute(insert(_PROPOSALS), columns(proposal))

    def proposal(self, id_: UUID) -> Proposal | None:
        """Give the proposal ``id_``."""
        row = self._connection.execute(select(_PROPOSALS).where(_PROPOSALS.c.id == id_)).mappings().first()
        return None if row is None else build(Proposal, row)

    def proposals(self, state: str = "waiting") -> tuple[Proposal, ...]:
        """Give the proposals in that state, oldest first."""
        query = select(_PROPOSALS).where(_PROPOSALS.c.state == state).order_by(_PROPOSALS.c.proposed_at)
        return tuple(build(Proposal, row) for row in self._connection.execute(query).mappings())

    def decide(self, id_: UUID, state: str, by: str, now: datetime, reports: int | None) -> None:
        """Close a waiting proposal; Conflict ``proposal_decided``."""
        one = update(_PROPOSALS).where(_PROPOSALS.c.id == id_, _PROPOSALS.c.state == "waiting")
        values = {"state": state, "decided_by": by, "decided_at": now, "reports": reports}
        if _count(self._connection.execute(one.values(**values))) != 1:
            raise Conflict("proposal_decided", proposal=str(id_))

    # what this house's verifier has seen of others

    def seen(self, uri: str) -> SeenList | None:
        """Give the highest version seen of the list at ``uri``."""
        row = self._connection.execute(select(_SEEN).where(_SEEN.c.uri == uri)).mappings().first()
        return None if row is None else build(SeenList, row)

    def remember(self, seen: SeenList) -> None:
        """Keep what was seen, if it is newer than what is kept."""
        older = and_(_SEEN.c.uri == seen.uri, _SEEN.c.version < seen.version)
        values = {"version": seen.version, "sha256": seen.sha256, "seen_at": seen.seen_at}
        moved = _count(self._connection.execute(update(_SEEN).where(older).values(**values)))
        if moved == 0 and not self.seen(seen.uri):
            self._connection.execute(insert(_SEEN), columns(seen))


def _count(result: Any) -> int:
    return int(cast(CursorResult[Any], result).rowcount)

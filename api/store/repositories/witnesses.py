"""What stands beside the log: facts behind its digests, cosignatures, heads we witnessed, alarms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, func, insert, select

from api.store.entries_log import Cosignature, LogAlarm, LogFact, WitnessedHead
from api.store.repositories.rows import build, columns, table_of
from api.store.tables import CosignatureRow, LogAlarmRow, LogFactRow, WitnessedHeadRow

_FACTS, _COSIGNATURES = table_of(LogFactRow), table_of(CosignatureRow)
_HEADS, _ALARMS = table_of(WitnessedHeadRow), table_of(LogAlarmRow)
_AT_ONCE = 500
"""Ids in one question, of which a database takes a bounded number."""


class WitnessRepository:
    """Nothing here ever changes or goes."""

    def __init__(self, connection: Connection) -> None:
        """Read and write through ``connection``; never commit."""
        self._connection = connection

    def add_fact(self, fact: LogFact) -> None:
        """Keep what stands behind one entry's digest."""
        self._connection.execute(insert(_FACTS), columns(fact))

    def facts(self) -> Iterator[LogFact]:
        """Give every fact in the order of the log."""
        rows = self._connection.execute(select(_FACTS).order_by(_FACTS.c.index)).mappings()
        yield from (build(LogFact, row) for row in rows)

    def facts_of(self, abouts: Sequence[str]) -> tuple[LogFact, ...]:
        """Give the facts about any of these grants, looks or reports, in the order of the log."""
        found: list[LogFact] = []
        for start in range(0, len(abouts), _AT_ONCE):
            query = select(_FACTS).where(_FACTS.c.about.in_(abouts[start : start + _AT_ONCE]))
            found += (build(LogFact, row) for row in self._connection.execute(query).mappings())
        return tuple(sorted(found, key=lambda fact: fact.index))

    def add_cosignature(self, given: Cosignature) -> None:
        """Keep a witness's signature; a second one on the same head is dropped, the first stands."""
        here = (_COSIGNATURES.c.witness == given.witness) & (_COSIGNATURES.c.size == given.size)
        if self._connection.execute(select(_COSIGNATURES.c.size).where(here)).first() is None:
            self._connection.execute(insert(_COSIGNATURES), columns(given))

    def cosigned_size(self, witness: str) -> int:
        """Give the largest of our heads that ``witness`` cosigned, 0 for none."""
        query = select(func.max(_COSIGNATURES.c.size)).where(_COSIGNATURES.c.witness == witness)
        return self._connection.execute(query).scalar() or 0

    def cosignatures(self, size: int) -> tuple[Cosignature, ...]:
        """Give every cosignature of our head of ``size``, by name of the witness."""
        query = select(_COSIGNATURES).where(_COSIGNATURES.c.size == size).order_by(_COSIGNATURES.c.witness)
        return tuple(build(Cosignature, row) for row in self._connection.execute(query).mappings())

    def quorum_size(self, witnesses: tuple[str, ...], quorum: int) -> int | None:
        """Give the largest head that ``quorum`` of these witnesses cosigned; None where there is none."""
        known = _COSIGNATURES.c.witness.in_(witnesses)
        query = (
            select(_COSIGNATURES.c.size)
            .where(known)
            .group_by(_COSIGNATURES.c.size)
            .having(func.count() >= quorum)
            .order_by(_COSIGNATURES.c.size.desc())
            .limit(1)
        )
        return self._connection.execute(query).scalar()

    def newest_head(self, origin: str) -> WitnessedHead | None:
        """Give the largest head of the log ``origin`` that we cosigned."""
        query = select(_HEADS).where(_HEADS.c.origin == origin).order_by(_HEADS.c.size.desc()).limit(1)
        row = self._connection.execute(query).mappings().first()
        return None if row is None else build(WitnessedHead, row)

    def head_at(self, origin: str, size: int) -> WitnessedHead | None:
        """Give the head of exactly ``size`` leaves of that log, if we cosigned it."""
        query = select(_HEADS).where(_HEADS.c.origin == origin, _HEADS.c.size == size)
        row = self._connection.execute(query).mappings().first()
        return None if row is None else build(WitnessedHead, row)

    def heads(self) -> tuple[WitnessedHead, ...]:
        """Give the largest head of each log that we witness."""
        origins = self._connection.execute(select(_HEADS.c.origin).distinct().order_by(_HEADS.c.origin))
        found = (self.newest_head(origin) for origin in [*origins.scalars()])
        return tuple(head for head in found if head is not None)

    def add_head(self, head: WitnessedHead) -> None:
        """Keep a head that we are about to cosign."""
        self._connection.execute(insert(_HEADS), columns(head))

    def raise_alarm(self, alarm: LogAlarm) -> bool:
        """Keep evidence; False when this very pair is kept already."""
        same: dict[str, Any] = {
            "kind": alarm.kind, "origin": alarm.origin, "witness": alarm.witness, "size": alarm.size,
            "root": alarm.root,
        }  # fmt: skip
        if self._connection.execute(select(_ALARMS.c.id).filter_by(**same)).first() is not None:
            return False
        values = {name: value for name, value in columns(alarm).items() if name != "id"}
        self._connection.execute(insert(_ALARMS), values)
        return True

    def alarms(self) -> tuple[LogAlarm, ...]:
        """Give every alarm, newest first."""
        rows = self._connection.execute(select(_ALARMS).order_by(_ALARMS.c.id.desc())).mappings()
        return tuple(build(LogAlarm, row) for row in rows)

    def alarm_counts(self) -> dict[str, int]:
        """Give how many alarms there are of each kind."""
        query = select(_ALARMS.c.kind, func.count()).group_by(_ALARMS.c.kind)
        return {row[0]: row[1] for row in self._connection.execute(query)}

"""The signature log: append under the one-row lock, read back leaves, nodes and checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    func,
    insert,
    literal_column,
    select,
    type_coerce,
)

from api.store import log_steps
from api.store.entries import StoredLeaf
from api.store.repositories.rows import build, table_of
from api.store.tables import CheckpointRow, LogLeafRow, LogNodeRow, LogStateRow
from domain.errors import Conflict, InvariantBroken
from domain.leaf import Leaf, encode
from domain.merkle import Frontier, leaf_hash, node_hash
from domain.times import from_microseconds, from_milliseconds, microseconds, milliseconds

_STATE, _LEAVES = table_of(LogStateRow), table_of(LogLeafRow)
_NODES, _CHECKPOINTS = table_of(LogNodeRow), table_of(CheckpointRow)
# Literals, not parameters: the digest must be the very expression that is indexed, and PostgreSQL must see
# that what is grouped by is what is shown.
_carried: ColumnElement[bytes] = func.substr(_LEAVES.c.leaf, literal_column("19"))
_EIGHT_HOURS, _A_DAY = 28_800_000_000, 86_400_000_000
_LOCAL = type_coerce(_LEAVES.c.appended_at, BigInteger) + literal_column(str(_EIGHT_HOURS))
_DAY = (_LOCAL - _LOCAL % literal_column(str(_A_DAY))).label("day")


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """Where one leaf came to stand."""

    index: int
    leaf: Leaf
    data: bytes
    """The leaf's bytes."""
    size: int
    """Leaves in the tree right after it."""
    root: bytes
    proof: tuple[bytes, ...]
    """Inclusion proof of this leaf in the tree of ``size``."""
    checkpoint: bytes
    """Signed note of the tree right after the leaf."""


class LogRepository:
    """The log of one origin.  The caller's transaction must have begun for writing."""

    def __init__(self, connection: Connection) -> None:
        """Read and write through ``connection``; never commit."""
        self._connection = connection

    def found(self) -> None:
        """Write the state of the empty log."""
        empty = Frontier()
        values = {"id": 1, "size": 0, "frontier": empty.encode(), "root": empty.root(), "last_time_ms": 0}
        self._connection.execute(insert(_STATE), values)

    def append(
        self,
        make: Callable[[datetime], Leaf],
        *,
        now: datetime,
        number: str,
        sign: Callable[[int, bytes], bytes],
        intent: str | None = None,
        guard: Callable[[int, bytes], None] | None = None,
    ) -> Appended:
        """Append the leaf that ``make`` gives for the log's time; Conflict ``log_moved`` on a lost race.

        The time handed to ``make`` is ``now``, or the newest leaf's time where the clock
        went back: times in the log never decrease.  ``guard`` is asked, under the lock, whether a
        tree of the present size and root may grow; it raises where not.  ``sign`` gives the signed
        head of the new size and root, which is kept with it.
        """
        connection = self._connection
        state = log_steps.lock(connection)
        if guard is not None:
            guard(state.size, state.root)
        edge = Frontier.decode(state.frontier)
        moment = from_milliseconds(max(milliseconds(now), state.last_time_ms))
        leaf = make(moment)
        if leaf.time != moment:
            raise InvariantBroken("leaf_time")
        step = _step(edge, leaf, sign=sign, number=number, intent=intent, now=now)
        # SECURITY: what was read is asked for again, so that a lost lock shows instead of forking the log.
        if not log_steps.take(connection, step):
            raise Conflict("log_moved", size=edge.size)
        return Appended(
            index=edge.size,
            leaf=leaf,
            data=step.leaf,
            size=step.size,
            root=step.root,
            proof=edge.next_proof(),
            checkpoint=step.note,
        )

    def newest_time(self) -> datetime | None:
        """Give the time of the newest leaf; None for an empty log."""
        moment = self._connection.execute(select(_STATE.c.last_time_ms)).scalar_one()
        return from_milliseconds(moment) if moment else None

    def size(self) -> int:
        """Give the number of leaves."""
        return int(self._connection.execute(select(_STATE.c.size)).scalar_one())

    def head(self) -> tuple[int, bytes]:
        """Give size and root of the newest tree."""
        row = self._connection.execute(select(_STATE.c.size, _STATE.c.root)).one()
        return int(row.size), bytes(row.root)

    def leaf(self, index: int) -> StoredLeaf | None:
        """Give the leaf at ``index``."""
        row = self._connection.execute(select(_LEAVES).where(_LEAVES.c.index == index)).mappings().first()
        return None if row is None else build(StoredLeaf, row)

    def leaves(self, start: int = 0, count: int | None = None) -> Iterator[StoredLeaf]:
        """Give leaves in order from ``start``, at most ``count`` (None: all)."""
        query = select(_LEAVES).where(_LEAVES.c.index >= start).order_by(_LEAVES.c.index).limit(count)
        for row in self._connection.execute(query).mappings():
            yield build(StoredLeaf, row)

    def leaves_of(self, number: str) -> tuple[StoredLeaf, ...]:
        """Give the leaves about report ``number``, in order."""
        query = select(_LEAVES).where(_LEAVES.c.number == number).order_by(_LEAVES.c.index)
        return tuple(build(StoredLeaf, row) for row in self._connection.execute(query).mappings())

    def entries(self, start: int, count: int) -> tuple[bytes, ...]:
        """Give the bytes of up to ``count`` leaves from ``start`` on, in one query."""
        here = _LEAVES.c.index.between(start, start + count - 1)
        query = select(_LEAVES.c.leaf).where(here).order_by(_LEAVES.c.index)
        return tuple(self._connection.execute(query).scalars())

    def placed(self, start: int, count: int) -> list[tuple[int, bytes]]:
        """Give index and bytes of up to ``count`` leaves from ``start`` on, in one query."""
        here = _LEAVES.c.index.between(start, start + count - 1)
        query = select(_LEAVES.c.index, _LEAVES.c.leaf).where(here).order_by(_LEAVES.c.index)
        return [(row[0], row[1]) for row in self._connection.execute(query)]

    def row(self, level: int, start: int, count: int) -> dict[int, bytes]:
        """Give up to ``count`` neighbouring nodes of ``level`` from ``start`` on, in one query, by index."""
        here = (_NODES.c.level == level) & _NODES.c.index.between(start, start + count - 1)
        query = select(_NODES.c.index, _NODES.c.hash).where(here).order_by(_NODES.c.index)
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def nodes(self, wanted: Sequence[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
        """Give those nodes (level, index) in one query; what is missing is left out."""
        return log_steps.nodes(self._connection, wanted) if wanted else {}

    def of_type(self, kind: int) -> tuple[StoredLeaf, ...]:
        """Give the leaves of one type, in order."""
        query = select(_LEAVES).where(_LEAVES.c.type == kind).order_by(_LEAVES.c.index)
        return tuple(build(StoredLeaf, row) for row in self._connection.execute(query).mappings())

    def root_at(self, size: int) -> bytes | None:
        """Give the root that was signed for ``size`` leaves; None for a size that never was."""
        query = select(_CHECKPOINTS.c.root).where(_CHECKPOINTS.c.size == size)
        return self._connection.execute(query).scalar()

    def by_digest(self, digest: bytes, limit: int) -> tuple[StoredLeaf, ...]:
        """Give the leaves that carry ``digest``, in order, at most ``limit``."""
        query = select(_LEAVES).where(_carried == digest)
        rows = self._connection.execute(query.order_by(_LEAVES.c.index).limit(limit)).mappings()
        return tuple(build(StoredLeaf, row) for row in rows)

    def counts_by_day(self, since: datetime) -> tuple[tuple[datetime, int, int], ...]:
        """Give (an instant of the day in Shanghai, type, leaves) for what was appended since an instant."""
        query = select(_DAY, _LEAVES.c.type, func.count()).where(_LEAVES.c.appended_at >= since)
        rows = self._connection.execute(query.group_by(_DAY, _LEAVES.c.type))
        return tuple((from_microseconds(row[0] - _EIGHT_HOURS), row[1], row[2]) for row in rows)

    def node(self, level: int, index: int) -> bytes | None:
        """Give the root of the complete subtree of 2**level leaves at ``index``."""
        here = (_NODES.c.level == level) & (_NODES.c.index == index)
        return self._connection.execute(select(_NODES.c.hash).where(here)).scalar()

    def checkpoint(self, size: int | None = None) -> bytes | None:
        """Give the signed note of ``size`` leaves (None: the newest)."""
        query = select(_CHECKPOINTS.c.note).order_by(_CHECKPOINTS.c.size.desc()).limit(1)
        if size is not None:
            query = query.where(_CHECKPOINTS.c.size == size)
        return self._connection.execute(query).scalar()


def _step(
    edge: Frontier,
    leaf: Leaf,
    *,
    sign: Callable[[int, bytes], bytes],
    number: str,
    intent: str | None,
    now: datetime,
) -> log_steps.Step:
    """Give all that one entry more makes of the log, with the signed head of its new size."""
    data = encode(leaf)
    hashed = leaf_hash(data)
    after = edge.append(hashed)
    root = after.root()
    return log_steps.Step(
        read=edge.size,
        size=after.size,
        frontier=after.encode(),
        root=root,
        time_ms=milliseconds(leaf.time),
        leaf=data,
        leaf_hash=hashed,
        type=int(leaf.type),
        number=number,
        intent=intent,
        nodes=tuple(_new_nodes(edge, hashed)),
        note=sign(after.size, root),
        made_at=microseconds(now),
    )


def _new_nodes(edge: Frontier, hashed: bytes) -> Iterator[bytes]:
    """Give the subtree roots that the next leaf completes, from the leaf upwards."""
    index, current, left = edge.size, hashed, list(edge.hashes)
    yield current
    while index & 1:
        current, index = node_hash(left.pop(), current), index >> 1
        yield current


__all__: Sequence[str] = ("Appended", "LogRepository")

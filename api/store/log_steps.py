"""The statements by which the log grows: what is read under its lock, and one step written.

Every issue waits for this lock twice, so the statements go to the driver as they stand, and
PostgreSQL, which is asked over a socket, gets the whole step as one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

_STATE: Final = "SELECT size, frontier, root, last_time_ms FROM log_state WHERE id = 1"
_MOVE: Final = (
    "UPDATE log_state SET size = :size, frontier = :frontier, root = :root, last_time_ms = :time_ms"
    " WHERE id = 1 AND size = :read"
)
_LEAF: Final = (
    'INSERT INTO log_leaves ("index", leaf, leaf_hash, type, number, intent, appended_at)'
    " VALUES (:read, :leaf, :leaf_hash, :type, :number, :intent, :made_at)"
)
_NODE: Final = 'INSERT INTO log_nodes (level, "index", hash) VALUES (?, ?, ?)'
_HEAD: Final = "INSERT INTO checkpoints (size, root, note, made_at) VALUES (:size, :root, :note, :made_at)"
_WHOLE: Final = """
WITH moved AS (
  UPDATE log_state SET size = %(size)s, frontier = %(frontier)s, root = %(root)s, last_time_ms = %(time_ms)s
  WHERE id = 1 AND size = %(read)s RETURNING id
), leaf AS (
  INSERT INTO log_leaves ("index", leaf, leaf_hash, type, number, intent, appended_at)
  SELECT %(read)s, %(leaf)s, %(leaf_hash)s, %(type)s, %(number)s, %(intent)s, %(made_at)s FROM moved
), nodes AS (
  INSERT INTO log_nodes (level, "index", hash)
  SELECT n.level, n.place, n.hash
  FROM moved, unnest(%(levels)s::int[], %(places)s::bigint[], %(hashes)s::bytea[]) n(level, place, hash)
)
INSERT INTO checkpoints (size, root, note, made_at)
SELECT %(size)s, %(root)s, %(note)s, %(made_at)s FROM moved
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The log as it stands, read under its lock."""

    size: int
    frontier: bytes
    root: bytes
    last_time_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One leaf more: from a tree of ``read`` leaves to one of ``size``."""

    read: int
    size: int
    frontier: bytes
    root: bytes
    time_ms: int
    leaf: bytes
    leaf_hash: bytes
    type: int
    number: str
    intent: str | None
    nodes: Sequence[tuple[int, int, bytes]]
    """Level, index and hash of the subtrees that the leaf completes."""
    note: bytes
    """The signed head of the new tree."""
    made_at: int
    """Microseconds."""


def lock(connection: Connection) -> State:
    """Give the log's state; nobody else moves it before this transaction is over.

    SQLite: a writing transaction holds the whole file's lock from its beginning.
    """
    locking = " FOR UPDATE" if _asked_over_a_socket(connection) else ""
    row = connection.exec_driver_sql(_STATE + locking).one()
    return State(size=row[0], frontier=bytes(row[1]), root=bytes(row[2]), last_time_ms=row[3])


def take(connection: Connection, step: Step) -> bool:
    """Write the step whole; False, and nothing written, where the tree had other than ``read`` leaves."""
    said: dict[str, Any] = {
        "read": step.read, "size": step.size, "frontier": step.frontier, "root": step.root,
        "time_ms": step.time_ms, "leaf": step.leaf, "leaf_hash": step.leaf_hash, "type": step.type,
        "number": step.number, "intent": step.intent, "note": step.note, "made_at": step.made_at,
    }  # fmt: skip
    return (
        _at_once(connection, step, said)
        if _asked_over_a_socket(connection)
        else _one_by_one(connection, step, said)
    )


def _at_once(connection: Connection, step: Step, said: Mapping[str, Any]) -> bool:
    levels, places, hashes = zip(*step.nodes, strict=True)
    more = {"levels": list(levels), "places": list(places), "hashes": list(hashes)}
    return connection.exec_driver_sql(_WHOLE, {**said, **more}).rowcount == 1


def _one_by_one(connection: Connection, step: Step, said: Mapping[str, Any]) -> bool:
    if connection.exec_driver_sql(_MOVE, dict(said)).rowcount != 1:
        return False
    connection.exec_driver_sql(_LEAF, dict(said))
    connection.exec_driver_sql(_NODE, list(step.nodes))
    connection.exec_driver_sql(_HEAD, dict(said))
    return True


def _asked_over_a_socket(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"

"""The statements by which the log grows: what is read under its lock, and one step written.

Every issue waits for this lock twice, so the statements go to the driver as they stand, and
PostgreSQL, which is asked over a socket, gets the whole step as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection
from sqlalchemy.exc import NoResultFound

from api.store import driver

_STATE: Final = "SELECT size, frontier, root, last_time_ms FROM log_state WHERE id = 1"
LOCKED_STATE: Final = f"{_STATE} FOR UPDATE"
_READ: Final = "daizheng_log_state"
_MOVE: Final = (
    "UPDATE log_state SET size = ?, frontier = ?, root = ?, last_time_ms = ? WHERE id = 1 AND size = ?"
)
_LEAF: Final = (
    'INSERT INTO log_leaves ("index", leaf, leaf_hash, type, number, intent, appended_at)'
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_NODES: Final = 'INSERT INTO log_nodes (level, "index", hash) VALUES '
_HEAD: Final = "INSERT INTO checkpoints (size, root, note, made_at) VALUES (?, ?, ?, ?)"
# The nodes that a leaf completes stand above each other: level by level the index is halved.
_WHOLE: Final = """
WITH given(
  read, size, frontier, root, time_ms, leaf, leaf_hash, type, number, intent, made_at, nodes, note
) AS (
  VALUES (%s::bigint, %s::bigint, %s::bytea, %s::bytea, %s::bigint, %s::bytea, %s::bytea, %s::int, %s::text,
          %s::text, %s::bigint, %s::bytea, %s::bytea)
), moved AS (
  UPDATE log_state s SET size = g.size, frontier = g.frontier, root = g.root, last_time_ms = g.time_ms
  FROM given g WHERE s.id = 1 AND s.size = g.read RETURNING g.*
), leaf AS (
  INSERT INTO log_leaves ("index", leaf, leaf_hash, type, number, intent, appended_at)
  SELECT read, leaf, leaf_hash, type, number, intent, made_at FROM moved
), nodes AS (
  INSERT INTO log_nodes (level, "index", hash)
  SELECT n, read >> n, substr(nodes, n * 32 + 1, 32)
  FROM moved, generate_series(0, length(nodes) / 32 - 1) n
)
INSERT INTO checkpoints (size, root, note, made_at) SELECT size, root, note, made_at FROM moved
"""

# Each is looked up in the index, in this order; conditions joined by OR, or IN (VALUES ...), would be a scan.
_WANTED: Final = (
    'WITH wanted(l, i) AS (VALUES {}) SELECT n.level, n."index", n.hash'
    ' FROM wanted CROSS JOIN log_nodes n WHERE n.level = wanted.l AND n."index" = wanted.i'
)
# One text for every proof, so that the server plans it once.
_WANTED_OF_SERVER: Final = (
    'SELECT n.level, n."index", n.hash FROM unnest(%s::int[], %s::bigint[]) w(l, i)'
    ' JOIN log_nodes n ON n.level = w.l AND n."index" = w.i'
)


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
    nodes: Sequence[bytes]
    """Hashes of the subtrees that the leaf completes, from the leaf itself upwards."""
    note: bytes
    """The signed head of the new tree."""
    made_at: int
    """Microseconds."""


def lock(connection: Connection) -> State:
    """Give the log's state; nobody else moves it before this transaction is over.

    SQLite: a writing transaction holds the whole file's lock from its beginning.
    """
    if not _asked_over_a_socket(connection):
        row = driver.ask(connection, _STATE).fetchone()
    elif (row := connection.info.pop(_READ, None)) is None:
        row = driver.ask(connection, LOCKED_STATE).fetchone()
    if row is None:
        raise NoResultFound
    return State(size=row[0], frontier=bytes(row[1]), root=bytes(row[2]), last_time_ms=row[3])


def keep(connection: Connection, state: tuple[Any, ...] | None) -> None:
    """The transaction that just began under its lock holds the log's ``state`` for its first ``lock``."""
    connection.info[_READ] = state


def forget(connection: Connection) -> None:
    """What an earlier transaction read is not this one's."""
    connection.info.pop(_READ, None)


def take(connection: Connection, step: Step) -> bool:
    """Write the step whole; False, and nothing written, where the tree had other than ``read`` leaves."""
    return _at_once(connection, step) if _asked_over_a_socket(connection) else _one_by_one(connection, step)


def nodes(connection: Connection, wanted: Sequence[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    """Give those nodes (level, index), at least one, in one query; what is missing is left out."""
    if _asked_over_a_socket(connection):
        levels, places = ("{" + ",".join(map(str, numbers)) + "}" for numbers in zip(*wanted, strict=True))
        found = driver.ask(connection, _WANTED_OF_SERVER, (levels, places))
    else:
        # Numbers alone are written into the text.
        pairs = ",".join(f"({level:d},{index:d})" for level, index in wanted)
        found = driver.ask(connection, _WANTED.format(pairs))
    return {(level, index): hashed for level, index, hashed in found.fetchall()}


def _at_once(connection: Connection, step: Step) -> bool:
    values = (
        step.read, step.size, step.frontier, step.root, step.time_ms, step.leaf, step.leaf_hash, step.type,
        step.number, step.intent, step.made_at, b"".join(step.nodes), step.note,
    )  # fmt: skip
    return driver.ask(connection, _WHOLE, values).rowcount == 1


def _one_by_one(connection: Connection, step: Step) -> bool:
    moved = (step.size, step.frontier, step.root, step.time_ms, step.read)
    if driver.ask(connection, _MOVE, moved).rowcount != 1:
        return False
    leaf = (step.read, step.leaf, step.leaf_hash, step.type, step.number, step.intent, step.made_at)
    driver.ask(connection, _LEAF, leaf)
    nodes = [cell for level, node in enumerate(step.nodes) for cell in (level, step.read >> level, node)]
    driver.ask(connection, _NODES + ", ".join(["(?, ?, ?)"] * len(step.nodes)), nodes)
    driver.ask(connection, _HEAD, (step.size, step.root, step.note, step.made_at))
    return True


def _asked_over_a_socket(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"

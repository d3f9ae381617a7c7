"""`scripts/bench --log`: the log's speeds, on SQLite and on a PostgreSQL server of its own.

An append is timed from the asked-for lock to the durable commit, checkpoint signed, paced at 18
issues a second (two entries each).  In turn with it, at the same pace, the database's own program
library commits one row: what the disk and the server take by themselves in those minutes.  Then
both once more with all data in memory: what is left when the disk takes nothing.  Proofs and the
audit run on a log of a million entries that was written in bulk, its hashes and its head as the
house would have them; a proof is timed from asking for a connection.
"""

from __future__ import annotations

import secrets
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from random import Random
from time import perf_counter, sleep

import psycopg
from sqlalchemy import insert, text, update

from api import container
from api.services.auditing.any_log import audit
from api.services.auditing.own_log import own_keys
from api.services.auditing.sources import HouseSource
from api.services.context import Context
from api.services.issuing import log as logbook
from api.services.log import heads
from api.store.tables import METADATA
from domain import merkle, tree_proofs
from domain.checkpoint import Checkpoint
from domain.checkpoint import encode as encode_head
from domain.leaf import Leaf, LeafType, encode
from domain.merkle import Frontier
from domain.times import milliseconds
from keys.note_signing import sign_note
from keys.roles import Role
from scripts.benchmark.clock import Series
from scripts.commands import Commands, environment
from scripts.postgresql import Server

ISSUES_A_SECOND = 18
ENTRIES_AN_ISSUE = 2
_CHUNK = 10_000
_TURNS = 5
_WARM = 5
_MEMORY = Path("/dev/shm")  # noqa: S108 - a directory of one's own is made in it


def measure(entries: int, seconds: float) -> list[tuple[str, str, str, bool]]:
    """Lines of the table: work, figure, what was set, whether it holds."""
    lines = []
    for name in ("SQLite", "PostgreSQL"):
        with _house(name) as context:
            series, bare = _appends(context, seconds)
            work = f"append with checkpoint, {ISSUES_A_SECOND} issues/s, {name}"
            lines.append((work, _figure(series), "p95 3 ms", series.p95_ms < 3))
            work = f"the database's own commit of one row at the same pace, {name}"
            lines.append((work, _figure(bare), "", True))
            lines += _without_a_disk(name, seconds)
            _fill(context, entries)
            proofs = _proofs(context, entries)
            work = f"inclusion proof at {entries:,} entries, {name}"
            lines.append((work, _figure(proofs), "1 ms", proofs.p95_ms < 1))
            speed = _audit(context)
            work = f"full audit of {entries:,} entries, {name}"
            lines.append((work, f"{speed:,.0f} entries/s", "20,000 entries/s", speed >= 20_000))
    return lines


def _without_a_disk(name: str, seconds: float) -> list[tuple[str, str, str, bool]]:
    if not _MEMORY.is_dir():
        return []
    with _house(name, _MEMORY) as context:
        series, bare = _appends(context, seconds)
    return [
        (f"the append with all data in memory, {name}", _figure(series), "", True),
        (f"the commit of one row with all data in memory, {name}", _figure(bare), "", True),
    ]


def _figure(series: Series) -> str:
    return f"p50 {series.median_ms:.2f} ms, p95 {series.p95_ms:.2f} ms"


@contextmanager
def _house(name: str, within: Path | None = None) -> Iterator[Context]:
    server = Server.make(quick=False, within=within) if name == "PostgreSQL" else None
    said = {}
    if server is not None:
        server.create("bench")
        said = {"DAIZHENG_DATABASE_URL": server.url("bench")}
    try:
        with tempfile.TemporaryDirectory(dir=within) as folder, environment(said):
            commands = Commands(Path(folder) / "house")
            commands.found("--region", "150300", "--host", "bench.example", "--environment", "test")
            with environment(commands.variables):
                context = container.open_house(commands.home)
            yield context
            context.store.close()
    finally:
        if server is not None:
            server.remove()


def _appends(context: Context, seconds: float) -> tuple[Series, Series]:
    """The appends, and in turn with them bare commits of one row."""
    key_id = context.keys.private(Role.REPORT).key_id

    def append() -> None:
        digest = secrets.token_bytes(32)
        with context.store.writing() as work:
            logbook.append(context, work, partial(_leaf, key_id, digest), now=context.clock())
            work.commit()

    appends: list[float] = []
    commits: list[float] = []
    with _one_row(context) as commit:
        for _ in range(_TURNS):
            appends += _paced(append, seconds / _TURNS)
            commits += _paced(commit, seconds / _TURNS / 3)
    return Series("append", tuple(appends)), Series("one row", tuple(commits))


def _paced(work: Callable[[], None], seconds: float) -> list[float]:
    """How long each piece took; the first ones, on what the other kind left behind, are not counted."""
    gap, begin = 1 / (ISSUES_A_SECOND * ENTRIES_AN_ISSUE), perf_counter()
    taken: list[float] = []
    while (due := begin + len(taken) * gap) < begin + seconds:
        sleep(max(0.0, due - perf_counter()))
        started = perf_counter()
        work()
        taken.append(perf_counter() - started)
    return taken[_WARM:]


@contextmanager
def _one_row(context: Context) -> Iterator[Callable[[], None]]:
    """A durable commit of one row under the writer's lock, by the bare library, without anything of ours."""
    url = context.store.engine.url
    if url.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(context.home / "bare.db", isolation_level=None)) as file:
            file.execute("PRAGMA journal_mode=WAL")
            file.execute("PRAGMA synchronous=FULL")
            file.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, data BLOB)")
            # Over a log that has its size already, as a house's has: a growing file costs more to sync.
            file.execute("INSERT INTO bare (data) VALUES (zeroblob(8000000))")
            file.execute("PRAGMA wal_checkpoint(RESTART)")

            def on_file() -> None:
                file.execute("BEGIN IMMEDIATE")
                file.execute("INSERT INTO bare (data) VALUES (?)", (bytes(100),))
                file.execute("COMMIT")

            yield on_file
        return
    with psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False)) as server:
        server.execute("CREATE TABLE bare (id bigserial PRIMARY KEY, data bytea)")
        server.commit()

        def on_server() -> None:
            server.execute("SELECT pg_advisory_xact_lock(1)")
            server.execute("INSERT INTO bare (data) VALUES (%s)", (bytes(100),))
            server.commit()

        yield on_server


def _leaf(key_id: bytes, digest: bytes, moment: datetime) -> Leaf:
    return Leaf(LeafType.RECEIPT, key_id, moment, digest)


def _fill(context: Context, entries: int) -> None:
    """The log has so many entries; only its newest head is signed."""
    tables = METADATA.tables
    with context.store.reading() as work:
        size = work.log.size()
        edge = Frontier()
        for leaf in work.log.leaves():
            edge = edge.append(leaf.leaf_hash)
    now, key_id = context.clock(), context.keys.private(Role.REPORT).key_id
    with context.store.engine.begin() as connection:
        if context.store.engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL synchronous_commit = off"))
        while size < entries:
            leaves, nodes = [], []
            for _ in range(min(_CHUNK, entries - size)):
                data = encode(Leaf(LeafType.RECEIPT, key_id, now, secrets.token_bytes(32)))
                hashed, left, index, level = merkle.leaf_hash(data), list(edge.hashes), size, 0
                leaves.append(
                    {"index": size, "leaf": data, "leaf_hash": hashed, "type": 8, "number": "",
                     "intent": None, "appended_at": now}
                )  # fmt: skip
                nodes.append({"level": 0, "index": index, "hash": hashed})
                current = hashed
                while index & 1:
                    current, level, index = merkle.node_hash(left.pop(), current), level + 1, index >> 1
                    nodes.append({"level": level, "index": index, "hash": current})
                edge = Frontier(size + 1, (*left, current))
                size += 1
            connection.execute(insert(tables["log_leaves"]), leaves)
            connection.execute(insert(tables["log_nodes"]), nodes)
        values = {
            "size": size, "frontier": edge.encode(), "root": edge.root(), "last_time_ms": milliseconds(now),
        }  # fmt: skip
        connection.execute(update(tables["log_state"]).values(**values))
        origin = context.house.log_origin
        head = Checkpoint(origin=origin, size=size, root=edge.root())
        signed = sign_note(encode_head(head), origin, context.keys.private(Role.LOG))
        row = {"size": size, "root": edge.root(), "note": signed, "made_at": now}
        connection.execute(insert(tables["checkpoints"]), row)
    heads.remember(context.home, head, signed)


def _proofs(context: Context, entries: int) -> Series:
    draw, taken = Random(7), []
    for _ in range(1000):
        index = draw.randrange(entries)
        started = perf_counter()
        with context.store.reading() as work:
            proof = tree_proofs.inclusion_proof(index, entries, work.log.nodes)
            taken.append(perf_counter() - started)
            leaf = work.log.leaf(index)
            head = work.log.head()
        assert leaf is not None
        merkle.verify_inclusion(leaf.leaf_hash, index, entries, proof, head[1])
    return Series("proof", tuple(taken))


def _audit(context: Context) -> float:
    started = perf_counter()
    found = audit(HouseSource(context), own_keys(context), context.clock())
    taken = perf_counter() - started
    assert found.clean, found.findings[:3]
    return found.replay.size / taken

"""PostgreSQL does for the house what SQLite does: one writer, one state to read, locks that die with us."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from time import monotonic, sleep

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError

from api.store import log_steps, resting
from api.store.engine import for_reading, for_writing, open_engine, require_empty, require_reachable
from api.store.migrate import upgrade
from api.store.number_locks import NumberLocks
from api.store.unit_of_work import Store
from domain.errors import Conflict, DependencyUnavailable, MalformedInput, Refused
from tests import databases

pytestmark = pytest.mark.tool("initdb")
NUMBER = "150300202606150A1B2C3D"


@pytest.fixture(scope="session")
def made() -> str:
    """A database with the house's tables that no test changes."""
    server = databases.server()
    engine = open_engine(server.create("made"))
    upgrade(for_writing(engine))
    engine.dispose()
    return "made"


@pytest.fixture
def url(made: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of one's own with the house's tables."""
    name = f"own_{abs(hash(request.node.nodeid))}"
    yield databases.server().create(name, template=made)
    databases.server().drop(name)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """An engine on it."""
    opened = open_engine(url)
    yield opened
    opened.dispose()


def _add(engine: Engine, name: str) -> None:
    with for_writing(engine).begin() as work:
        _insert(work, name)


def _insert(work: object, name: str) -> None:
    row = text("INSERT INTO sessions_of_test VALUES (:name)")
    work.execute(row, {"name": name})  # type: ignore[attr-defined]


@pytest.fixture
def store(engine: Engine) -> Iterator[Store]:
    """Its units of work."""
    opened = Store(engine)
    yield opened
    opened.close()


@pytest.fixture
def notes(engine: Engine) -> Engine:
    """The same with one more table."""
    with engine.begin() as work:
        work.execute(text("CREATE TABLE sessions_of_test (name text)"))
    return engine


def _count(work: object) -> int:
    return int(work.execute(text("SELECT count(*) FROM sessions_of_test")).scalar_one())  # type: ignore[attr-defined]


def test_a_reader_sees_one_state_and_writes_nothing(notes: Engine) -> None:
    with for_reading(notes).connect() as reader:
        assert _count(reader) == 0
        _add(notes, "later")
        assert _count(reader) == 0
        with pytest.raises(DatabaseError, match="read-only"):
            _insert(reader, "mine")
    with for_reading(notes).connect() as reader:
        assert _count(reader) == 1


def test_a_writer_waits_for_the_one_before_and_sees_all_it_did(notes: Engine) -> None:
    seen: list[int] = []

    def second() -> None:
        with for_writing(notes).begin() as work:
            seen.append(_count(work))

    with for_writing(notes).begin() as first:
        thread = threading.Thread(target=second)
        thread.start()
        _insert(first, "first")
        thread.join(0.3)
        assert thread.is_alive()
    thread.join(10)
    assert seen == [1]


def test_a_writer_that_waits_too_long_is_told_so(url: str, engine: Engine) -> None:
    hurried = Store(open_engine(url, busy_seconds=0.2))
    with for_writing(engine).begin(), pytest.raises(DependencyUnavailable, match="database_busy"):
        hurried.writing().__enter__()
    hurried.close()


def test_a_server_that_goes_away_is_one_error_of_ours(store: Store) -> None:
    with pytest.raises(DependencyUnavailable) as caught, store.writing() as work:
        work._connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert caught.value.code == "database_unreachable"
    with store.reading() as work:
        assert work.log.leaf(0) is None


def _end_the_writer(engine: Engine) -> None:
    held = "SELECT pg_terminate_backend(l.pid, 5000) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
    with engine.connect() as other:
        ended = other.execute(
            text(f"{held} WHERE l.locktype = 'advisory' AND d.datname = current_database()")
        )
        assert ended.scalars().all() == [True]


def test_a_server_that_goes_away_between_two_statements_of_the_log_is_the_same_error(
    engine: Engine, store: Store
) -> None:

    def cut() -> None:
        with store.writing() as work:
            _end_the_writer(engine)
            work.log.nodes([(0, 0)])

    with pytest.raises(DependencyUnavailable) as caught:
        cut()
    assert caught.value.code == "database_unreachable"
    with store.writing() as work:
        assert work.log.nodes([(0, 0)]) == {}


def _pid(store: Store) -> int:
    with store.writing() as work:
        return int(work._connection.execute(text("SELECT pg_backend_pid()")).scalar_one())


def _end_all_others(engine: Engine) -> None:
    others = "FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
    with engine.connect() as connection:
        connection.execute(text(f"SELECT pg_terminate_backend(pid, 5000) {others}"))


def test_a_connection_that_was_just_used_serves_the_next_unit_of_work(store: Store) -> None:
    assert _pid(store) == _pid(store)
    with pytest.raises(ZeroDivisionError), store.writing():
        raise ZeroDivisionError
    with store.writing() as work:
        assert work._connection.execute(text("SELECT count(*) FROM events")).scalar_one() == 0


def test_a_connection_that_rested_while_its_server_went_away_is_replaced(
    engine: Engine, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = _pid(store)
    with store.reading() as work:
        assert work.log.leaf(0) is None
    _end_all_others(engine)
    monkeypatch.setattr(resting, "RESTED", 0.0)
    assert _pid(store) != first
    with store.reading() as work:
        assert work.log.leaf(0) is None


def test_after_one_lost_server_no_other_resting_connection_is_met(engine: Engine, store: Store) -> None:
    with store.writing(), store.reading():
        pass
    with store.reading(), store.reading():
        pass
    _end_all_others(engine)
    lost = 0
    for _ in range(3):
        try:
            with store.reading() as work:
                assert work.log.leaf(0) is None
        except DependencyUnavailable:
            lost += 1
    assert lost == 1


def _step(read: int) -> log_steps.Step:
    return log_steps.Step(
        read=read, size=read + 1, frontier=b"", root=bytes(32), time_ms=1, leaf=bytes(50), leaf_hash=bytes(32),
        type=8, number="", intent=None, nodes=[bytes(32)], note=b"", made_at=1,
    )  # fmt: skip


def test_the_state_that_came_with_the_lock_is_taken_once_and_never_by_another(
    engine: Engine, store: Store
) -> None:
    with store.writing() as work:
        work.log.found()
        work.commit()
    with store.writing() as work:
        assert log_steps.lock(work._connection).size == 0
        assert log_steps.take(work._connection, _step(0))
        assert log_steps.lock(work._connection).size == 1
        work.commit()
    with store.writing() as work:
        work.commit()
    with for_writing(engine).begin() as other:
        other.execute(text("UPDATE log_state SET size = 7"))
    with for_writing(engine).begin() as other:
        assert log_steps.lock(other).size == 7


def test_what_a_reader_asks_often_is_planned_once(store: Store) -> None:
    prepared = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%log_nodes%'")
    for _ in range(8):
        with store.reading() as work:
            work.log.nodes([(0, 0), (1, 7)])
    with store.reading() as work:
        assert work._connection.execute(prepared).scalar_one() == 1


@pytest.mark.parametrize("place", ["127.0.0.1:9", "localhost:9"])
def test_nobody_there_is_told_without_the_password(place: str) -> None:
    engine = open_engine(f"postgresql://clerk:s3cret-word@{place}/house")
    with pytest.raises(DependencyUnavailable) as caught:
        require_reachable(engine)
    assert (caught.value.code, caught.value.fields) == ("database_unreachable", {"place": f"{place}/house"})
    with pytest.raises(DependencyUnavailable, match="database_unreachable"):
        Store(engine).writing().__enter__()
    assert "s3cret-word" not in repr(caught.value.__cause__)


def test_a_database_that_cannot_hold_chinese_or_holds_a_house_is_refused(url: str) -> None:
    server = databases.server()
    server.run("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C' LOCALE_PROVIDER libc")
    for where, error in ((server.url("latin"), Refused), (url, Conflict)):
        engine = open_engine(where)
        with pytest.raises(error):
            require_empty(engine)
        engine.dispose()
    server.drop("latin")


@pytest.mark.parametrize("said", ["mysql://h/x", "postgresql+asyncpg://h/x", "postgresql://h", "no url", "sqlite://",
                                  "postgresql://u:pass@h:port/x"])  # fmt: skip
def test_another_kind_of_database_is_refused_without_repeating_the_url(said: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        open_engine(said)
    assert (caught.value.code, caught.value.fields) == ("database_url_form", {})


def test_text_is_ordered_by_its_bytes_whatever_the_servers_language(engine: Engine) -> None:
    words = ["安", "b", "B", "阿", "a", "_", "Z", "𠀀"]
    with engine.begin() as work:
        rows = [{"at": place, "act": word} for place, word in enumerate(words)]
        work.execute(text("INSERT INTO events (at, actor, act, fields) VALUES (:at, '-', :act, '{}')"), rows)
        found = work.execute(text("SELECT act FROM events ORDER BY act")).scalars().all()
        natural = (
            work.execute(text('SELECT act FROM events ORDER BY act COLLATE "und-x-icu"')).scalars().all()
        )
    assert found == sorted(words, key=str.encode)
    assert found != natural


@pytest.mark.parametrize("table", ["log_leaves", "events", "reports", "looks"])
def test_a_table_that_only_grows_cannot_be_emptied(engine: Engine, table: str) -> None:
    with pytest.raises(DatabaseError, match="append_only"), engine.begin() as work:
        work.execute(text(f"TRUNCATE {table}"))


def test_a_number_is_held_by_one_session_and_within_it_by_one_thread(engine: Engine) -> None:
    ours, theirs = NumberLocks(engine.url), NumberLocks(engine.url)
    with (
        ours.working_on(NUMBER) as first,
        theirs.working_on(NUMBER) as second,
        ours.working_on(NUMBER) as third,
    ):
        assert (first, second, third) == (True, False, False)
        with theirs.working_on(NUMBER[::-1]) as other:
            assert other
    with theirs.working_on(NUMBER) as free:
        assert free
    ours.close()
    theirs.close()


def test_locks_are_taken_again_after_the_server_was_away(engine: Engine) -> None:
    ours, theirs = NumberLocks(engine.url), NumberLocks(engine.url)
    with ours.working_on(NUMBER):
        with engine.begin() as work:
            others = "FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
            work.execute(text(f"SELECT pg_terminate_backend(pid) {others}"))
        with ours.working_on(NUMBER[::-1]) as other, theirs.working_on(NUMBER) as lost:
            assert (other, lost) == (True, False)
    with theirs.working_on(NUMBER) as free:
        assert free
    ours.close()
    theirs.close()


_CHILD = """
import sys
from api.store.database_url import read_url
from api.store.number_locks import NumberLocks
with NumberLocks(read_url(sys.argv[1])).working_on(sys.argv[2]) as held:
    print(held, flush=True)
    sys.stdin.read()
"""


def test_a_killed_process_keeps_no_number(engine: Engine, url: str) -> None:
    locks, root = NumberLocks(engine.url), Path(__file__).resolve().parents[3]
    with ExitStack() as ends:
        child = subprocess.Popen(
            [sys.executable, "-c", _CHILD, url, NUMBER],
            cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        ends.enter_context(child)
        ends.callback(child.kill)
        assert child.stdout is not None
        assert child.stdout.readline() == "True\n"
        with locks.working_on(NUMBER) as held:
            assert not held
        child.kill()
        child.wait()
        until, held = monotonic() + 10, False
        while not held and monotonic() < until:
            with locks.working_on(NUMBER) as held:
                sleep(0.02)
        assert held
    locks.close()

"""The database is what the migrations make of it, and it refuses to forget."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DatabaseError

from api.store.engine import SCHEMA_HEAD, for_writing, open_engine, require_schema
from api.store.migrate import configuration, downgrade, upgrade
from domain.errors import Conflict, DependencyUnavailable
from tests import databases
from tests.unit.api.house_kit import HouseKit


def test_the_newest_migration_is_the_one_the_program_asks_for() -> None:
    assert ScriptDirectory.from_config(configuration()).get_current_head() == SCHEMA_HEAD


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An empty database."""
    opened = open_engine(databases.fresh(tmp_path) or f"sqlite:///{tmp_path / 'x.db'}")
    yield opened
    opened.dispose()


# SQLAlchemy cannot read back an index over an expression (the digest in a leaf), and says so.
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
def test_up_down_up_leaves_the_tables_of_the_program(engine: Engine) -> None:
    upgrade(for_writing(engine))
    downgrade(for_writing(engine), "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    upgrade(for_writing(engine))
    config = configuration()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.check(config)
    require_schema(engine)


def test_another_schema_is_refused_before_anything_is_read(engine: Engine) -> None:
    with pytest.raises(DependencyUnavailable):
        require_schema(engine)
    upgrade(for_writing(engine))
    with for_writing(engine).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'other'"))
    with pytest.raises(Conflict) as caught:
        require_schema(engine)
    assert caught.value.code == "schema_differs"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET actor = 'x'",
        "DELETE FROM events",
        "UPDATE log_leaves SET leaf = :bytes",
        "DELETE FROM log_leaves",
        "UPDATE log_nodes SET hash = :bytes",
        "DELETE FROM checkpoints",
        "UPDATE checkpoints SET note = :bytes",
        "DELETE FROM key_uses",
        "DELETE FROM reservations",
        "UPDATE reservations SET status_idx = 1",
        "UPDATE reports SET file_sha256 = 'x'",
        "UPDATE reports SET file_sealed = :bytes",
        "DELETE FROM reports",
        "UPDATE intents SET number = 'x'",
        "DELETE FROM intents",
        "UPDATE house SET region = '140000'",
        "UPDATE house SET host = 'x'",
        "DELETE FROM batches",
        "DELETE FROM quarantine",
    ],
)
def test_the_database_refuses_to_rewrite_or_forget(issued_kit: HouseKit, statement: str) -> None:
    with (
        pytest.raises(DatabaseError, match="append_only"),
        for_writing(issued_kit.context.store.engine).begin() as work,
    ):
        work.execute(text(statement), {"bytes": b"\0"} if ":bytes" in statement else {})

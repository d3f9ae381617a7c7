"""How migrations write tables down: one word a column, and triggers that keep rows as they are.

A column is written ``name:kind``, with ``?`` where it may be empty.  Kinds: ``text``
(JSON too), ``uuid``, ``bytes``, ``date``, ``flag``, ``count`` (32 bits), ``whole``
(64 bits) and ``instant`` (microseconds since 1970-01-01 UTC, 64 bits).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from alembic import op


@dataclass(frozen=True, slots=True)
class Table:
    """One table as a migration makes it."""

    name: str
    columns: str
    key: str
    unique: tuple[str, ...] = ()
    indexes: tuple[tuple[str, str], ...] = ()
    one_in_force: tuple[tuple[str, str], ...] = ()
    """Unique among rows that are not superseded."""


TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Compared and ordered by its UTF-8 bytes, as SQLite does, whatever the server's language is."""
_KINDS: dict[str, Any] = {
    "text": TEXT, "uuid": sa.Uuid(), "bytes": sa.LargeBinary(), "date": sa.Date(), "flag": sa.Boolean(),
    "count": sa.Integer(), "whole": sa.BigInteger(), "instant": sa.BigInteger(),
}  # fmt: skip
_IN_FORCE: dict[str, Any] = {
    "sqlite_where": sa.text("superseded_at IS NULL"),
    "postgresql_where": sa.text("superseded_at IS NULL"),
}


def make(table: Table) -> None:
    """The table stands with its keys and indexes."""
    op.create_table(
        table.name,
        *(_column(word) for word in table.columns.split()),
        sa.PrimaryKeyConstraint(*table.key.split()),
        *(sa.UniqueConstraint(*names.split()) for names in table.unique),
    )
    for name, columns in table.indexes:
        op.create_index(name, table.name, columns.split())
    for name, columns in table.one_in_force:
        op.create_index(name, table.name, columns.split(), unique=True, **_IN_FORCE)


def _column(word: str) -> sa.Column[Any]:
    name, kind = word.rstrip("?").split(":")
    return sa.Column(name, _KINDS[kind], nullable=word.endswith("?"))


def keep(
    append_only: tuple[str, ...],
    kept: tuple[str, ...] = (),
    fixed: Mapping[str, tuple[str, ...]] | None = None,
) -> None:
    """Rows of ``append_only`` never change nor go, ``kept`` rows never go, ``fixed`` columns never change."""
    postgres = op.get_bind().dialect.name == "postgresql"
    for table in append_only:
        _refuse(table, "update", "UPDATE", postgres)
    for table in append_only + kept:
        _refuse(table, "delete", "DELETE", postgres)
        if postgres:
            _refuse(table, "truncate", "TRUNCATE", postgres)
    for table, columns in (fixed or {}).items():
        _refuse(table, "fixed", "UPDATE OF " + ", ".join(f'"{c}"' for c in columns), postgres)


def make_refusal() -> None:
    """PostgreSQL has the function that the triggers call."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION daizheng_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'append_only: %', TG_TABLE_NAME; END $$"
        )


def _refuse(table: str, name: str, act: str, postgres: bool) -> None:
    head = f"CREATE TRIGGER {table}_no_{name} BEFORE {act} ON {table} "
    if postgres:
        each = "STATEMENT" if act == "TRUNCATE" else "ROW"
        op.execute(head + f"FOR EACH {each} EXECUTE FUNCTION daizheng_refuse()")
    else:
        op.execute(head + f"BEGIN SELECT RAISE(ABORT, 'append_only: {table}'); END")

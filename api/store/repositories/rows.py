"""The few moves all repositories share: chunked look-ups, rows to records and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields as dataclass_fields
from datetime import datetime
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, RowMapping, Table, or_
from sqlmodel import SQLModel

T = TypeVar("T")

CHUNK = 500
"""Values in one IN list; SQLite's limit of bound variables is far above it."""


def table_of(row: type[SQLModel]) -> Table:
    """Give the Core table behind a row class."""
    return cast(Table, getattr(row, "__table__"))  # noqa: B009 - SQLModel does not declare it


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Give ``items`` in slices of at most CHUNK."""
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]


def known_at(table: Table, as_of: datetime | None) -> ColumnElement[bool]:
    """Give the condition "in force as far as the house knew at ``as_of``"; None: in force now (R12)."""
    if as_of is None:
        return table.c.superseded_at.is_(None)
    still = or_(table.c.superseded_at.is_(None), table.c.superseded_at > as_of)
    return (table.c.recorded_at <= as_of) & still


def build(kind: type[T], row: RowMapping, *, tuples: Iterable[str] = ()) -> T:
    """Give the frozen record of ``kind`` from the columns of the same names; ``tuples``: JSON arrays."""
    lists = frozenset(tuples)
    values: dict[str, Any] = {}
    for item in dataclass_fields(kind):  # type: ignore[arg-type]
        if item.name in row:
            value = row[item.name]
            values[item.name] = tuple(value) if item.name in lists else value
    return kind(**values)


def columns(record: Any) -> dict[str, Any]:
    """Give a frozen record's fields as column values (tuples become JSON arrays)."""
    given = {item.name: getattr(record, item.name) for item in dataclass_fields(record)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}

"""Column types that mean the same in SQLite and PostgreSQL.

SQLite has neither instants nor JSON that sorts its keys; these types give one
spelling on both sides, so that a comparison in SQL means what it means in Python.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import BigInteger, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from domain.times import from_microseconds, microseconds


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant, kept as integer microseconds: exact, and ordered as time is."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Write microseconds."""
        return None if value is None else microseconds(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Read an aware instant."""
        return None if value is None else from_microseconds(value)


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
# Kept: json.dumps makes an encoder a call, which costs more than a small value.


def dump_json(value: object) -> str:
    """Give compact JSON with sorted keys; equal values give equal text."""
    return _ENCODER.encode(value)


def dump_texts(said: Mapping[str, str]) -> str:
    """Give :func:`dump_json` of an object of texts; what objects of the same names share is made once."""
    if len(said) < _TEXTS_AT_LEAST:
        return dump_json(said)
    values_of, around = _shape(tuple(said))
    values = values_of(said)
    together = "".join(values)
    if not together.isprintable() or '"' in together or "\\" in together:
        return dump_json(said)  # Something in it may have to be escaped.
    parts = [*around]
    parts[1::2] = values
    return "".join(parts)


_TEXTS_AT_LEAST = 2
# Of a single name itemgetter gives no tuple.


@lru_cache(maxsize=1024)
def _shape(names: tuple[str, ...]) -> tuple[Callable[[Mapping[str, str]], tuple[str, ...]], tuple[str, ...]]:
    """Give how the values of those names are taken, in the order of the names, and the text around each.

    Every second part of that text is empty: there the values go.
    """
    ordered = sorted(names)
    first, *others = (f'{dump_json(name)}:"' for name in ordered)
    around = ["{" + first, *(part for name in others for part in ("", '",' + name)), "", '"}']
    return itemgetter(*ordered), tuple(around)


class JsonText(TypeDecorator[Any]):
    """A JSON value as text with sorted keys (the house never queries inside it)."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write compact JSON."""
        return None if value is None else dump_json(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Read what was written; JSON arrays come back as lists."""
        return None if value is None else json.loads(value)

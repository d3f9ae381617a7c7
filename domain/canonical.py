"""Canonical JSON: one value, one spelling (RFC 8785), read strictly.

The subset used here: null, booleans, integers of at most 53 bits, strings of Unicode
scalar values, arrays, objects with string keys.  No fractions: money is integer fen.

``decode`` takes any JSON of that subset; ``decode_canonical`` takes only the spelling
that ``encode`` gives, which is what everything signed or hashed must have.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import chain
from types import NoneType
from typing import Final, NoReturn

import rfc8785

from domain.errors import MalformedInput
from domain.verdict import JsonValue

MAX_DEPTH: Final = 32
"""Levels of arrays and objects; the deepest format of ours has nine."""

MAX_INTEGER: Final = 2**53 - 1
_KINDS: Final = (dict, list, tuple, int, str, NoneType)
_Hook = Callable[[list[tuple[str, JsonValue]]], JsonValue]


def encode(value: object) -> bytes:
    """The RFC 8785 bytes of ``value``; MalformedInput ``json_*`` for what the subset lacks."""
    return _spell(value, plain_keys=_check(value))


def _spell(value: object, *, plain_keys: bool) -> bytes:
    try:
        if not plain_keys:
            return rfc8785.dumps(value)  # type: ignore[arg-type]
        # With ASCII keys and no fractions the standard encoder gives RFC 8785's spelling (a
        # test compares the two), several times as fast; full reports have 300 KB.
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return text.encode("utf-8")
    except (UnicodeEncodeError, rfc8785.CanonicalizationError) as error:
        raise MalformedInput("json_surrogate") from error


def decode(data: bytes, *, max_bytes: int) -> JsonValue:
    """The value ``data`` spells; MalformedInput ``json_*`` for anything doubtful.

    Refused: more than ``max_bytes``, bytes that are no UTF-8, a byte order mark, a key
    twice in one object, fractions, integers beyond 53 bits, lone surrogates, more than
    MAX_DEPTH levels.
    """
    value = _parse(data, max_bytes)
    plain_keys = _check(value)
    if b"\\u" in data:  # only an escape can bring half a character past UTF-8 decoding
        _spell(value, plain_keys=plain_keys)
    return value


def decode_canonical(data: bytes, *, max_bytes: int) -> JsonValue:
    """Like :func:`decode`, and ``data`` is the canonical spelling; else ``json_not_canonical``."""
    # A key twice cannot come back from ``encode``, so only a failure needs the slower reading.
    value = _parse(data, max_bytes, hook=None)
    if encode(value) != data:
        _parse(data, max_bytes)
        raise MalformedInput("json_not_canonical")
    return value


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    # Readers disagree about which of two equal keys wins: an attacker's choice, so refused.
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedInput("json_key_twice")
    return found


def _parse(data: bytes, max_bytes: int, hook: _Hook | None = _object) -> JsonValue:
    if len(data) > max_bytes:
        raise MalformedInput("json_too_long", size=len(data), limit=max_bytes)
    try:
        value: JsonValue = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=hook,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
        )
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise MalformedInput("json_form") from error
    return value


def _refuse_number(text: str) -> NoReturn:
    raise MalformedInput("json_number", text=text[:40])


def _check(value: object) -> bool:
    """True if every key in ``value`` is ASCII; MalformedInput if it is outside the subset.

    Looks at one level of the value after the other: a call for each of a full report's
    20,000 values would take longer than spelling them.
    """
    plain, level = True, [value]
    for _ in range(MAX_DEPTH + 1):
        _check_values(level)
        objects = [item for item in level if isinstance(item, dict)]
        plain = _check_keys(set(chain.from_iterable(objects))) and plain
        level = [
            *chain.from_iterable(item.values() for item in objects),
            *chain.from_iterable(item for item in level if isinstance(item, (list, tuple))),
        ]
        if not level:
            return plain
    raise MalformedInput("json_depth", limit=MAX_DEPTH)


def _check_values(level: list[object]) -> None:
    kinds = set(map(type, level))
    if not all(issubclass(kind, _KINDS) for kind in kinds):
        raise MalformedInput("json_value")
    if any(issubclass(kind, int) for kind in kinds) and not all(
        -MAX_INTEGER <= item <= MAX_INTEGER for item in level if isinstance(item, int)
    ):
        raise MalformedInput("json_integer")


def _check_keys(keys: set[object]) -> bool:
    names = [key for key in keys if isinstance(key, str)]
    if len(names) != len(keys):
        raise MalformedInput("json_value")
    return all(map(str.isascii, names))

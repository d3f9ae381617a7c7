"""Canonical JSON: one value, one spelling (RFC 8785), read strictly.

The subset used here: null, booleans, integers of at most 53 bits, strings of Unicode
scalar values, arrays, objects with string keys.  No fractions: money is integer fen.

``decode`` takes any JSON of that subset; ``decode_canonical`` takes only the spelling
that ``encode`` gives, which is what everything signed or hashed must have.
"""

from __future__ import annotations

import json
from typing import Final, NoReturn

import rfc8785

from domain.errors import MalformedInput
from domain.verdict import JsonValue

MAX_DEPTH: Final = 32
"""Levels of arrays and objects; the deepest format of ours has nine."""

MAX_INTEGER: Final = 2**53 - 1


def encode(value: object) -> bytes:
    """The RFC 8785 bytes of ``value``; MalformedInput ``json_*`` for what the subset lacks."""
    return _spell(value, plain_keys=_check(value, 0))


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
    plain_keys = _check(value, 0)
    if b"\\u" in data:  # only an escape can bring half a character past UTF-8 decoding
        _spell(value, plain_keys=plain_keys)
    return value


def decode_canonical(data: bytes, *, max_bytes: int) -> JsonValue:
    """Like :func:`decode`, and ``data`` is the canonical spelling; else ``json_not_canonical``."""
    value = _parse(data, max_bytes)
    if encode(value) != data:
        raise MalformedInput("json_not_canonical")
    return value


def _parse(data: bytes, max_bytes: int) -> JsonValue:
    if len(data) > max_bytes:
        raise MalformedInput("json_too_long", size=len(data), limit=max_bytes)
    try:
        value: JsonValue = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
        )
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise MalformedInput("json_form") from error
    return value


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    # Readers disagree about which of two equal keys wins: an attacker's choice, so refused.
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedInput("json_key_twice")
    return found


def _refuse_number(text: str) -> NoReturn:
    raise MalformedInput("json_number", text=text[:40])


def _check(value: object, depth: int) -> bool:
    """True if every key in ``value`` is ASCII; MalformedInput if it is outside the subset."""
    if depth > MAX_DEPTH:
        raise MalformedInput("json_depth", limit=MAX_DEPTH)
    plain = True
    if isinstance(value, dict):
        for key, item in value.items():
            plain = _check_key(key) and plain
            plain = _check(item, depth + 1) and plain
    elif isinstance(value, (list, tuple)):
        for item in value:
            plain = _check(item, depth + 1) and plain
    elif isinstance(value, int):
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise MalformedInput("json_integer")
    elif value is not None and not isinstance(value, str):
        raise MalformedInput("json_value")
    return plain


def _check_key(key: object) -> bool:
    if not isinstance(key, str):
        raise MalformedInput("json_value")
    return key.isascii()

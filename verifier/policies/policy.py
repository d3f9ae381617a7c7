"""A receiver's policy as data: how much each check weighs, and what the receiver asks beyond it.

TOML::

    id = "status"
    version = 1                         ; grows with each change, 1 where nothing stands
    [name]      zh = "...", en = "..."  ; optional
    [levels]    every check = "fail" | "warn" | "inform"
    [absent]    check = level while its source is missing (no register, no list); default: as in levels
    [freshness] max_age_days = n        ; optional, counted from as_of
    [scope]     allow_narrowed = bool, domains = [id ...], kinds = [kind ...], window_days = n
    [data]      states = [state ...]    ; that the required domains may have, or all chosen where none is

Of ``scope`` and ``data`` everything is optional.

A check without a level is an error, and the checks that make a report genuine weigh
``fail`` in every policy: absence of a rule must never pass a file (ASVS 16.5.3).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Any, Final

from domain.catalogue import DOMAINS, RECORD_KINDS
from domain.errors import MalformedInput
from domain.report import DataState
from domain.verdict import CheckName, Level

DEFAULT: Final = "status"
BASIC: Final = ("status", "authenticity")
"""Policies that ask for nothing beyond the checks; no house may give their names another meaning."""
CORE: Final = frozenset(
    {
        CheckName.SHAPE,
        CheckName.STRUCTURE,
        CheckName.SIGNATURE,
        CheckName.ISSUER_PINNED,
        CheckName.SIGNATURE_AT_SIGNING_TIME,
        CheckName.ISSUER_NOW,
        CheckName.TIME_BOUND,
        CheckName.CONTENT,
        CheckName.LOGGED,
    }
)
"""Checks that no policy may weaken."""
_TABLES: Final = frozenset({"id", "version", "name", "levels", "absent", "freshness", "scope", "data"})
MAX_BYTES: Final = 16 * 1024
MAX_VERSION: Final = 99_999_999
_ID: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}", re.ASCII)
_MOST: Final = 200
_LANGUAGES: Final = ("zh", "en")
_MAX_NAME: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationPolicy:
    """One loaded policy."""

    id: str
    version: int
    name: Mapping[str, str]
    """By language; empty where the file names none."""
    sha256: str
    """Of the policy's bytes, lower-case hex; stands in every verdict."""
    text: str = field(repr=False)
    """The file as it was read."""
    levels: Mapping[CheckName, Level]
    absent: Mapping[CheckName, Level]
    """Level of a check whose source is missing."""
    max_age_days: int | None
    allow_narrowed: bool
    domains: tuple[str, ...]
    """Domain ids that a report must have chosen."""
    kinds: tuple[str, ...]
    """Kinds of record that its scope profile must count."""
    states: tuple[str, ...]
    """Data states that the required domains may have; empty: any."""
    window_days: int | None
    """Days that its window must span at least."""


def builtin_names() -> tuple[str, ...]:
    """Return the names of the policies that come with the product."""
    folder = resources.files("verifier").joinpath("policies")
    return tuple(
        sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml"))
    )


@cache
def builtin(name: str = DEFAULT) -> VerificationPolicy:
    """Return a policy that comes with the product; MalformedInput ``policy_unknown``."""
    if name not in builtin_names():
        raise MalformedInput("policy_unknown", name=name, known=", ".join(builtin_names()))
    return load(resources.files("verifier").joinpath("policies", f"{name}.toml").read_bytes())


def load(data: bytes) -> VerificationPolicy:
    """Return the policy in those bytes; MalformedInput ``policy_malformed`` with the path of the fault."""
    if len(data) > MAX_BYTES:
        raise MalformedInput("policy_malformed", path="")
    try:
        table = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        # Not only what TOML calls wrong: numbers of thousands of digits, tables nested without end.
        raise MalformedInput("policy_malformed", path="") from error
    unknown = set(table) - _TABLES
    if unknown:
        raise MalformedInput("policy_malformed", path=sorted(unknown)[0])
    levels = _levels(table, "levels")
    missing = [check.value for check in CheckName if check not in levels]
    if missing:
        raise MalformedInput("policy_malformed", path=f"levels.{missing[0]}")
    absent = {**levels, **_levels(table, "absent")}
    weak = [
        check.value for check in CheckName if check in CORE and {levels[check], absent[check]} != {Level.FAIL}
    ]
    if weak:
        raise MalformedInput("policy_too_weak", check=weak[0])
    return _policy(table, levels, absent, data)


def _policy(
    table: Mapping[str, Any],
    levels: Mapping[CheckName, Level],
    absent: Mapping[CheckName, Level],
    data: bytes,
) -> VerificationPolicy:
    freshness = _table(table, "freshness", {"max_age_days"})
    scope = _table(table, "scope", {"allow_narrowed", "domains", "kinds", "window_days"})
    asked = _table(table, "data", {"states"})
    name = table.get("id")
    if not isinstance(name, str) or not _ID.fullmatch(name):
        raise MalformedInput("policy_malformed", path="id")
    return VerificationPolicy(
        id=name,
        version=_count(table, "", "version", MAX_VERSION) or 1,
        name=_name(table),
        sha256=sha256(data).hexdigest(),
        text=data.decode("utf-8"),
        levels=levels,
        absent=absent,
        max_age_days=_count(freshness, "freshness", "max_age_days"),
        allow_narrowed=_flag(scope, "allow_narrowed"),
        domains=_words(scope, "scope", "domains", DOMAINS),
        kinds=_words(scope, "scope", "kinds", RECORD_KINDS),
        states=_words(asked, "data", "states", frozenset(DataState)),
        window_days=_count(scope, "scope", "window_days"),
    )


def _name(table: Mapping[str, Any]) -> Mapping[str, str]:
    said = _table(table, "name", set(_LANGUAGES))
    for language, text in said.items():
        if not isinstance(text, str) or not 0 < len(text) <= _MAX_NAME or not text.isprintable():
            raise MalformedInput("policy_malformed", path=f"name.{language}")
    return dict(said)


def _table(table: Mapping[str, Any], name: str, allowed: set[str]) -> Mapping[str, Any]:
    value = table.get(name, {})
    if not isinstance(value, dict):
        raise MalformedInput("policy_malformed", path=name)
    unknown = sorted(set(value) - allowed)
    if unknown:
        raise MalformedInput("policy_malformed", path=f"{name}.{unknown[0]}")
    return value


def _levels(table: Mapping[str, Any], name: str) -> dict[CheckName, Level]:
    out: dict[CheckName, Level] = {}
    for key, value in _table(table, name, {check.value for check in CheckName}).items():
        if not isinstance(value, str) or value not in {level.value for level in Level}:
            raise MalformedInput("policy_malformed", path=f"{name}.{key}")
        out[CheckName(key)] = Level(value)
    return out


def _count(table: Mapping[str, Any], name: str, key: str, most: int = 99_999) -> int | None:
    value = table.get(key)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= most:
        raise MalformedInput("policy_malformed", path=f"{name}.{key}".lstrip("."))
    return value


def _flag(table: Mapping[str, Any], key: str) -> bool:
    value = table.get(key, True)
    if not isinstance(value, bool):
        raise MalformedInput("policy_malformed", path=f"scope.{key}")
    return value


def _words(table: Mapping[str, Any], name: str, key: str, known: Collection[str]) -> tuple[str, ...]:
    value = table.get(key, [])
    fits = isinstance(value, list) and len(value) <= _MOST
    # A word that no report can hold would refuse every report, or, misspelt, ask for nothing.
    if not fits or not all(isinstance(item, str) and item in known for item in value):
        raise MalformedInput("policy_malformed", path=f"{name}.{key}")
    return tuple(dict.fromkeys(value))


def known_domains(names: Iterable[str]) -> tuple[str, ...]:
    """Return the domain ids, each once; MalformedInput ``policy_malformed`` for one nobody knows."""
    return _words({"domains": list(names)}, "scope", "domains", DOMAINS)

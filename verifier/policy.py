"""A receiver's policy as data: how much each check weighs, and what the receiver asks beyond it.

TOML::

    id = "status"
    [levels]    every check = "fail" | "warn" | "inform"
    [absent]    check = level while its source is missing (no register, no list); default: as in levels
    [freshness] max_age_days = n        ; optional, counted from as_of
    [scope]     allow_narrowed = bool, domains = [id ...], window_days = n   ; all optional

A check without a level is an error, and the checks that make a report genuine weigh
``fail`` in every policy: absence of a rule must never pass a file (ASVS 16.5.3).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Any, Final

from domain.errors import MalformedInput
from domain.verdict import CheckName, Level

DEFAULT: Final = "status"
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
_TABLES: Final = frozenset({"id", "levels", "absent", "freshness", "scope"})
MAX_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationPolicy:
    """One loaded policy."""

    id: str
    sha256: str
    """Of the policy's bytes, lower-case hex; stands in every verdict."""
    levels: Mapping[CheckName, Level]
    absent: Mapping[CheckName, Level]
    """Level of a check whose source is missing."""
    max_age_days: int | None
    allow_narrowed: bool
    domains: tuple[str, ...]
    """Domain ids that a report must have chosen."""
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
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
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
    return _policy(table, levels, absent, sha256(data).hexdigest())


def _policy(
    table: Mapping[str, Any],
    levels: Mapping[CheckName, Level],
    absent: Mapping[CheckName, Level],
    digest: str,
) -> VerificationPolicy:
    freshness = _table(table, "freshness", {"max_age_days"})
    scope = _table(table, "scope", {"allow_narrowed", "domains", "window_days"})
    name = table.get("id")
    if not isinstance(name, str) or not name:
        raise MalformedInput("policy_malformed", path="id")
    return VerificationPolicy(
        id=name,
        sha256=digest,
        levels=levels,
        absent=absent,
        max_age_days=_days(freshness, "freshness", "max_age_days"),
        allow_narrowed=_flag(scope, "allow_narrowed"),
        domains=_texts(scope, "domains"),
        window_days=_days(scope, "scope", "window_days"),
    )


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
        if value not in {level.value for level in Level}:
            raise MalformedInput("policy_malformed", path=f"{name}.{key}")
        out[CheckName(key)] = Level(value)
    return out


def _days(table: Mapping[str, Any], name: str, key: str) -> int | None:
    value = table.get(key)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 100_000:
        raise MalformedInput("policy_malformed", path=f"{name}.{key}")
    return value


def _flag(table: Mapping[str, Any], key: str) -> bool:
    value = table.get(key, True)
    if not isinstance(value, bool):
        raise MalformedInput("policy_malformed", path=f"scope.{key}")
    return value


def _texts(table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise MalformedInput("policy_malformed", path=f"scope.{key}")
    return tuple(value)

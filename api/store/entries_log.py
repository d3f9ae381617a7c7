"""Cosignatures, witnessed heads and alarms as frozen records of the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

SPLIT_VIEW: Final = "split_view"
"""Two signed heads of one size with different roots: no log can explain that."""
UNPROVEN: Final = "unproven"
"""A signed head that was not shown to extend the one cosigned before."""
REFUSED: Final = "refused_by_witness"
"""A witness would not cosign our head."""
BEHIND: Final = "behind_witness"
"""A witness has seen more of our log than we hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFact:
    """What stands behind one entry's digest."""

    index: int
    about: str
    sealed: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosignature:
    """One witness's signature on one of our heads."""

    witness: str
    size: int
    key_hash: bytes
    signature: bytes
    stored_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessedHead:
    """A head of another log that this house cosigned."""

    origin: str
    size: int
    root: bytes
    note: bytes
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LogAlarm:
    """Evidence that a log, ours or another's, does not keep to one history."""

    at: datetime
    kind: str
    origin: str
    size: int
    root: bytes
    witness: str
    first: bytes
    second: bytes
    proof: bytes = b""
    id: int | None = None

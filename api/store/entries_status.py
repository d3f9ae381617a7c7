"""What the store keeps about the status of documents, as frozen records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChange:
    """One act on one report's status."""

    id: int = 0
    """Grows with each change; 0: not written yet."""
    number: str
    status_list: int
    status_idx: int
    act: str
    word: str
    """The report's status from then on."""
    reason: str
    by: str
    second: str | None = None
    at: datetime
    salt: bytes
    leaf_index: int
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A published list."""

    status_list: int
    version: int
    made_at: datetime
    expires_at: datetime
    token_gzip: bytes
    token_sha256: str
    last_change: int
    leaf_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A change of many reports at once, waiting for a second person or decided."""

    id: UUID
    target: str
    target_id: str
    word: str
    reason: str
    proposed_by: str
    proposed_at: datetime
    state: str = "waiting"
    decided_by: str | None = None
    decided_at: datetime | None = None
    reports: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LateRow:
    """One line of a unit's ledger of rows that came late (R31)."""

    id: UUID
    version: UUID
    batch: UUID
    unit: str
    kind: str
    sort: str
    """``late`` or ``omitted``."""
    decided_on: date
    due_on: date
    days_late: int
    complete_to: date
    confirmed_by: str
    noticed_at: datetime
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None
    withdrawn_why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenList:
    """The highest version of a list that a verifier has seen."""

    uri: str
    version: int
    sha256: str
    seen_at: datetime

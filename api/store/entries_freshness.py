"""Receivers' policies and verification receipts as frozen records of the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPolicy:
    """A scenario policy that the house added; bytes and version never change."""

    id: str
    version: int
    sha256: str
    data: bytes
    added_by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReceipt:
    """A receipt that was given."""

    id: UUID
    sha256: str
    """Of its compact form, lower-case hex."""
    file_sha256: str | None
    log_index: int
    made_at: datetime
    expires_at: datetime
    receipt_sealed: bytes
    """The receipt with its log proof, as its holder has it."""

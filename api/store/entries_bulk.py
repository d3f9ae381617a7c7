"""Batches of files to check, as frozen records of the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulk:
    """One batch; found by the keyed hash of its token and gone after an hour."""

    id: UUID
    token_hash: bytes
    made_at: datetime
    expires_at: datetime
    total: int
    """Files that are to come, as far as is known."""
    rule: Mapping[str, Any]
    """The receiver's own rule; asks nothing where it is empty."""
    purpose: str
    """Name of the policy the files are judged by, or its whole text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkItem:
    """One file of a batch and its verdict, sealed."""

    bulk: UUID
    position: int
    sha256: str
    verdict_sealed: bytes

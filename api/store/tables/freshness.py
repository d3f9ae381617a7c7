"""Rows of receivers' policies and of verification receipts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from api.store.columns import Instant


class PolicyRow(SQLModel, table=True):
    """A scenario policy that the house added, whole; a change is a new version."""

    __tablename__ = "policies"

    id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    sha256: str
    data: bytes
    """The TOML as it was handed in."""
    added_by: str
    recorded_at: datetime = Field(sa_type=Instant)


class ReceiptRow(SQLModel, table=True):
    """A receipt that was given: sealed, so that it can be given again, for a few days."""

    __tablename__ = "receipts"

    id: UUID = Field(primary_key=True)
    sha256: str = Field(unique=True)
    """Of the receipt in its compact form, as its log leaf says."""
    file_sha256: str | None = None
    log_index: int
    made_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant, index=True)
    receipt_sealed: bytes

"""Rows of what came in: batches, provenance, quarantine and attested intervals."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from api.store.columns import Instant, JsonText


class BatchRow(SQLModel, table=True):
    """One file as it was received, with what became of its rows; a nil report is a batch without a file."""

    __tablename__ = "batches"

    id: UUID = Field(primary_key=True)
    kind: str
    unit: str = Field(index=True)
    file_name: str | None = None
    file_sha256: str = Field(index=True)
    file_sealed: bytes | None = None
    """The bureau's own bytes, compressed and encrypted: the returned sheet is made from them."""
    domain: str | None = None
    no_simple: bool
    list_name: str | None = None
    confirmed_by: str
    received_at: datetime = Field(sa_type=Instant)
    rows: int
    accepted: int
    unchanged: int
    quarantined: int
    skipped: int
    mends: UUID | None = Field(default=None, index=True)
    """The batch whose quarantined rows this mended sheet clears."""


class ProvenanceRow(SQLModel, table=True):
    """Where one version of one record came from: batch and row (the batch knows unit, hash, time, person)."""

    __tablename__ = "provenance"
    __table_args__ = (Index("ix_provenance_version", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    version: UUID
    batch: UUID = Field(index=True)
    row: int


class QuarantineRow(SQLModel, table=True):
    """A row that could not be taken, with all it said about whom it names (R3); kept after it is cleared."""

    __tablename__ = "quarantine"

    id: UUID = Field(primary_key=True)
    reference: str = Field(index=True)
    """What the returned sheet carries, so that the mended row clears exactly this one."""
    batch: UUID = Field(index=True)
    row: int
    column: str | None = None
    code: str = Field(index=True)
    problems: Any = Field(sa_type=JsonText)
    """Every problem of the row: ``column``, ``code``, ``fields``."""
    unit: str
    """The sending unit."""
    kind: str
    identity: str | None = Field(default=None, index=True)
    """Record identity where it could be made: the right row arriving later answers this one."""
    fingerprint: bytes = Field(index=True)
    """Keyed hash of unit, kind and cells: the same bad row sent again replaces this one."""
    domains: Any = Field(sa_type=JsonText)
    """Domains it casts doubt on; empty: every domain."""
    cells_sealed: bytes
    """The row's cells, encrypted: they may hold a person's certificate number."""
    named_unit: str | None = Field(default=None, index=True)
    """The unknown unit's name, for a row that waits for an operator to assign it (R19)."""
    recorded_at: datetime = Field(sa_type=Instant)
    cleared_at: datetime | None = Field(default=None, sa_type=Instant)
    cleared_by: UUID | None = None


class DoubtKeyRow(SQLModel, table=True):
    """A name or code in a held row or unmatched record; a doubt for the subject that has it (R3)."""

    __tablename__ = "doubt_keys"
    __table_args__ = (Index("ix_doubt_keys_value", "kind", "value"),)

    id: int | None = Field(default=None, primary_key=True)
    holder: UUID = Field(index=True)
    """Id of the held row, or the version of the unmatched record."""
    kind: str
    """``name``, ``uscc``, ``registration``, ``organisation`` or ``person`` (keyed hash)."""
    value: str


class WatermarkRow(SQLModel, table=True):
    """Days for which a named person attested that a unit's data of one kind is complete (R4)."""

    __tablename__ = "watermarks"

    id: UUID = Field(primary_key=True)
    unit: str = Field(index=True)
    kind: str
    domains: Any = Field(sa_type=JsonText)
    complete_from: date
    complete_to: date
    attested_by: str
    nil: bool
    batch: UUID
    recorded_at: datetime = Field(sa_type=Instant)
    superseded_at: datetime | None = Field(default=None, sa_type=Instant)

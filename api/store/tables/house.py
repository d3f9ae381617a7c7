"""Rows about the house: what it is, who works in it, by which rules, and what they did."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Field, SQLModel

from api.store.columns import Instant, JsonText


class HouseRow(SQLModel, table=True):
    """The one row that says what this database belongs to; host, region, environment, root never change."""

    __tablename__ = "house"

    id: int = Field(primary_key=True)
    region: str
    host: str
    environment: str
    log_origin: str
    issuer_name: str
    anchor_sha256: str
    made_at: datetime = Field(sa_type=Instant)
    bundle_sequence: int
    """Sequence of the last trust bundle made; it only grows."""


class OperatorRow(SQLModel, table=True):
    """A person who works here (R25); a leaver keeps the row and gets ``left_at``."""

    __tablename__ = "operators"

    id: UUID = Field(primary_key=True)
    name: str = Field(unique=True)
    role: str
    login: str | None = Field(default=None, index=True)
    """``sub`` of the person at the sign-in provider; None: works at the command line alone."""
    territory: str | None = None
    """Name of the place below the region that this person is limited to (R25): 太原市, 海勃湾区."""
    added_at: datetime = Field(sa_type=Instant)
    left_at: datetime | None = Field(default=None, sa_type=Instant)


class RegionFileRow(SQLModel, table=True):
    """A region file as its bytes came, from when to when the house knew it."""

    __tablename__ = "region_files"

    id: UUID = Field(primary_key=True)
    code: str = Field(index=True)
    version: str
    sha256: str = Field(unique=True)
    data: bytes
    added_by: str
    recorded_at: datetime = Field(sa_type=Instant)
    superseded_at: datetime | None = Field(default=None, sa_type=Instant)


class UnitRow(SQLModel, table=True):
    """A unit, an alias or a code that an operator added to the region's tree (R19)."""

    __tablename__ = "units"

    id: UUID = Field(primary_key=True)
    unit: str = Field(index=True)
    entry: Any = Field(sa_type=JsonText)
    added_by: str
    recorded_at: datetime = Field(sa_type=Instant)
    superseded_at: datetime | None = Field(default=None, sa_type=Instant)


class EventRow(SQLModel, table=True):
    """An act of a person or of the house, for the auditor; only ever added to (by trigger)."""

    __tablename__ = "events"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Instant)
    actor: str
    act: str = Field(index=True)
    subject: UUID | None = Field(default=None, index=True)
    number: str | None = Field(default=None, index=True)
    reason: str | None = None
    fields: Any = Field(sa_type=JsonText)

"""Rows beside the log: what its entries say in full, what witnesses signed, what we witnessed for others."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from api.store.columns import Instant


class LogFactRow(SQLModel, table=True):
    """What stands behind the digest of one entry that is about no report file; only ever added to."""

    __tablename__ = "log_facts"

    index: int = Field(primary_key=True)
    """The entry's place in the log."""
    about: str = Field(index=True)
    """Id of the grant or look, or the report's number."""
    sealed: bytes
    """The salt and the facts as canonical JSON, encrypted."""


class CosignatureRow(SQLModel, table=True):
    """One witness's signature on one of our heads; only ever added to."""

    __tablename__ = "cosignatures"

    witness: str = Field(primary_key=True)
    size: int = Field(primary_key=True)
    key_hash: bytes
    signature: bytes
    """As it stands in the note's line: time and Ed25519 signature."""
    stored_at: datetime = Field(sa_type=Instant)


class WitnessedHeadRow(SQLModel, table=True):
    """A head of another log that this house cosigned; the largest is what the next must extend."""

    __tablename__ = "witnessed_heads"

    origin: str = Field(primary_key=True)
    size: int = Field(primary_key=True, sa_type=BigInteger)
    root: bytes
    note: bytes
    seen_at: datetime = Field(sa_type=Instant)


class LogAlarmRow(SQLModel, table=True):
    """Two signed statements of one log that do not fit together, kept as evidence; only ever added to."""

    __tablename__ = "log_alarms"
    __table_args__ = (UniqueConstraint("kind", "origin", "witness", "size", "root"),)

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Instant)
    kind: str
    """``split_view``, ``unproven``, ``refused_by_witness`` or ``behind_witness``."""
    origin: str
    size: int = Field(sa_type=BigInteger)
    root: bytes
    """Size and root of the second statement; a pair is kept once."""
    witness: str
    """Which witness refused us; empty where we are the witness."""
    first: bytes
    """The note that was there before."""
    second: bytes
    """The note that does not fit it, or what the witness answered."""
    proof: bytes
    """Consistency hashes that came with it, one after another."""

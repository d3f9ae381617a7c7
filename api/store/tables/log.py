"""Rows of the signature log; leaves, nodes and checkpoints are only ever added to (by trigger)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from api.store.columns import Instant


class LogLeafRow(SQLModel, table=True):
    """One leaf: its 50 bytes and what they are about (the number never leaves the house by the log)."""

    __tablename__ = "log_leaves"
    __table_args__ = (Index("ix_log_leaves_digest", text("substr(leaf, 19)")),)

    index: int = Field(primary_key=True)
    leaf: bytes
    leaf_hash: bytes
    type: int
    number: str = Field(index=True)
    intent: str | None = Field(default=None, index=True)
    """Id of the intent that a file leaf or a void-intent leaf answers."""
    appended_at: datetime = Field(sa_type=Instant)


class LogNodeRow(SQLModel, table=True):
    """Root of one complete subtree: ``level`` 0 are leaf hashes, kept so that any proof is a few reads."""

    __tablename__ = "log_nodes"

    level: int = Field(primary_key=True)
    index: int = Field(primary_key=True)
    hash: bytes


class LogStateRow(SQLModel, table=True):
    """The one row everybody who appends must lock and move on from."""

    __tablename__ = "log_state"

    id: int = Field(primary_key=True)
    size: int
    frontier: bytes
    root: bytes
    last_time_ms: int = Field(sa_type=BigInteger)
    """Time of the newest leaf; leaf times never go backwards."""


class CheckpointRow(SQLModel, table=True):
    """A signed checkpoint as its note bytes, one per size that was ever signed."""

    __tablename__ = "checkpoints"

    size: int = Field(primary_key=True)
    root: bytes
    note: bytes
    made_at: datetime = Field(sa_type=Instant)

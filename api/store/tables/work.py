"""Rows of what is due, who works, and how far they read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from api.store.columns import Instant


class WorkerRow(SQLModel, table=True):
    """One process of ``daizheng worker``, as long as anybody may have to take over its jobs."""

    __tablename__ = "workers"

    executor: str = Field(primary_key=True)
    """Its name for this one run."""
    host: str
    started_at: datetime = Field(sa_type=Instant)
    seen_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    """When it stopped by itself; None while it lives, and for ever where it was killed."""
    taken_over_at: datetime | None = Field(default=None, sa_type=Instant)
    """When another made sure that none of its jobs stays undone."""


class TimedTaskRow(SQLModel, table=True):
    """When a timed task is due next, and how its last runs went."""

    __tablename__ = "timed_tasks"

    name: str = Field(primary_key=True)
    due_at: datetime = Field(sa_type=Instant)
    handed: int
    """How many times it was handed to the queue: the unique part of the job's name."""
    claimed_until: datetime | None = Field(default=None, sa_type=Instant)
    """Nobody else hands it over before this instant."""
    succeeded_at: datetime | None = Field(default=None, sa_type=Instant)
    failed_at: datetime | None = Field(default=None, sa_type=Instant)
    failure: str | None = None
    """Code of the last failure."""
    failures: int
    """Failures since the last success."""
    runs: int


class ReadPositionRow(SQLModel, table=True):
    """How far a reader of an append-only table has come."""

    __tablename__ = "read_positions"

    name: str = Field(primary_key=True)
    position: int = Field(sa_type=BigInteger)

"""Rows of the desks: prints, visits to the window, feedback, answered writes, checks in bulk."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Field, SQLModel

from api.store.columns import Instant, JsonText


class PrintRow(SQLModel, table=True):
    """Copies of a signed PDF that were sent to a printer (R27)."""

    __tablename__ = "prints"

    id: UUID = Field(primary_key=True)
    number: str = Field(index=True)
    at: datetime = Field(sa_type=Instant)
    by: UUID
    channel: str
    """``window`` or ``kiosk``."""
    queue: str
    job: str
    copies: int
    visit: UUID | None = None


class VisitRow(SQLModel, table=True):
    """An applicant at the window: who came, for whom, by which authority; the scan is stored apart (R27)."""

    __tablename__ = "visits"

    id: UUID = Field(primary_key=True)
    subject: UUID = Field(index=True)
    applicant_sealed: bytes
    """Name, document type and number of the person who came, encrypted."""
    authority: str
    """``legal_representative`` or ``agent``."""
    scan_sha256: str | None = None
    scan_sealed: bytes | None = None
    at: datetime = Field(sa_type=Instant)
    by: UUID


class ObjectionRow(SQLModel, table=True):
    """An objection (异议) as it was taken down, at the window or by the subject; never deleted (R27, R32)."""

    __tablename__ = "objections"

    id: UUID = Field(primary_key=True)
    reference: str = Field(unique=True)
    """受理编号, by which the subject asks for it."""
    subject: UUID = Field(index=True)
    against: str
    """What it is against: one of R32's kinds."""
    number: str | None = Field(default=None, index=True)
    """The report in which it was found."""
    text_sealed: bytes
    channel: str
    """``window`` or ``web``."""
    visit: UUID | None = None
    by: UUID
    at: datetime = Field(sa_type=Instant)


class ObjectionEndRow(SQLModel, table=True):
    """How an objection ended: one row, written once (R32)."""

    __tablename__ = "objection_ends"

    objection: UUID = Field(primary_key=True)
    outcome: str
    """``withdrawn`` by the subject, ``upheld`` or ``refused`` by the operator."""
    answer_sealed: bytes | None = None
    by: UUID
    at: datetime = Field(sa_type=Instant)


class FeedbackRow(SQLModel, table=True):
    """A 问题反馈, tracked to its answer (R34)."""

    __tablename__ = "feedback"

    id: UUID = Field(primary_key=True)
    reference_hash: bytes = Field(unique=True)
    """Keyed hash of the reference by which the writer finds the answer."""
    page: str
    """The page it was written from, without query or number."""
    channel: str
    """``web``, ``window`` or ``kiosk``."""
    message_sealed: bytes
    contact_sealed: bytes | None = None
    state: str = Field(index=True)
    """``open`` or ``answered``."""
    made_at: datetime = Field(sa_type=Instant)
    answer: str | None = None
    answered_by: str | None = None
    answered_at: datetime | None = Field(default=None, sa_type=Instant)


class IdempotencyRow(SQLModel, table=True):
    """The answer once given to a write with an Idempotency-Key, so that a repeat gets the same."""

    __tablename__ = "idempotency"

    key_hash: bytes = Field(primary_key=True)
    request_sha256: bytes
    status: int | None = None
    """None while the first request is still at work."""
    answer_sealed: bytes | None = None
    made_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)


class BulkRow(SQLModel, table=True):
    """A batch of files to check, found by the keyed hash of its link; gone after an hour."""

    __tablename__ = "bulk_checks"

    id: UUID = Field(primary_key=True)
    token_hash: bytes = Field(unique=True)
    made_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    total: int
    rule: Any = Field(sa_type=JsonText)
    """The receiver's own rule (使用方自定规则)."""
    purpose: str
    """For which purpose the files are judged: a policy's name, or a whole policy of one's own."""


class BulkItemRow(SQLModel, table=True):
    """One file of a batch and its verdict."""

    __tablename__ = "bulk_items"

    bulk: UUID = Field(primary_key=True)
    position: int = Field(primary_key=True)
    sha256: str
    verdict_sealed: bytes
    """The verdict's JSON, compressed and encrypted; the file itself is not kept."""

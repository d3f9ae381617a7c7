"""Rows of subjects, record versions and commitments: versions are added, never overwritten (R12)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from api.store.columns import Instant, JsonText

CURRENT: Any = {
    "sqlite_where": text("superseded_at IS NULL"),
    "postgresql_where": text("superseded_at IS NULL"),
}
"""One thing has at most one version in force; the database holds us to it."""


class SubjectRow(SQLModel, table=True):
    """One version of one subject; a person's certificate number is a keyed hash and a sealed value (R7)."""

    __tablename__ = "subjects"
    __table_args__ = (
        Index("ix_subjects_current", "id", unique=True, **CURRENT),
        Index("ix_subjects_id", "id"),
    )

    version: UUID = Field(primary_key=True)
    id: UUID
    name: str
    """As printed."""
    name_key: str = Field(index=True)
    """The name as it is compared."""
    kind: str
    uscc: str | None = Field(default=None, index=True)
    registration_number: str | None = Field(default=None, index=True)
    organisation_code: str | None = Field(default=None, index=True)
    legal_representative: str | None = None
    established_on: date | None = None
    residence: str | None = None
    registration_authority: str | None = None
    registered_state: str
    parent: UUID | None = Field(default=None, index=True)
    person_number_hash: str | None = Field(default=None, index=True)
    person_number_sealed: bytes | None = None
    person_number_type: str | None = None
    content_sha256: bytes
    recorded_at: datetime = Field(sa_type=Instant)
    superseded_at: datetime | None = Field(default=None, sa_type=Instant)


class RecordRow(SQLModel, table=True):
    """One version of one record of a bureau."""

    __tablename__ = "records"
    __table_args__ = (
        Index("ix_records_current", "id", unique=True, **CURRENT),
        Index("ix_records_identity", "kind", "identity"),
    )

    version: UUID = Field(primary_key=True)
    id: UUID = Field(index=True)
    kind: str
    identity: str
    source: str
    """The sending unit: each source keeps versions of its own, they are joined when counted (R13)."""
    subject: UUID | None = Field(default=None, index=True)
    key_name: str
    key_uscc: str | None = None
    key_registration_number: str | None = None
    key_organisation_code: str | None = None
    key_tax_number: str | None = None
    key_institution_number: str | None = None
    key_society_number: str | None = None
    key_person_number_hash: str | None = None
    key_person_number_sealed: bytes | None = None
    key_person_number_type: str | None = None
    unit: str
    domains: Any = Field(sa_type=JsonText)
    list_name: str | None = None
    document_number: str | None = None
    decided_on: date | None = None
    effective_on: date | None = None
    ended_on: date | None = None
    ended_why: str | None = None
    procedure: str | None = None
    simple_confirmed: bool
    categories: Any = Field(sa_type=JsonText)
    fine_fen: int = Field(sa_type=BigInteger)
    confiscated_fen: int = Field(sa_type=BigInteger)
    repair: str
    repaired_on: date | None = None
    repair_channel: str | None = None
    review: str | None = None
    review_on: date | None = None
    review_number: str | None = None
    objected: bool
    minor: bool
    public_security: bool
    fields: Any = Field(sa_type=JsonText)
    content_sha256: bytes
    """Hash over everything but provenance and versioning: equal means unchanged."""
    recorded_at: datetime = Field(sa_type=Instant)
    superseded_at: datetime | None = Field(default=None, sa_type=Instant)


class CommitmentRow(SQLModel, table=True):
    """主动承诺 for one domain nobody collects."""

    __tablename__ = "commitments"

    id: UUID = Field(primary_key=True)
    subject: UUID = Field(index=True)
    domain: str
    made_on: date
    text: str
    recorded_at: datetime = Field(sa_type=Instant)
    superseded_at: datetime | None = Field(default=None, sa_type=Instant)

"""Rows of the register and of the way a report takes into it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from api.store.columns import Instant, JsonText


class ReservationRow(SQLModel, table=True):
    """A number taken for good with its place in a status list, whether or not a report comes of it."""

    __tablename__ = "reservations"
    __table_args__ = (UniqueConstraint("status_list", "status_idx"),)

    number: str = Field(primary_key=True)
    subject: UUID = Field(index=True)
    status_list: int
    status_idx: int
    request: Any = Field(sa_type=JsonText)
    as_of: datetime = Field(sa_type=Instant)
    reserved_at: datetime = Field(sa_type=Instant)


class DraftRow(SQLModel, table=True):
    """What transaction A keeps of a report that is committed to the log and not yet signed."""

    __tablename__ = "drafts"

    number: str = Field(primary_key=True)
    state: str = Field(index=True)
    """``open``, ``released``, ``void``, or ``owed``: void, and its order not yet issued again."""
    b0_sealed: bytes | None = None
    """The unsigned file, encrypted (it prints the codes); dropped once the signed one is released."""
    b0_sha256: bytes
    content_sha256: str
    root: str
    content_sealed: bytes
    """The report JSON, compressed and encrypted."""
    leaf_inputs_sealed: bytes
    """Per leaf its ordered fields and the record versions behind it, compressed and encrypted."""
    salt_version: int
    claim_hash: bytes
    proof: bytes
    leaf_index: int = Field(unique=True)
    committed_at: datetime = Field(sa_type=Instant)


class IntentRow(SQLModel, table=True):
    """Stored before the report key is used; ends in exactly one file leaf or one void-intent leaf."""

    __tablename__ = "intents"

    id: UUID = Field(primary_key=True)
    number: str = Field(index=True)
    signed_attrs_sha256: bytes
    key_id: bytes
    made_at: datetime = Field(sa_type=Instant)
    outcome: str = Field(index=True)
    """``open``, ``file`` or ``void``."""
    leaf_index: int | None = Field(default=None, unique=True)


class KeyUseRow(SQLModel, table=True):
    """One use of a private key that stands behind a report; only ever added to (by trigger)."""

    __tablename__ = "key_uses"

    id: int | None = Field(default=None, primary_key=True)
    role: str
    key_id: bytes
    number: str = Field(index=True)
    used_at: datetime = Field(sa_type=Instant)


class ReportRow(SQLModel, table=True):
    """The register: one line per released report, with its bytes."""

    __tablename__ = "reports"

    number: str = Field(primary_key=True)
    subject: UUID = Field(index=True)
    status: str = Field(index=True)
    """``valid``, ``revoked``, ``suspended``, ``data_changed`` or ``superseded``."""
    status_at: datetime = Field(sa_type=Instant)
    status_reason: str | None = None
    level: str
    """``B-LT``, or ``B-B`` when the time-stamp authority was down."""
    variant: str
    channel: str
    purpose: str
    matter: str | None = Field(default=None, index=True)
    """Id of the matter in the region's catalogue for which it was asked (R28)."""
    template: str
    as_of: datetime = Field(sa_type=Instant)
    window_from: date
    window_to: date
    domains: Any = Field(sa_type=JsonText)
    records: int
    fresh_until: datetime | None = Field(default=None, sa_type=Instant)
    content_sha256: str
    root: str
    file_sha256: str = Field(unique=True)
    file_sealed: bytes
    """The released bytes, encrypted: they show the codes that stand here only as keyed hashes."""
    b0_length: int
    leaf_index: int
    released_at: datetime = Field(sa_type=Instant)


class CodeRow(SQLModel, table=True):
    """核验码 and paper secret of one report, as keyed hashes; 100 wrong tries lock the code for good."""

    __tablename__ = "codes"

    number: str = Field(primary_key=True)
    hash_version: int
    code_hash: bytes
    paper_secret_hash: bytes
    wrong_tries: int


class ApplicationRow(SQLModel, table=True):
    """An application that the automatic gate stopped and a person must look at (R26)."""

    __tablename__ = "applications"

    id: UUID = Field(primary_key=True)
    subject: UUID = Field(index=True)
    request: Any = Field(sa_type=JsonText)
    reasons: Any = Field(sa_type=JsonText)
    state: str = Field(index=True)
    """``waiting``, ``approved`` or ``refused``."""
    made_at: datetime = Field(sa_type=Instant)
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    decided_by: str | None = None
    number: str | None = None
    reason: str | None = None
    """Why it was approved or refused; the subject reads it."""


class DraftViewRow(SQLModel, table=True):
    """A person who opened the draft of a waiting application; only ever added to (by trigger)."""

    __tablename__ = "draft_views"

    id: UUID = Field(primary_key=True)
    application: UUID = Field(index=True)
    by: str
    """The operator's name as the house lists it."""
    at: datetime = Field(sa_type=Instant)
    draft_sha256: bytes
    """Over what the draft said: whoever decides has seen what stands now, not what stood then."""


class ReadingRow(SQLModel, table=True):
    """What the bytes of a released report showed when they were last read; may be made anew at any time."""

    __tablename__ = "readings"

    number: str = Field(primary_key=True)
    under: str
    """Program and trust it was read by; a reading by others is of no use."""
    sealed: bytes
    """Compressed and encrypted."""

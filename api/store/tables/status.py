"""Rows about the status of documents: what happened, what stands, what was published, what came late."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from api.store.columns import Instant


class StatusListRow(SQLModel, table=True):
    """How many places of a list are taken, so that nobody counts reservations to know."""

    __tablename__ = "status_lists"

    number: int = Field(primary_key=True)
    taken: int


class StatusChangeRow(SQLModel, table=True):
    """One act on one report's status; only ever added to (by trigger)."""

    __tablename__ = "status_changes"
    __table_args__ = (Index("ix_status_changes_list", "status_list", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    """Grows with each change: whoever follows changes asks for those above the last one seen."""
    number: str = Field(index=True)
    status_list: int
    status_idx: int
    act: str
    """``revoked``, ``superseded``, ``suspended``, ``resumed``, ``data_changed`` or ``data_restored``."""
    word: str
    """The report's status from then on."""
    reason: str
    by: str
    second: str | None = None
    """The other person, where two were needed."""
    at: datetime = Field(sa_type=Instant)
    salt: bytes
    leaf_index: int = Field(unique=True)
    cause: str
    """``operator``, ``proposal:ID`` or ``late:ID``."""


class StatusValueRow(SQLModel, table=True):
    """What stands at a place of a list where it ever was anything but valid."""

    __tablename__ = "status_values"

    status_list: int = Field(primary_key=True)
    status_idx: int = Field(primary_key=True)
    value: int


class PublicationRow(SQLModel, table=True):
    """A published list; only ever added to (by trigger)."""

    __tablename__ = "status_publications"
    __table_args__ = (Index("ix_status_publications_made", "status_list", "made_at"),)

    status_list: int = Field(primary_key=True)
    version: int = Field(primary_key=True)
    made_at: datetime = Field(sa_type=Instant)
    """The token's ``iat``."""
    expires_at: datetime = Field(sa_type=Instant)
    token_gzip: bytes
    """The token as it goes out under ``Content-Encoding: gzip``."""
    token_sha256: str
    last_change: int = Field(sa_type=BigInteger)
    """The newest change of this list that is in it; 0: none."""
    leaf_index: int = Field(unique=True)


class ProposalRow(SQLModel, table=True):
    """A change of many reports at once, which a second person confirms."""

    __tablename__ = "status_proposals"

    id: UUID = Field(primary_key=True)
    target: str
    """``key`` or ``batch``."""
    target_id: str
    """A key id in hex, or a batch's id."""
    word: str
    reason: str
    proposed_by: str
    proposed_at: datetime = Field(sa_type=Instant)
    state: str = Field(index=True)
    """``waiting``, ``confirmed`` or ``refused``."""
    decided_by: str | None = None
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    reports: int | None = None
    """How many reports were changed."""


class LateRowRow(SQLModel, table=True):
    """A record that should have been here earlier: one line of its unit's ledger (R31)."""

    __tablename__ = "late_rows"

    id: UUID = Field(primary_key=True)
    version: UUID = Field(unique=True)
    """The record's version as it came."""
    batch: UUID = Field(index=True)
    unit: str = Field(index=True)
    """The unit whose data it is."""
    kind: str
    sort: str
    """``late`` (迟报) or ``omitted`` (漏报: the unit had attested those days as complete)."""
    decided_on: date
    due_on: date
    days_late: int
    complete_to: date
    """The day up to which the unit had said that its data were complete."""
    confirmed_by: str
    """The person of the unit who confirmed the delivery."""
    noticed_at: datetime = Field(sa_type=Instant)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)
    withdrawn_by: str | None = None
    withdrawn_why: str | None = None


class LateEffectRow(SQLModel, table=True):
    """A report that would say something else had that row been here in time; only ever added to."""

    __tablename__ = "late_effects"

    late: UUID = Field(primary_key=True)
    number: str = Field(primary_key=True, index=True)


class SeenListRow(SQLModel, table=True):
    """The highest version of a list, of whatever house, that this house's verifier has seen."""

    __tablename__ = "status_seen"

    uri: str = Field(primary_key=True)
    """Anchor and address, so that two houses of one name are two."""
    version: int = Field(sa_type=BigInteger)
    sha256: str
    seen_at: datetime = Field(sa_type=Instant)

"""What the desks keep, as frozen records: prints, visits, views of drafts, feedback, answered forms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """Copies of a signed PDF that a printer took (R27)."""

    id: UUID
    number: str
    at: datetime
    by: UUID
    channel: str
    """``window`` or ``kiosk``."""
    queue: str
    job: str
    copies: int
    visit: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """An applicant at the window, without the scan of their papers."""

    id: UUID
    subject: UUID
    applicant_sealed: bytes
    authority: str
    """``legal_representative`` or ``agent``."""
    scan_sha256: str | None
    at: datetime
    by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """An objection as it was taken down (R27, R32)."""

    id: UUID
    reference: str
    """受理编号."""
    subject: UUID
    against: str
    number: str | None
    """The report in which it was found."""
    text_sealed: bytes
    channel: str
    """``window`` or ``web``."""
    visit: UUID | None
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionEnd:
    """How an objection ended (R32)."""

    objection: UUID
    outcome: str
    """``withdrawn`` by the subject, ``upheld`` or ``refused`` by the operator."""
    answer_sealed: bytes | None
    """What the operator wrote to the subject; None for one that was withdrawn."""
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftView:
    """Somebody opened the draft of a waiting application."""

    id: UUID
    application: UUID
    by: str
    at: datetime
    draft_sha256: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """A 问题反馈."""

    id: UUID
    reference_hash: bytes
    page: str
    channel: str
    message_sealed: bytes
    contact_sealed: bytes | None
    state: str
    """``open`` or ``answered``."""
    made_at: datetime
    answer: str | None = None
    answered_by: str | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A write that comes with a key of its own, and the answer once given to it."""

    key_hash: bytes
    request_sha256: bytes
    status: int | None
    """None while the first request is still at work."""
    answer_sealed: bytes | None
    made_at: datetime
    expires_at: datetime

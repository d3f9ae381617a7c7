"""What the store keeps beside credit records, as frozen records of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from domain.verdict import JsonValue


class Vault(Protocol):
    """Seals what may not lie open in the database (R7); made from the house's secrets.

    ``fingerprint`` MUST be keyed and equal for equal numbers; ``unseal`` MUST refuse
    bytes sealed under another ``purpose``.
    """

    def fingerprint(self, text: str) -> str:
        """Give the keyed hash of a person's certificate number, hex."""
        ...

    def seal(self, data: bytes, purpose: str) -> bytes:
        """Give ``data`` encrypted and bound to ``purpose``."""
        ...

    def unseal(self, sealed: bytes, purpose: str) -> bytes:
        """Give the bytes back; MalformedInput when they were changed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What this database belongs to."""

    region: str
    host: str
    environment: str
    log_origin: str
    issuer_name: str
    anchor_sha256: str
    """SHA-256 of the root certificate, hex: the house believes no bundle under another."""
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRegion:
    """A region file as its bytes came."""

    id: UUID
    code: str
    version: str
    sha256: str
    data: bytes
    added_by: str
    recorded_at: datetime
    superseded_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One received file, or a nil report."""

    id: UUID
    kind: str
    unit: str
    file_name: str | None
    file_sha256: str
    domain: str | None
    no_simple: bool
    confirmed_by: str
    received_at: datetime
    rows: int
    accepted: int
    unchanged: int
    quarantined: int
    skipped: int
    list_name: str | None = None
    """名单名称 said for the whole file."""
    mends: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtKey:
    """One name or code by which a doubtful row names a subject."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRow:
    """A row in quarantine."""

    id: UUID
    reference: str
    batch: UUID
    row: int
    column: str | None
    code: str
    problems: tuple[Mapping[str, JsonValue], ...]
    unit: str
    kind: str
    identity: str | None
    fingerprint: bytes
    domains: tuple[str, ...]
    cells_sealed: bytes
    named_unit: str | None
    keys: tuple[DoubtKey, ...]
    recorded_at: datetime
    cleared_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """A number taken for good, with its place in a status list."""

    number: str
    subject: UUID
    status_list: int
    status_idx: int
    request: Mapping[str, JsonValue]
    as_of: datetime
    reserved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A committed and not yet signed report (transaction A)."""

    number: str
    state: str
    b0_sealed: bytes | None
    b0_sha256: bytes
    content_sha256: str
    root: str
    content_sealed: bytes
    leaf_inputs_sealed: bytes
    salt_version: int
    claim_hash: bytes
    proof: bytes
    leaf_index: int
    committed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """Stored before the report key is used."""

    id: UUID
    number: str
    signed_attrs_sha256: bytes
    key_id: bytes
    made_at: datetime
    outcome: str = "open"
    leaf_index: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """One line of the register, without the file's bytes."""

    number: str
    subject: UUID
    status: str
    status_at: datetime
    status_reason: str | None
    level: str
    variant: str
    channel: str
    purpose: str
    matter: str | None = None
    template: str
    as_of: datetime
    window_from: date
    window_to: date
    domains: tuple[str, ...]
    records: int
    fresh_until: datetime | None
    content_sha256: str
    root: str
    file_sha256: str
    b0_length: int
    leaf_index: int
    released_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """Keyed hashes of what is printed for a person to type or scan."""

    number: str
    hash_version: int
    code_hash: bytes
    paper_secret_hash: bytes
    wrong_tries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """An application that waits for a person (R26)."""

    id: UUID
    subject: UUID
    request: Mapping[str, JsonValue]
    reasons: tuple[str, ...]
    state: str
    made_at: datetime
    decided_at: datetime | None = None
    decided_by: str | None = None
    number: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An act of a person or of the house."""

    at: datetime
    actor: str
    act: str
    subject: UUID | None = None
    number: str | None = None
    reason: str | None = None
    fields: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLeaf:
    """One leaf of the log with what the house knows about it."""

    index: int
    leaf: bytes
    leaf_hash: bytes
    type: int
    number: str
    intent: str | None
    appended_at: datetime

"""Grants, their uses and live codes as frozen records of the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.grant_rights import GrantScope, Right, scope_from_json
from domain.verdict import JsonValue

LIVE, WITHDRAWN, CLOSED = "live", "withdrawn", "closed"
"""States of a grant: standing, taken back, closed after wrong second factors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a subject lets somebody see of a report, for a purpose and a time (R22, R24)."""

    id: UUID
    parent: UUID | None
    number: str
    subject: UUID
    made_by: UUID | None
    """Person of the subject or its agent; None: a grant by law."""
    receiver: str | None
    receiver_name: str | None
    purpose: str
    legal_basis: str | None
    scope: Mapping[str, JsonValue]
    allows: tuple[str, ...]
    not_before: datetime
    expires_at: datetime
    max_uses: int | None
    uses: int
    factor: str
    factor_hash: bytes | None
    wrong_factors: int
    prefix: str
    hash_version: int
    secret_hash: bytes
    state: str
    made_at: datetime
    ended_at: datetime | None = None

    @property
    def right(self) -> Right:
        """What this grant by itself still allows, whatever it was made from."""
        return Right(
            scope=self.opens,
            allows=frozenset(self.allows),
            not_before=self.not_before,
            expires_at=self.expires_at,
            uses=None if self.max_uses is None else max(0, self.max_uses - self.uses),
            receiver=self.receiver,
        )

    @property
    def opens(self) -> GrantScope:
        """Which details it opens."""
        return scope_from_json(self.scope)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """One use of a grant by one browser or program."""

    id: UUID
    grant: UUID
    hash_version: int
    token_hash: bytes
    person: UUID | None
    opened_at: datetime
    open_until: datetime
    fresh_number: str | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCode:
    """One code of 一码通."""

    id: UUID
    number: str
    subject: UUID
    made_by: UUID
    allows: tuple[str, ...]
    hash_version: int
    secret_hash: bytes
    word: str
    made_at: datetime
    expires_at: datetime
    spent_at: datetime | None = None
    browser_hash: bytes | None = None
    open_until: datetime | None = None
    withdrawn_at: datetime | None = None

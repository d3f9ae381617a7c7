"""Who makes a request, as far as the house has checked it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from api.services.access.roles import STAFF, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A person, a machine with a key, or nobody in particular."""

    person: UUID | None
    """Row of the person; None for a key and for whoever is not signed in."""
    sub: str
    """Name at the sign-in provider, or ``key:PREFIX`` for a machine; empty when not signed in."""
    name: str
    role: Role
    organisation: str | None = None
    """USCC of the organisation somebody acts for."""
    organisation_name: str | None = None
    organisation_id: UUID | None = None
    """The registered and approved receiver or authority; None while it waits or is closed."""
    territory: str | None = None
    """Place that a member of staff is limited to (R25); None: the whole region."""
    authenticated_at: datetime | None = None
    """When the person last proved who they are."""
    session: bytes | None = None
    """Keyed hash of the session; None for keys and bearer tokens."""
    scopes: frozenset[str] | None = None
    """Facts an API key or bearer token is limited to; None: whatever the role may."""
    subject: UUID | None = None
    """The natural person or sole trader that this person is, where the sign-in proved it."""

    @property
    def signed_in(self) -> bool:
        """Say whether anybody was proved to be there."""
        return bool(self.sub)

    @property
    def is_staff(self) -> bool:
        """Say whether looks need a reason (R25)."""
        return self.role in STAFF


ANONYMOUS: Final = Principal(person=None, sub="", name="", role=Role.HOLDER)
"""Whoever holds a file or a code."""

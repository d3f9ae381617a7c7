"""Entries about grants, looks and past instants: the log holds a salted hash, the house what it means.

The facts are canonical JSON (RFC 8785); beside the entry they lie sealed with their salt, so
that an auditor in the house can match each row with its entry and nobody outside can guess one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from api.services.context import Context
from api.services.issuing import log as logbook
from api.store.entries_access import Look
from api.store.entries_grants import Grant
from api.store.entries_log import LogFact
from api.store.unit_of_work import UnitOfWork
from domain import canonical
from domain.errors import MalformedInput
from domain.identifiers import hide_person_numbers
from domain.leaf import SALT_BYTES, Leaf, LeafType, grant_digest, historical_digest, view_digest
from domain.times import rfc3339
from domain.verdict import JsonValue
from keys.roles import Role

PURPOSE = "log-fact"
MAX_BYTES = 1 << 20
_Facts = dict[str, JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedFact:
    """The facts behind one entry and the salt that goes with them."""

    index: int
    about: str
    salt: bytes
    data: bytes
    """Canonical JSON."""

    @property
    def facts(self) -> JsonValue:
        """What the entry says."""
        return canonical.decode(self.data, max_bytes=MAX_BYTES)

    @property
    def sha256(self) -> bytes:
        """What the entry's digest was made with."""
        return hashlib.sha256(self.data).digest()


def log_grant(context: Context, work: UnitOfWork, grant: Grant, act: str, now: datetime) -> None:
    """The log holds that ``grant`` was made, withdrawn or closed (``act``); the caller commits."""
    data = canonical.encode(grant_facts(grant, act, now))
    _append(
        context,
        work,
        LeafType.GRANT,
        str(grant.id),
        data,
        now,
        lambda sha, salt: grant_digest(grant.id, sha, salt),
    )


def log_look(context: Context, work: UnitOfWork, look: Look) -> None:
    """The log holds that somebody looked; the caller commits."""
    data = canonical.encode(look_facts(look))
    _append(
        context,
        work,
        LeafType.VIEW,
        str(look.id),
        data,
        look.at,
        lambda sha, salt: view_digest(look.id, sha, salt),
    )


def log_historical(context: Context, work: UnitOfWork, number: str, facts: _Facts, now: datetime) -> None:
    """The log holds who asked for report ``number`` as of a past instant, and why (R12)."""
    data = canonical.encode(facts)
    _append(
        context, work, LeafType.HISTORICAL, number, data, now,
        lambda sha, salt: historical_digest(number, sha, salt), number=number,
    )  # fmt: skip


def grant_facts(grant: Grant, act: str, at: datetime) -> _Facts:
    """Give the terms of a grant as they are hashed; counters and secrets are no part of them."""
    return {
        "act": act,
        "at": rfc3339(at),
        "grant": str(grant.id),
        "parent": None if grant.parent is None else str(grant.parent),
        "number": grant.number,
        "subject": str(grant.subject),
        "made_by": None if grant.made_by is None else str(grant.made_by),
        "receiver": grant.receiver,
        "purpose": grant.purpose,
        "legal_basis": grant.legal_basis,
        "scope": dict(grant.scope),
        "allows": list(grant.allows),
        "not_before": rfc3339(grant.not_before),
        "expires_at": rfc3339(grant.expires_at),
        "max_uses": grant.max_uses,
        "factor": grant.factor,
    }


def look_facts(look: Look) -> _Facts:
    """Give a look as it is hashed."""
    return {
        "look": str(look.id),
        "at": rfc3339(look.at),
        "subject": str(look.subject),
        "number": look.number,
        "grant": None if look.grant is None else str(look.grant),
        "viewer": None if look.viewer is None else str(look.viewer),
        "viewer_name": look.viewer_name,
        "viewer_role": look.viewer_role,
        "organisation": look.organisation,
        "organisation_name": look.organisation_name,
        "act": look.act,
        "purpose": hide_person_numbers(look.purpose),
        "fields": list(look.fields),
    }


def open_fact(context: Context, fact: LogFact) -> OpenedFact:
    """Give what one entry's digest was made of; raises where the row was changed."""
    plain = context.vault.unseal(fact.sealed, f"{PURPOSE}:{fact.index}")
    if len(plain) < SALT_BYTES:
        raise MalformedInput("packed_data")
    return OpenedFact(index=fact.index, about=fact.about, salt=plain[:SALT_BYTES], data=plain[SALT_BYTES:])


def _append(
    context: Context,
    work: UnitOfWork,
    kind: LeafType,
    about: str,
    data: bytes,
    now: datetime,
    digest: Callable[[bytes, bytes], bytes],
    number: str = "",
) -> None:
    salt = context.entropy(SALT_BYTES)
    made = digest(hashlib.sha256(data).digest(), salt)
    key_id = context.keys.private(Role.LOG).key_id
    logged = logbook.append(
        context, work, lambda moment: Leaf(kind, key_id, moment, made), now=now, number=number
    )
    index = logged.index
    sealed = context.vault.seal(salt + data, f"{PURPOSE}:{index}")
    work.witnesses.add_fact(LogFact(index=index, about=about, sealed=sealed))

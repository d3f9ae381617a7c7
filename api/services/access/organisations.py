"""Receivers and requesting bodies: they register, the security administrator decides (R25)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from api.services.access.principal import Principal
from api.services.access.roles import REQUESTING
from api.services.access.sessions import APPROVED
from api.services.access.table import Rule, may, require
from api.services.context import Context
from api.services.watching.ending import end_with_organisation
from api.store.entries import Event
from api.store.entries_access import Organisation
from api.store.unit_of_work import UnitOfWork
from domain.errors import Conflict, MalformedInput, NotFound, Refused
from domain.identifiers import uuid7

PENDING, REFUSED, CLOSED = "pending", "refused", "closed"
DECISIONS: Final = {
    # what a decision leads to, and from which state it may be taken
    "approve": (APPROVED, (PENDING,)),
    "refuse": (REFUSED, (PENDING,)),
    "close": (CLOSED, (APPROVED,)),
}
MAX_TEXT: Final = 200
_SEALED_FOR: Final = "organisation-contact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Whom to call; encrypted at rest."""

    name: str
    phone: str


def register(context: Context, principal: Principal, *, contact: Contact, purpose: str) -> Organisation:
    """Give the registration of the principal's organisation, waiting for a decision.

    A refused or closed organisation may register again.  Raises MalformedInput
    ``organisation_contact``, ``organisation_purpose``; Conflict ``organisation_known``;
    Refused ``organisation_missing`` where the sign-in named no organisation.
    """
    if principal.organisation is None or principal.role not in REQUESTING:
        raise Refused("organisation_missing")
    require(principal, "organisation_register", organisation=principal.organisation)
    contact, purpose = _checked(contact, purpose)
    now = context.clock()
    with context.store.writing() as work:
        organisation = _registered(context, work, principal, contact, purpose, now)
        work.house.record(_event("organisation_registered", principal.name, organisation, now))
        work.commit()
    return organisation


def decide(context: Context, principal: Principal, id_: UUID, *, decision: str, reason: str) -> Organisation:
    """Give the organisation after ``approve``, ``refuse`` or ``close``; refusing and closing say why.

    Closing ends its keys, its watches and where it was sent messages.

    Raises MalformedInput ``organisation_decision``, ``organisation_reason``;
    NotFound ``organisation_unknown``; Conflict ``organisation_decided``.
    """
    require(principal, "organisation_decide")
    if decision not in DECISIONS:
        raise MalformedInput("organisation_decision")
    state, allowed_from = DECISIONS[decision]
    reason = reason.strip()[:MAX_TEXT]
    if state != APPROVED and not reason:
        raise MalformedInput("organisation_reason")
    now = context.clock()
    with context.store.writing() as work:
        found = work.organisations.by_id(id_)
        if found is None:
            raise NotFound("organisation_unknown")
        if found.state not in allowed_from:
            raise Conflict("organisation_decided", state=found.state)
        work.organisations.change(
            id_, state=state, decided_by=principal.name, decided_at=now, reason=reason or None
        )
        if state == CLOSED:
            work.organisations.end_keys_of(id_, now)
            end_with_organisation(work, found.uscc, now)
        work.house.record(_event(f"organisation_{state}", principal.name, found, now, reason or None))
        work.commit()
    return found


def own_registration(work: UnitOfWork, principal: Principal) -> Organisation | None:
    """Give the registration of the principal's organisation, None before there is one."""
    if principal.organisation is None:
        return None
    require(principal, "organisation_register", organisation=principal.organisation)
    return work.organisations.by_uscc(principal.organisation)


def registrations(work: UnitOfWork, principal: Principal) -> tuple[Organisation, ...]:
    """Give every registration, those that wait first."""
    require(principal, "organisation_list")
    return tuple(sorted(work.organisations.all(), key=lambda one: one.state != PENDING))


def may_decide(principal: Principal) -> bool:
    """Say whether the principal is who decides; the others see no contact."""
    return may(principal.role, "organisation_decide") is Rule.YES


def contact_of(context: Context, organisation: Organisation) -> Contact:
    """Give whom to call."""
    kept = json.loads(context.vault.unseal(organisation.contact_sealed, _SEALED_FOR))
    return Contact(name=kept["name"], phone=kept["phone"])


def _registered(
    context: Context, work: UnitOfWork, principal: Principal, contact: Contact, purpose: str, now: datetime
) -> Organisation:
    assert principal.organisation is not None and principal.person is not None
    sealed = context.vault.seal(
        json.dumps({"name": contact.name, "phone": contact.phone}).encode(), _SEALED_FOR
    )
    known = work.organisations.by_uscc(principal.organisation)
    if known is not None and known.state not in (REFUSED, CLOSED):
        raise Conflict("organisation_known")
    made = Organisation(
        id=uuid7(now, context.entropy) if known is None else known.id,
        uscc=principal.organisation,
        name=principal.organisation_name or principal.organisation,
        kind=principal.role.value,
        purpose=purpose,
        contact_sealed=sealed,
        state=PENDING,
        registered_by=principal.person,
        registered_at=now,
    )
    if known is None:
        work.organisations.add(made)
    else:
        work.organisations.change(
            known.id, name=made.name, kind=made.kind, purpose=purpose, contact_sealed=sealed, state=PENDING,
            registered_by=made.registered_by, registered_at=now, decided_by=None, decided_at=None,
            reason=None,
        )  # fmt: skip
    return made


def _checked(contact: Contact, purpose: str) -> tuple[Contact, str]:
    name, phone, purpose = contact.name.strip(), contact.phone.strip(), purpose.strip()
    if not (1 <= len(name) <= MAX_TEXT and 5 <= len(phone) <= 40):
        raise MalformedInput("organisation_contact")
    if not 4 <= len(purpose) <= MAX_TEXT:
        raise MalformedInput("organisation_purpose", most=MAX_TEXT)
    return Contact(name=name, phone=phone), purpose


def _event(
    act: str, actor: str, organisation: Organisation, now: datetime, reason: str | None = None
) -> Event:
    fields = {"organisation": organisation.uscc, "kind": organisation.kind}
    return Event(at=now, actor=actor, act=act, reason=reason, fields=fields)

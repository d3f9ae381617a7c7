"""Taking grants back, and what the subject sees of them: both hold from the next request on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from api.services.access.looks import look_by, record_look
from api.services.access.principal import Principal
from api.services.access.roles import REQUESTING, Role
from api.services.access.table import owns, require
from api.services.context import Context
from api.services.grants.admission import held
from api.services.log.facts import log_grant
from api.services.watching.ending import end_with_grants
from api.store.entries import Event
from api.store.entries_access import Look
from api.store.entries_grants import LIVE, WITHDRAWN, Grant
from api.store.unit_of_work import UnitOfWork
from domain.errors import NotFound, Refused
from records.model import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A grant as its subject or receiver sees it in a list."""

    grant: Grant
    state: str
    """``live``, ``not_yet``, ``expired``, ``used_up``, ``withdrawn``, ``closed`` or ``report_ended``."""


def withdraw(context: Context, principal: Principal, id_: UUID) -> int:
    """End a grant, every grant made from it and every browser that has one open; gives how many ended.

    From the commit on every use is refused: nothing about a grant is kept outside the store.
    Raises NotFound ``not_found`` for one that is not the principal's; Refused ``grant_by_law`` for
    one that a 机关 holds by law. A grant that has ended already stays as it is (0).
    """
    with context.store.writing() as work:
        grant, subject = _own(work, principal, id_, "grant_withdraw")
        if grant.made_by is None and grant.legal_basis is not None:
            raise Refused("grant_by_law")
        now = context.clock()
        ending = [one for one in map(work.grants.get, work.grants.with_descendants(id_)) if one is not None]
        ended = work.grants.end([one.id for one in ending], WITHDRAWN, now)
        for each in ending:
            if each.state == LIVE:
                log_grant(context, work, each, WITHDRAWN, now)
        end_with_grants(work, [one.id for one in ending], now)
        look = look_by(
            context, principal, act="withdraw", subject=subject.id, purpose=grant.purpose,
            number=grant.number, grant=grant.id,
        )  # fmt: skip
        record_look(context, work, look)
        event = Event(
            at=now, actor=principal.name or principal.sub, act="grant_withdrawn", subject=subject.id,
            number=grant.number, fields={"grant": str(id_), "ended": ended},
        )  # fmt: skip
        work.house.record(event)
        work.commit()
    return ended


def uses(context: Context, principal: Principal, id_: UUID) -> tuple[Look, ...]:
    """Give every use and refusal of a grant and of those made from it, newest first."""
    with context.store.reading() as work:
        _own(work, principal, id_, "grant_uses")
        found = [look for one in work.grants.with_descendants(id_) for look in work.looks.of_grant(one)]
    return tuple(sorted(found, key=lambda look: (look.at, look.id), reverse=True))


def one(context: Context, principal: Principal, id_: UUID) -> Listed:
    """Give one grant of the principal's subject; NotFound ``not_found``."""
    with context.store.reading() as work:
        grant, _ = _own(work, principal, id_, "grant_uses")
        return listed(work, grant, context.clock())


def grants_of(context: Context, principal: Principal) -> tuple[Listed, ...]:
    """Give the grants about the principal's own subject, newest first; empty where it has none."""
    with context.store.reading() as work:
        subject = own_subject(work, principal)
        if subject is None:
            return ()
        require(principal, "grant_uses", subject=subject)
        now = context.clock()
        return tuple(listed(work, grant, now) for grant in work.grants.of_subject(subject.id))


def grants_for(context: Context, principal: Principal) -> tuple[Listed, ...]:
    """Give the grants that name the principal's organisation, newest first."""
    if principal.role not in REQUESTING or principal.organisation is None:
        return ()
    with context.store.reading() as work:
        now = context.clock()
        return tuple(listed(work, grant, now) for grant in work.grants.of_receiver(principal.organisation))


def looks_at_own(context: Context, principal: Principal) -> tuple[Look, ...]:
    """Give every look at the principal's own subject, newest first (R21)."""
    with context.store.reading() as work:
        subject = own_subject(work, principal)
        if subject is None:
            return ()
        require(principal, "access_list", subject=subject)
        return work.looks.of_subject(subject.id)


def own_subject(work: UnitOfWork, principal: Principal) -> Subject | None:
    """Give the subject that the principal acts for, if the house knows it."""
    if principal.role not in (Role.ENTERPRISE, Role.AGENT):
        return None
    if principal.subject is not None:
        return work.subjects.by_id(principal.subject)
    found = None if principal.organisation is None else work.subjects.by_uscc(principal.organisation)
    return found if found is not None and owns(principal, found) else None


def listed(work: UnitOfWork, grant: Grant, now: datetime) -> Listed:
    """Give ``grant`` with the word for what it is worth now."""
    known = held(work, grant)
    right = known.right
    ended = next((link.state for link in known.chain if link.state != LIVE), None)
    reasons = {
        "report_ended": known.line.status in ("revoked", "superseded"),
        "expired": now >= right.expires_at,
        "used_up": right.uses == 0,
        "not_yet": now < right.not_before,
    }
    state = ended or next((name for name, holds in reasons.items() if holds), LIVE)
    return Listed(grant=grant, state=state)


def _own(work: UnitOfWork, principal: Principal, id_: UUID, fact: str) -> tuple[Grant, Subject]:
    grant = work.grants.get(id_)
    subject = None if grant is None else work.subjects.by_id(grant.subject)
    if grant is None or subject is None:
        # The same answer as for a grant of somebody else.
        require(principal, fact, organisation="")
        raise NotFound("not_found")
    require(principal, fact, subject=subject)
    return grant, subject

"""Every look at a subject is written down for it; too many by one member of staff raise an alarm (R25)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time
from typing import Literal
from uuid import UUID

from api.services.access.principal import Principal
from api.services.access.roles import STAFF
from api.services.context import Context
from api.services.house.regions import own_region
from api.services.log.facts import log_look
from api.store.entries import Event
from api.store.entries_access import Look
from api.store.unit_of_work import UnitOfWork
from domain.identifiers import uuid7
from domain.times import SHANGHAI, shanghai_day
from domain.verdict import JsonValue

Act = Literal[
    "view", "download", "query", "changes", "watch", "watch_ended", "told",
    "redeem", "live_open", "legal_request", "denied", "closed", "withdraw",
    "search", "visit", "issue", "print", "review", "decide", "objection", "code", "status",
]  # fmt: skip
"""What somebody did who looked; ``look_act_*`` in ``templates/messages`` has a word for each."""

ALARM = "staff_looks_alarm"
"""Act of the event that one more look than the region's ``staff_looks_per_day`` raises, once a day."""


def look_by(
    context: Context,
    principal: Principal,
    *,
    act: Act,
    subject: UUID,
    purpose: str,
    number: str | None = None,
    grant: UUID | None = None,
    fields: Iterable[str] = (),
    browser_hash: bytes | None = None,
) -> Look:
    """Give the look that ``principal`` takes now; :func:`record_look` writes it."""
    now = context.clock()
    return Look(
        id=uuid7(now, context.entropy),
        at=now,
        subject=subject,
        number=number,
        grant=grant,
        viewer=principal.person,
        viewer_name=principal.name,
        viewer_role=principal.role.value,
        organisation=principal.organisation,
        organisation_name=principal.organisation_name,
        act=act,
        purpose=purpose.strip(),
        fields=tuple(fields),
        browser_hash=browser_hash,
    )


def record_look(context: Context, work: UnitOfWork, look: Look) -> None:
    """The look stands in ``work`` and, hashed, in the log; one too many by staff raises an alarm event.

    The caller commits, in the same transaction as what was looked at is read or made.
    """
    work.looks.add(look)
    log_look(context, work, look)
    if look.viewer is not None and look.viewer_role in STAFF:
        _watch(context, work, look, look.viewer)


def looks_of(work: UnitOfWork, subject: UUID) -> tuple[Look, ...]:
    """Give the looks at ``subject``, newest first."""
    return work.looks.of_subject(subject)


def staff_looks(work: UnitOfWork, since: datetime) -> tuple[Look, ...]:
    """Give the looks that members of staff took since an instant, newest first."""
    return work.looks.by_roles(tuple(sorted(STAFF)), since=since)


def alarms(work: UnitOfWork) -> tuple[Event, ...]:
    """Give the alarms about many looks, newest first."""
    return tuple(reversed(work.house.events_of(ALARM)))


def subject_name(work: UnitOfWork, subject: UUID) -> str | None:
    """Give the name of a subject, None for one that the register does not know."""
    found = work.subjects.by_id(subject)
    return None if found is None else found.name


def _watch(context: Context, work: UnitOfWork, look: Look, viewer: UUID) -> None:
    day = shanghai_day(look.at)
    midnight = datetime.combine(day, time.min, SHANGHAI)
    allowed = own_region(context, work).settings_at(day).staff_looks_per_day
    # Exactly one more than allowed: the alarm sounds once a day, not at each further look.
    if work.looks.count_by(viewer, since=midnight) == allowed + 1:
        fields: dict[str, JsonValue] = {"role": look.viewer_role, "allowed": allowed}
        work.house.record(Event(at=look.at, actor=look.viewer_name, act=ALARM, fields=fields))

"""Who may be given the report that was asked for: eligibility, age, choice, a look back (R5, R6, R9, R12)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from api.services.context import Context
from api.services.house.regions import own_region
from api.services.issuing.composing import request_of
from api.services.issuing.orders import MAX_PURPOSE, Order, shown_key, subject_key
from api.store.repositories.record_rows import PERSON_PURPOSE
from api.store.unit_of_work import UnitOfWork
from domain.errors import MalformedInput, NotFound, Refused
from domain.identifiers import birthday_of
from domain.times import shanghai_day
from records import eligibility
from records.choice import chosen_domains, chosen_window
from records.model import Subject
from records.region_model import Region


def admit(context: Context, order: Order) -> Subject:
    """Give the subject, if it may have a report today and this order may look back.

    Raises NotFound ``subject_unknown``, MalformedInput ``purpose_too_long`` and Refused for what a
    rule forbids.
    """
    if order.matter is None and len(order.purpose) > MAX_PURPOSE:
        raise MalformedInput("purpose_too_long", limit=MAX_PURPOSE)
    now = context.clock()
    with context.store.reading() as work:
        subject = find_subject(work, order.subject)
        region = own_region(context, work)
        eligibility.check(region, subject, shanghai_day(now))
        eligibility.check_adult(region, subject, _birthday(context, work, subject), shanghai_day(now))
        if order.as_of is not None:
            _require_backdating(work, order, now)
            region = own_region(context, work, order.as_of)
        _require_choice(region, order, now)
    return subject


def find_subject(work: UnitOfWork, text: str) -> Subject:
    """Give the subject that a USCC or subject id names; NotFound ``subject_unknown``."""
    key = subject_key(text)
    found = work.subjects.by_id(key) if isinstance(key, UUID) else work.subjects.by_uscc(key)
    if found is None:
        raise NotFound("subject_unknown", subject=shown_key(key))
    return found


def _birthday(context: Context, work: UnitOfWork, subject: Subject) -> date | None:
    """Give a natural person's birthday where the certificate number says it."""
    sealed = work.subjects.person_number_of(subject.id)
    return None if sealed is None else birthday_of(context.vault.unseal(sealed, PERSON_PURPOSE).decode())


def _require_choice(region: Region, order: Order, now: datetime) -> None:
    """What the subject chose is allowed, before a number is spent on it."""
    request = request_of(order, order.as_of or now)
    issuing = region.settings_at(shanghai_day(now))
    as_of_day = shanghai_day(request.as_of)
    if request.matter is not None:
        region.matter_at(request.matter, shanghai_day(now))
    chosen_domains(region, issuing, request.domains)
    chosen_window(region, issuing, request, counting=region.settings_at(as_of_day), as_of_day=as_of_day)


def _require_backdating(work: UnitOfWork, order: Order, now: datetime) -> None:
    """A past instant needs an operator and a reason, and lies in the past (R12)."""
    if not order.by or not order.reason:
        raise Refused("as_of_needs_reason")
    if work.house.operator_role(order.by) is None:
        raise Refused("not_an_operator", name=order.by)
    if order.as_of is not None and order.as_of > now:
        raise Refused("as_of_in_future", as_of=order.as_of.isoformat())

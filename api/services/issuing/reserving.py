"""Transaction R: a report's number, its place in the status list and its instant, before anything is made."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from api.services.context import Context
from api.services.house.trust import status_list_now
from api.services.issuing.orders import Order, order_json
from api.services.log.facts import log_historical
from api.store.entries import Event, Reservation
from api.store.unit_of_work import UnitOfWork
from domain.errors import Conflict, InvariantBroken
from domain.identifiers import ReportNumber
from domain.status_list import PLACES
from domain.times import rfc3339, shanghai_day
from domain.verdict import JsonValue
from records.model import Subject

_TRIES: Final = 64
_DRAWN: Final = 256
"""Places drawn at once: in the fullest list one of 200,000 draws finds none free, and is drawn again."""


def reserve(context: Context, subject: Subject, order: Order) -> Reservation:
    """A number, a place in the status list and an instant are held for this order; drawn again when taken."""
    for _ in range(_TRIES):
        try:
            with context.store.writing() as work:
                # Under the write lock: no row recorded before this instant is still uncommitted.
                now = context.clock()
                reservation = _place(context, subject, order, now, _free_place(context, work))
                work.drafts.reserve(reservation)
                work.status.take_place(reservation.status_list)
                if order.as_of is not None:
                    _record_backdating(context, work, order, subject, reservation)
                work.commit()
        except Conflict:
            continue
        return reservation
    raise InvariantBroken("numbers_exhausted", tries=_TRIES)


def _free_place(context: Context, work: UnitOfWork) -> tuple[int, int]:
    """List and index for the next report: drawn among all places, and one that nobody has."""
    status_list = status_list_now(work)
    drawn = context.entropy(4 * _DRAWN)
    places = [int.from_bytes(drawn[at : at + 4], "big") % PLACES for at in range(0, len(drawn), 4)]
    taken = work.status.taken(status_list, places)
    free = next((place for place in places if place not in taken), None)
    if free is None:
        raise Conflict("status_places_taken", list=status_list)
    return status_list, free


def _place(
    context: Context, subject: Subject, order: Order, now: datetime, place: tuple[int, int]
) -> Reservation:
    number = ReportNumber.make(context.house.region, shanghai_day(now), context.entropy)
    return Reservation(
        number=str(number),
        subject=subject.id,
        status_list=place[0],
        status_idx=place[1],
        request=order_json(order),
        as_of=order.as_of or now,
        reserved_at=now,
    )


def _record_backdating(
    context: Context, work: UnitOfWork, order: Order, subject: Subject, reservation: Reservation
) -> None:
    work.house.record(
        Event(
            at=reservation.reserved_at,
            actor=order.by or "",
            act="historical_report",
            subject=subject.id,
            number=reservation.number,
            reason=order.reason,
            fields={"as_of": reservation.as_of.isoformat()},
        )
    )
    facts: dict[str, JsonValue] = {
        "number": reservation.number,
        "subject": str(subject.id),
        "as_of": rfc3339(reservation.as_of),
        "by": order.by,
        "reason": order.reason,
        "at": rfc3339(reservation.reserved_at),
    }
    log_historical(context, work, reservation.number, facts, reservation.reserved_at)

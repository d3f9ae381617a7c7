"""After a crash: every intent and commitment gets its one answer, and what can be finished is finished.

Rule: the open intent is voided; the stored layout is signed again if its commitment is
younger than 8 minutes; an older commitment is voided and the order takes a new number.  That
number is owed from the same transaction on, so that a death between the two loses no order.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from api.services.context import Context
from api.services.issuing.in_progress import working_on
from api.services.issuing.orders import Order, order_from_json
from api.services.issuing.releasing import stored_content, stored_layout
from api.services.issuing.review import Waiting
from api.services.issuing.voiding import abandon, void_commitment, void_intents
from api.store.entries import Draft, Event
from domain.errors import CreditDocError, MalformedInput, NotFound, Refused
from domain.report import ReportContent

SIGN_AGAIN_WITHIN: Final = timedelta(minutes=8)
"""Two minutes below what a verifier allows between log time and token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What became of one interrupted report."""

    number: str
    outcome: str
    """``released`` (signed again), ``reissued`` (under a new number), ``void``, ``busy`` or ``failed``."""
    intents_voided: int
    new_number: str | None = None


class Numbered(Protocol):
    """A released report, as far as recovery tells of it."""

    @property
    def number(self) -> str:
        """Give the report's number."""
        ...


class Issuer(Protocol):
    """Whoever finishes what was begun; implementations MUST void a commitment that they cannot release."""

    @property
    def context(self) -> Context:
        """Give the opened house."""
        ...

    def finish(self, draft: Draft, b0: bytes, content: ReportContent) -> Numbered:
        """Sign and release the committed draft, or void it and raise."""
        ...

    def issue_again(self, order: Order, void_number: str) -> Numbered | Waiting:
        """Release the order owed for ``void_number`` under a new number, or say that it waits."""
        ...


def recover(desk: Issuer, *, reissue: bool = True) -> tuple[Recovered, ...]:
    """Answer everything that a dead process left open; a living process is left alone.

    What cannot be answered is told among the events and stops nothing else.  Without
    ``reissue`` nothing is issued: what is owed already stays owed.
    """
    with desk.context.store.reading() as work:
        left = work.drafts.unanswered(or_owed=reissue)
    return tuple(_recover_apart(desk, number, reissue) for number, _ in left)


def _recover_apart(desk: Issuer, number: str, reissue: bool) -> Recovered:
    try:
        return _recover_one(desk, number, reissue)
    except Exception as error:  # noqa: BLE001 - one broken draft must not keep the others open
        _tell(desk.context, number, error)
        return Recovered(number=number, outcome="failed", intents_voided=0)


def _tell(context: Context, number: str, error: Exception) -> None:
    cause = error.code if isinstance(error, CreditDocError) else type(error).__name__
    # A database that cannot take the event is met again by whoever works on; the sweep goes on.
    with suppress(Exception), context.store.writing() as work:
        work.house.record(
            Event(
                at=context.clock(),
                actor="house",
                act="recovery_failed",
                number=number,
                fields={"cause": cause},
            )
        )
        work.commit()


def _recover_one(desk: Issuer, number: str, reissue: bool) -> Recovered:
    with working_on(desk.context, number) as ours:
        if not ours:
            return _busy(number)
        with desk.context.store.reading() as work:
            # Read under the lock: whoever held it may have answered meanwhile.
            draft = work.drafts.get(number)
        if draft is not None and draft.state == "open":
            return _answer(desk, draft, reissue)
        if draft is not None and draft.state == "owed" and reissue:
            return _take_new_number(desk, draft, 0)
        return _busy(number)


def _answer(desk: Issuer, draft: Draft, reissue: bool) -> Recovered:
    context = desk.context
    with context.store.writing() as work:
        now = context.clock()
        current = work.drafts.get(draft.number)
        if current is None or current.state != "open":
            return _busy(draft.number)
        voided = void_intents(context, work, draft.number, now)
        young = now - draft.committed_at < SIGN_AGAIN_WITHIN
        if not young:
            void_commitment(context, work, draft, now, owed=reissue)
        act = "report_resumed" if young else "report_voided"
        work.house.record(Event(at=now, actor="house", act=act, number=draft.number))
        work.commit()
    if young:
        return _sign_again(desk, draft, voided)
    return _take_new_number(desk, draft, voided) if reissue else _void(draft, voided)


def _sign_again(desk: Issuer, draft: Draft, voided: int) -> Recovered:
    context = desk.context
    try:
        b0, content = stored_layout(context, draft), stored_content(context, draft)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it, it will never be signed
        abandon(context, draft.number)
        _tell(context, draft.number, error)
        return _void(draft, voided)
    try:
        desk.finish(draft, b0, content)
    except CreditDocError:
        # ``finish`` has voided the commitment; nothing is owed any more.
        return _void(draft, voided)
    return Recovered(number=draft.number, outcome="released", intents_voided=voided)


def _take_new_number(desk: Issuer, draft: Draft, voided: int) -> Recovered:
    context = desk.context
    with context.store.reading() as work:
        current, reservation = work.drafts.get(draft.number), work.drafts.reservation(draft.number)
    if current is None or current.state != "owed" or reservation is None:
        return _busy(draft.number)
    try:
        again = desk.issue_again(order_from_json(reservation.request), draft.number)
    except (Refused, NotFound, MalformedInput):
        # What was allowed then may be refused now; the old number is answered all the same.
        return _settled(context, draft, voided)
    if isinstance(again, Waiting):
        return _settled(context, draft, voided)
    return Recovered(number=draft.number, outcome="reissued", intents_voided=voided, new_number=again.number)


def _settled(context: Context, draft: Draft, voided: int) -> Recovered:
    """Nothing is owed for the draft's number any more."""
    with context.store.writing() as work:
        if work.drafts.settle(draft.number):
            event = Event(at=context.clock(), actor="house", act="reissue_refused", number=draft.number)
            work.house.record(event)
        work.commit()
    return _void(draft, voided)


def _void(draft: Draft, voided: int) -> Recovered:
    return Recovered(number=draft.number, outcome="void", intents_voided=voided)


def _busy(number: str) -> Recovered:
    return Recovered(number=number, outcome="busy", intents_voided=0)

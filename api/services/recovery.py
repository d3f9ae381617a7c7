"""After a crash: every intent and commitment gets its one answer, and what can be finished is finished.

Rule: the open intent is voided; the stored layout is signed again if its commitment is
younger than 8 minutes; an older commitment is voided and the order takes a new number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from api.services.context import Context
from api.services.in_progress import working_on
from api.services.issue import B0_PURPOSE, Issued, IssuingDesk
from api.services.orders import order_from_json
from api.services.releasing import stored_content
from api.services.voiding import void_commitment, void_intents
from api.store.entries import Draft, Event
from domain.errors import CreditDocError, InvariantBroken

SIGN_AGAIN_WITHIN: Final = timedelta(minutes=8)
"""Two minutes below what a verifier allows between log time and token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What became of one interrupted report."""

    number: str
    outcome: str
    """``released`` (signed again), ``reissued`` (under a new number), ``void`` or ``busy``."""
    intents_voided: int
    new_number: str | None = None


def recover(desk: IssuingDesk, *, reissue: bool = True) -> tuple[Recovered, ...]:
    """Answer everything that a dead process left open; a living process is left alone."""
    with desk.context.store.reading() as work:
        open_ = work.drafts.open()
    return tuple(_recover_one(desk, draft, reissue) for draft in open_)


def _recover_one(desk: IssuingDesk, draft: Draft, reissue: bool) -> Recovered:
    with working_on(desk.context.home, draft.number) as ours:
        if not ours:
            return Recovered(number=draft.number, outcome="busy", intents_voided=0)
        return _answer(desk, draft, reissue)


def _answer(desk: IssuingDesk, draft: Draft, reissue: bool) -> Recovered:
    context = desk.context
    with context.store.writing() as work:
        now = context.clock()
        current = work.drafts.get(draft.number)
        if current is None or current.state != "open":
            return Recovered(number=draft.number, outcome="busy", intents_voided=0)
        voided = void_intents(context, work, draft.number, now)
        young = now - draft.committed_at < SIGN_AGAIN_WITHIN
        if not young:
            void_commitment(context, work, draft, now)
        act = "report_resumed" if young else "report_voided"
        work.house.record(Event(at=now, actor="house", act=act, number=draft.number))
        work.commit()
    if young:
        return _sign_again(desk, draft, voided)
    return _take_new_number(desk, draft, voided) if reissue else _void(draft, voided)


def _sign_again(desk: IssuingDesk, draft: Draft, voided: int) -> Recovered:
    try:
        desk.finish(draft, stored_layout(desk.context, draft), stored_content(desk.context, draft))
    except CreditDocError:
        # ``finish`` has voided the commitment; nothing is owed any more.
        return _void(draft, voided)
    return Recovered(number=draft.number, outcome="released", intents_voided=voided)


def stored_layout(context: Context, draft: Draft) -> bytes:
    """Give the unsigned bytes that transaction A stored; InvariantBroken when they are gone."""
    if draft.b0_sealed is None:
        raise InvariantBroken("layout_missing", number=draft.number)
    return context.vault.unseal(draft.b0_sealed, f"{B0_PURPOSE}:{draft.number}")


def _take_new_number(desk: IssuingDesk, draft: Draft, voided: int) -> Recovered:
    with desk.context.store.reading() as work:
        reservation = work.drafts.reservation(draft.number)
    if reservation is None:
        return _void(draft, voided)
    try:
        again = desk.issue(order_from_json(reservation.request))
    except CreditDocError:
        # What was allowed then may be refused now; the old number is answered all the same.
        return _void(draft, voided)
    if not isinstance(again, Issued):
        return _void(draft, voided)
    return Recovered(number=draft.number, outcome="reissued", intents_voided=voided, new_number=again.number)


def _void(draft: Draft, voided: int) -> Recovered:
    return Recovered(number=draft.number, outcome="void", intents_voided=voided)

"""What the house knows about one report: register, log and the acts around it."""

from __future__ import annotations

from dataclasses import dataclass

from api.services.context import Context, HouseVault
from api.services.issuing.releasing import FILE_PURPOSE
from api.store.entries import Draft, Event, Registered, Reservation, StoredLeaf
from api.store.unit_of_work import Store
from domain.errors import NotFound
from domain.identifiers import ReportNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One number's whole story."""

    reservation: Reservation
    state: str
    """``reserved``, ``open``, ``void`` or the register's status."""
    line: Registered | None
    draft: Draft | None
    leaves: tuple[StoredLeaf, ...]
    events: tuple[Event, ...]


def show(store: Store, text: str) -> Shown:
    """Give what is known about the number ``text``; NotFound ``number_unknown_here``."""
    number = str(ReportNumber.parse_typed(text))
    with store.reading() as work:
        reservation = work.drafts.reservation(number)
        if reservation is None:
            raise NotFound("number_unknown_here", number=number)
        line, draft = work.reports.get(number), work.drafts.get(number)
        state = line.status if line else _draft_state(draft)
        return Shown(
            reservation=reservation,
            state=state,
            line=line,
            draft=draft,
            leaves=work.log.leaves_of(number),
            events=work.house.events(number=number),
        )


def _draft_state(draft: Draft | None) -> str:
    """What the number has come to: whether its order is issued again changes nothing about it."""
    if draft is None:
        return "reserved"
    return "void" if draft.state == "owed" else draft.state


def released_file(store: Store, vault: HouseVault, number: str) -> bytes:
    """Give the released bytes of ``number``; NotFound ``number_unknown_here`` when none were released."""
    with store.reading() as work:
        sealed = work.reports.file(number)
    if sealed is None:
        raise NotFound("number_unknown_here", number=number)
    return vault.unseal(sealed, f"{FILE_PURPOSE}:{number}")


def file_of(context: Context, number: str) -> bytes:
    """Give the released bytes of ``number`` from an opened house."""
    return released_file(context.store, context.vault, number)

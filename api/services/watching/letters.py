"""Messages as people see them: what was tried, what was given up, and sending that again."""

from __future__ import annotations

from dataclasses import dataclass

from api.services.access.principal import Principal
from api.services.access.table import require
from api.services.context import Context
from api.services.watching.ending import may_tell
from api.services.watching.telling import GIVE_UP
from api.store.entries import Event
from api.store.entries_watches import DEAD, DELIVERED, DROPPED, WAITING, WatchMessage, WatchTry
from domain.errors import NotFound, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A message with everything that was tried."""

    message: WatchMessage
    tries: tuple[WatchTry, ...]


def messages_of(context: Context, principal: Principal, *, limit: int = 100) -> tuple[Delivery, ...]:
    """Give the messages to the principal's organisation with their tries, newest first."""
    require(principal, "watch_endpoint", organisation=principal.organisation)
    if principal.organisation is None:
        raise Refused("organisation_not_approved")
    with context.store.reading() as work:
        found = work.watches.messages_of(principal.organisation, limit=limit)
        return tuple(Delivery(message=each, tries=work.watches.tries(each.id)) for each in found)


def dead_letters(context: Context, principal: Principal) -> tuple[WatchMessage, ...]:
    """Give every message that was given up, for the operator: where it went and why not, not about whom."""
    require(principal, "work_health")
    with context.store.reading() as work:
        return work.watches.dead()


def counted(context: Context) -> dict[str, int]:
    """Give how many messages there are in each state, those without any too."""
    with context.store.reading() as work:
        found = work.watches.count_by_state()
    return {state: found.get(state, 0) for state in (WAITING, DELIVERED, DEAD, DROPPED)}


def send_again(context: Context, principal: Principal, id_: str) -> WatchMessage:
    """A dead message waits again, for another 24 hours, under the same id.

    NotFound ``message_unknown`` for another organisation's; Refused ``message_not_dead``, and
    ``message_not_allowed`` where the right to be told was taken back.
    """
    with context.store.writing() as work:
        now = context.clock()
        message = work.watches.message(id_)
        if message is None or not _may_handle(principal, message):
            raise NotFound("message_unknown")
        watch = work.watches.get(message.watch)
        if watch is None or not may_tell(work, watch):
            raise Refused("message_not_allowed")
        if not work.watches.revive(id_, now, now + GIVE_UP):
            raise Refused("message_not_dead")
        event = Event(
            at=now, actor=principal.name or principal.sub, act="message_sent_again", number=message.number,
            fields={"message": id_},
        )  # fmt: skip
        work.house.record(event)
        work.commit()
        again = work.watches.message(id_)
    assert again is not None
    return again


def _may_handle(principal: Principal, message: WatchMessage) -> bool:
    if principal.is_staff:
        require(principal, "work_health")
        return True
    require(principal, "watch_endpoint", organisation=principal.organisation)
    return principal.organisation == message.organisation

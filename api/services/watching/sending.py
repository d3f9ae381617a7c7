"""One try at one message, and when the next one comes.

At least once: the try is made before it is noted, so a worker that dies in between makes it again,
with the same ``webhook-id``.  Waits grow from seconds to hours; the last try comes 24 hours after
the change, then the message is dead and both sides see it until somebody sends it again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from api.services.access.looks import record_look
from api.services.context import Context
from api.services.watching import messages
from api.services.watching.addresses import target_of
from api.services.watching.ending import may_tell
from api.services.watching.endpoints import secrets_of, usable
from api.services.watching.posting import Answer, Post
from api.store.entries_access import Look
from api.store.entries_watches import (
    DEAD,
    DELIVERED,
    DROPPED,
    GONE,
    WAITING,
    Endpoint,
    Watch,
    WatchMessage,
    WatchTry,
)
from api.store.unit_of_work import UnitOfWork
from domain.errors import CreditDocError, InvariantBroken
from domain.identifiers import uuid7

CLAIM: Final = timedelta(minutes=2)
"""Longer than a try takes; a claim past this age was made by a worker that is gone."""
WAITS: Final = tuple(
    timedelta(seconds=count) for count in (5, 30, 120, 600, 1800, 3600, 7200, 14400, 21600, 28800)
)
"""After each failed try; the last one is repeated.  Each is drawn out by up to a tenth."""
AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A message handed over once."""

    message: str
    handed: int


def claim_due(context: Context, now: datetime) -> tuple[Handed, ...]:
    """Take up to ``AT_ONCE`` messages that are due."""
    with context.store.reading() as work:
        due = work.watches.due(now, limit=AT_ONCE)
    if not due:
        return ()
    with context.store.writing() as work:
        claimed = work.watches.claim(due, now, now + CLAIM)
        work.commit()
    return tuple(Handed(message=id_, handed=claimed[id_]) for id_ in due if id_ in claimed)


def send(context: Context, post: Post, handed: Handed, clock: Callable[[], datetime]) -> str | None:
    """Try to deliver a claimed message and note how it went; gives the try's code.

    None: nothing was to be done, since the message is settled or was handed over anew.
    """
    with context.store.reading() as work:
        found = _to_send(work, handed)
    if found is None:
        return None
    message, watch, endpoint, allowed = found
    if not allowed:
        _settle(context, message, watch, None, clock())
        return DROPPED
    answer = _tried(context, post, message, endpoint, clock())
    return _settle(context, message, watch, answer, clock())


def _to_send(work: UnitOfWork, handed: Handed) -> tuple[WatchMessage, Watch, Endpoint | None, bool] | None:
    message = work.watches.message(handed.message)
    if message is None or message.state != WAITING or message.handed != handed.handed:
        return None
    watch = work.watches.get(message.watch)
    if watch is None:
        raise InvariantBroken("watch_missing", message=message.id)
    return message, watch, work.watches.endpoint_of(message.organisation), may_tell(work, watch)


def _tried(
    context: Context, post: Post, message: WatchMessage, endpoint: Endpoint | None, now: datetime
) -> Answer:
    if endpoint is None or not usable(endpoint):
        return Answer(code="endpoint_none")
    try:
        target = target_of(endpoint.url)
        signed = messages.headers(message.id, message.body, secrets_of(context, endpoint, now), now)
    except CreditDocError as error:
        return Answer(code=error.code)
    return post(target, message.body.encode(), signed)


def _settle(
    context: Context, message: WatchMessage, watch: Watch, answer: Answer | None, now: datetime
) -> str:
    """Note one try, and what becomes of the message; ``answer`` None: nobody may be told any more."""
    with context.store.writing() as work:
        if answer is None:
            values: dict[str, Any] = {"state": DROPPED, "ended_at": now}
            code = DROPPED
        else:
            code = _code(answer)
            values = _next(context, message, answer, now)
            place = len(work.watches.tries(message.id)) + 1
            work.watches.add_try(
                WatchTry(
                    message=message.id, place=place, at=now, code=code, status=answer.status, ms=answer.ms
                )
            )
            values |= {"tries": place, "last_code": code}
            if answer.status == _GONE:
                _endpoint_gone(work, message.organisation)
        if work.watches.settle(message.id, message.handed, **values) and code == DELIVERED:
            record_look(context, work, _look(context, watch, now))
        work.commit()
    return code


def _code(answer: Answer) -> str:
    if answer.taken:
        return DELIVERED
    if answer.status is None:
        return answer.code
    return "endpoint_gone" if answer.status == _GONE else "endpoint_refused"


_GONE: Final = 410
"""By which an endpoint says that it wants no messages any more (Standard Webhooks)."""


def _next(context: Context, message: WatchMessage, answer: Answer, now: datetime) -> dict[str, Any]:
    if answer.taken:
        return {"state": DELIVERED, "ended_at": now}
    if now >= message.give_up_at or answer.status == _GONE:
        return {"state": DEAD, "ended_at": now}
    wait = WAITS[min(message.tries, len(WAITS) - 1)]
    # Drawn out at random: receivers that were down together are not all asked again together.
    wait += wait * (context.entropy(1)[0] / 2550)
    return {"next_at": min(now + wait, message.give_up_at)}


def _endpoint_gone(work: UnitOfWork, organisation: str) -> None:
    endpoint = work.watches.endpoint_of(organisation)
    if endpoint is not None:
        work.watches.change_endpoint(endpoint.id, state=GONE)


def _look(context: Context, watch: Watch, now: datetime) -> Look:
    """A delivered message is a look: the receiver's program learned the new word."""
    return Look(
        id=uuid7(now, context.entropy),
        at=now,
        subject=watch.subject,
        number=watch.number,
        grant=watch.grant,
        viewer_name=watch.organisation_name,
        viewer_role="receiver",
        organisation=watch.organisation,
        act="told",
        purpose=watch.purpose,
    )

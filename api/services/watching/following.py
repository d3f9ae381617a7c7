"""Watches: begun under a live grant that allows it, seen and ended by both sides, over by themselves.

A watch never lasts longer than the grant it stands on, nor than the house's setting.  It ends with
the grant, on its day, when nothing more can follow (a final status), or when either side says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from api.services.access.looks import look_by, record_look
from api.services.access.principal import Principal
from api.services.access.table import require
from api.services.context import Context
from api.services.grants.admission import Held, held, needs_code, require_receiver, require_standing
from api.services.grants.redeeming import opened
from api.services.grants.withdrawing import own_subject
from api.store.entries import Event
from api.store.entries_grants import Grant
from api.store.entries_watches import BY_RECEIVER, BY_SUBJECT, LIVE, Watch
from api.store.unit_of_work import UnitOfWork
from domain.errors import Conflict, CreditDocError, InvariantBroken, MalformedInput, NotFound, Refused
from domain.grant_rights import WATCH, Right
from domain.identifiers import uuid7

MOST: Final = 1000
"""Live watches of one organisation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a receiver asks for: a grant that names it, by its id, or whatever it has opened."""

    grant: UUID | None = None
    opening: str | None = None
    until: datetime | None = None
    """None: as long as the grant and the house allow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A watch as either side sees it."""

    watch: Watch
    status: str | None
    """The report's status now; None once the watch has ended: nobody follows any more."""
    subject_name: str


def follow(context: Context, principal: Principal, wanted: Wanted, *, longest_days: int) -> Watch:
    """Begin to follow a report; the subject sees it at once.

    Raises Refused ``sign_in_needed``, ``organisation_not_approved``, ``watch_not_allowed`` by the
    grant, ``watch_open_first`` where a code is asked, ``watch_too_many`` and what refuses the grant itself;
    NotFound ``grant_unknown``; Conflict ``watch_exists``; MalformedInput ``watch_until``.
    """
    with context.store.writing() as work:
        now = context.clock()
        organisation = _organisation(principal)
        known, right = _granted(context, work, principal, wanted, now)
        require(principal, "watching", subject=known.subject, granted=True)
        if WATCH not in right.allows:
            raise Refused("watch_not_allowed")
        _require_room(work, organisation, known.line.number)
        watch = Watch(
            id=uuid7(now, context.entropy),
            number=known.line.number,
            subject=known.subject.id,
            grant=known.grant.id,
            organisation=organisation,
            organisation_name=principal.organisation_name or organisation,
            purpose=known.grant.purpose,
            made_by=principal.person,
            made_at=now,
            until=_until(wanted.until, right, now, longest_days),
        )
        work.watches.add(watch)
        look = look_by(
            context, principal, act="watch", subject=watch.subject, purpose=watch.purpose,
            number=watch.number, grant=watch.grant,
        )  # fmt: skip
        record_look(context, work, look)
        _log(work, principal, watch, "watch_begun", now)
        work.commit()
    return watch


def end_by_receiver(context: Context, principal: Principal, id_: UUID) -> Watch:
    """Follow no more; NotFound ``watch_unknown`` for another organisation's."""
    with context.store.writing() as work:
        watch = work.watches.get(id_)
        if watch is None or watch.organisation != _organisation(principal):
            raise NotFound("watch_unknown")
        subject = work.subjects.by_id(watch.subject)
        require(principal, "watching", subject=subject, granted=True)
        done = _end(context, work, principal, watch, BY_RECEIVER)
        work.commit()
    return done


def end_by_subject(context: Context, principal: Principal, id_: UUID) -> Watch:
    """Let nobody follow under this watch any more; NotFound ``watch_unknown`` for another subject's."""
    with context.store.writing() as work:
        watch, subject = work.watches.get(id_), own_subject(work, principal)
        if watch is None or subject is None or watch.subject != subject.id:
            raise NotFound("watch_unknown")
        require(principal, "watch_list", subject=subject)
        done = _end(context, work, principal, watch, BY_SUBJECT)
        work.commit()
    return done


def of_receiver(
    context: Context,
    principal: Principal,
    *,
    limit: int = 200,
    after: tuple[datetime, UUID] | None = None,
) -> tuple[Followed, ...]:
    """Give the watches of the principal's organisation, newest first, from behind (made at, id) on."""
    organisation = _organisation(principal)
    require(principal, "watching", granted=True)
    with context.store.reading() as work:
        found = work.watches.of_organisation(organisation, limit=limit, after=after)
        return tuple(_followed(work, watch) for watch in found)


def one_of_receiver(context: Context, principal: Principal, id_: UUID) -> Followed:
    """Give one watch of the principal's organisation; NotFound ``watch_unknown``."""
    organisation = _organisation(principal)
    require(principal, "watching", granted=True)
    with context.store.reading() as work:
        watch = work.watches.get(id_)
        if watch is None or watch.organisation != organisation:
            raise NotFound("watch_unknown")
        return _followed(work, watch)


def of_subject(context: Context, principal: Principal) -> tuple[Followed, ...]:
    """Give the watches about the principal's own subject, newest first; empty where it has none."""
    with context.store.reading() as work:
        subject = own_subject(work, principal)
        if subject is None:
            return ()
        require(principal, "watch_list", subject=subject)
        return tuple(_followed(work, watch) for watch in work.watches.of_subject(subject.id))


def possible(context: Context, principal: Principal) -> tuple[Grant, ...]:
    """Give the live grants that name the organisation, allow watching and are not watched yet."""
    organisation = _organisation(principal)
    require(principal, "watching", granted=True)
    with context.store.reading() as work:
        now = context.clock()
        live = (each for each in work.watches.of_organisation(organisation) if each.state == LIVE)
        taken = {watch.number for watch in live}
        grants = work.grants.of_receiver(organisation)
        return tuple(
            grant
            for grant in grants
            if WATCH in grant.allows and grant.number not in taken and _stands(work, grant, now)
        )


def _granted(
    context: Context, work: UnitOfWork, principal: Principal, wanted: Wanted, now: datetime
) -> tuple[Held, Right]:
    if wanted.opening is not None:
        use = opened(context, work, principal, wanted.opening)
        return use.held, use.right
    grant = None if wanted.grant is None else work.grants.get(wanted.grant)
    if grant is None or grant.receiver is None or grant.receiver != principal.organisation:
        raise NotFound("grant_unknown")
    known = held(work, grant)
    require_receiver(principal, known)
    if needs_code(known.chain):
        raise Refused("watch_open_first")
    return known, require_standing(known, now)


def _until(asked: datetime | None, right: Right, now: datetime, longest_days: int) -> datetime:
    latest = min(right.expires_at, now + timedelta(days=longest_days))
    until = latest if asked is None else min(asked, latest)
    if until <= now:
        raise MalformedInput("watch_until")
    return until


def _require_room(work: UnitOfWork, organisation: str, number: str) -> None:
    live = [watch for watch in work.watches.live_of_number(number) if watch.organisation == organisation]
    if live:
        raise Conflict("watch_exists", number=number)
    if work.watches.count_live(organisation) >= MOST:
        raise Refused("watch_too_many", most=MOST)


def _end(context: Context, work: UnitOfWork, principal: Principal, watch: Watch, state: str) -> Watch:
    now = context.clock()
    if work.watches.end(watch.id, state, now):
        work.watches.drop_waiting(watch.id, now)
        look = look_by(
            context, principal, act="watch_ended", subject=watch.subject, purpose=watch.purpose,
            number=watch.number, grant=watch.grant,
        )  # fmt: skip
        record_look(context, work, look)
        _log(work, principal, watch, "watch_ended", now)
    found = work.watches.get(watch.id)
    assert found is not None  # it was read in this transaction
    return found


def _followed(work: UnitOfWork, watch: Watch) -> Followed:
    line, subject = work.reports.get(watch.number), work.subjects.by_id(watch.subject)
    if line is None or subject is None:
        raise InvariantBroken("not_registered", number=watch.number)
    status = line.status if watch.state == LIVE else None
    return Followed(watch=watch, status=status, subject_name=subject.name)


def _stands(work: UnitOfWork, grant: Grant, now: datetime) -> bool:
    try:
        require_standing(held(work, grant), now)
    except CreditDocError:
        return False
    return True


def _organisation(principal: Principal) -> str:
    if not principal.signed_in:
        raise Refused("sign_in_needed")
    if principal.organisation is None or principal.organisation_id is None:
        raise Refused("organisation_not_approved")
    return principal.organisation


def _log(work: UnitOfWork, principal: Principal, watch: Watch, act: str, now: datetime) -> None:
    event = Event(
        at=now, actor=principal.name or principal.sub, act=act, subject=watch.subject, number=watch.number,
        fields={"watch": str(watch.id), "grant": str(watch.grant)},
    )  # fmt: skip
    work.house.record(event)

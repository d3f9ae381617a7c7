"""Using a grant: a use is counted once, opens for a while, and is asked of the store at every step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from api.services.access.looks import Act, look_by, record_look
from api.services.access.principal import Principal
from api.services.context import Context
from api.services.grants import tokens
from api.services.grants.admission import (
    Held,
    held,
    require_factor,
    require_receiver,
    require_standing,
    tries_left,
)
from api.services.house.regions import own_region
from api.store.entries_grants import Grant, Opening
from api.store.unit_of_work import UnitOfWork
from domain.errors import CreditDocError, NotFound, Refused
from domain.grant_rights import Right
from domain.grant_token import TokenKind, encode
from domain.identifiers import uuid7
from domain.times import shanghai_day

_PROMPTS: Final = frozenset({"sign_in_needed", "grant_factor_needed"})
"""Not refusals: something is still to be given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A use that stands: what it allows now, about whom and what, until when."""

    held: Held
    right: Right
    opening: Opening

    @property
    def until(self) -> datetime:
        """When it ends by itself."""
        return min(self.opening.open_until, self.right.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeemed:
    """A new use with the secret by which its browser or program goes on."""

    opened: Opened
    token: str


def redeem(context: Context, principal: Principal, token: str, *, factor: str | None = None) -> Redeemed:
    """Use the grant whose secret is ``token`` once; the subject sees it, and every refusal, at once.

    Raises MalformedInput ``grant_token_*``; NotFound ``grant_unknown``; Refused ``sign_in_needed``,
    ``organisation_not_approved``, ``grant_factor_needed``, ``grant_factor_wrong``, ``grant_closed``,
    ``grant_withdrawn``, ``grant_not_yet``, ``grant_expired``, ``grant_report_ended``, ``grant_used_up``.
    """
    hashes = tokens.candidates(context, TokenKind.GRANT, token)
    with context.store.reading() as work:
        found = work.grants.by_hash(hashes)
    if found is None:
        raise NotFound("grant_unknown")
    try:
        return _redeem(context, principal, found, factor)
    except (Refused, NotFound) as error:
        if error.code not in _PROMPTS:
            note_denied(context, principal, found, error)
        raise


def _redeem(context: Context, principal: Principal, found: Grant, factor: str | None) -> Redeemed:
    with context.store.writing() as work:
        now = context.clock()
        grant = work.grants.get(found.id) or found
        known = held(work, grant)
        require_receiver(principal, known)
        if not require_factor(context, work, known, factor, now):
            refusal = note_wrong_factor(context, work, principal, known)
            work.commit()
            raise refusal
        right = require_standing(known, now)
        # Counted on every link: grants made from one grant share its uses.
        if not all(work.grants.use(link.id) for link in known.chain):
            raise Refused("grant_used_up")
        redeemed = _open(context, work, principal, known, right, now)
        _look(context, work, principal, known, "redeem", ())
        work.commit()
    return redeemed


def opened(context: Context, work: UnitOfWork, principal: Principal, token: str) -> Opened:
    """Give the use whose secret is ``token``, if it still stands in ``work`` this instant.

    Raises NotFound ``grant_opening_unknown``; Refused ``grant_opening_ended`` and, with the reason,
    what has become of the grant.
    """
    hashes = tokens.candidates(context, TokenKind.OPENING, token)
    opening = work.grants.opening(hashes)
    grant = None if opening is None else work.grants.get(opening.grant)
    if opening is None or grant is None:
        raise NotFound("grant_opening_unknown")
    if opening.person is not None and opening.person != principal.person:
        raise NotFound("grant_opening_unknown")
    known = held(work, grant)
    require_receiver(principal, known)
    now = context.clock()
    right = require_standing(known, now)
    if opening.ended_at is not None or now >= opening.open_until:
        raise Refused("grant_opening_ended")
    return Opened(held=known, right=right, opening=opening)


def look_under(
    context: Context,
    work: UnitOfWork,
    principal: Principal,
    use: Opened,
    act: Act,
    fields: Iterable[str] = (),
) -> None:
    """The subject sees in ``work`` what was done under this use; the caller commits."""
    _look(context, work, principal, use.held, act, fields, browser_hash=use.opening.token_hash)


def note_denied(context: Context, principal: Principal, grant: Grant, error: CreditDocError) -> None:
    """The subject sees that somebody was refused, who, and by which code."""
    with context.store.writing() as work:
        look = look_by(
            context, principal, act="denied", subject=grant.subject, purpose=grant.purpose,
            number=grant.number, grant=grant.id, fields=(error.code,),
        )  # fmt: skip
        record_look(context, work, look)
        work.commit()


def _open(
    context: Context, work: UnitOfWork, principal: Principal, known: Held, right: Right, now: datetime
) -> Redeemed:
    limits = own_region(context, work).settings_at(shanghai_day(now)).access
    secret = tokens.fresh(context)
    version, token_hash = tokens.kept(context, TokenKind.OPENING, secret)
    opening = Opening(
        id=uuid7(now, context.entropy),
        grant=known.grant.id,
        hash_version=version,
        token_hash=token_hash,
        person=principal.person,
        opened_at=now,
        open_until=min(now + limits.view, right.expires_at),
    )
    work.grants.open(opening)
    return Redeemed(
        opened=Opened(held=known, right=right, opening=opening), token=encode(TokenKind.OPENING, secret)
    )


def note_wrong_factor(context: Context, work: UnitOfWork, principal: Principal, known: Held) -> Refused:
    """Give the refusal of a wrong second factor; the subject is told in ``work`` when it closed the grant."""
    left = tries_left(work, known)
    if left:
        return Refused("grant_factor_wrong", left=left)
    _look(context, work, principal, known, "closed", ())
    return Refused("grant_closed")


def _look(
    context: Context,
    work: UnitOfWork,
    principal: Principal,
    known: Held,
    act: Act,
    fields: Iterable[str],
    *,
    browser_hash: bytes | None = None,
) -> None:
    grant = known.grant
    look = look_by(
        context, principal, act=act, subject=grant.subject, purpose=grant.purpose, number=grant.number,
        grant=grant.id, fields=fields, browser_hash=browser_hash,
    )  # fmt: skip
    record_look(context, work, look)

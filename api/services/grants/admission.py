"""Whether somebody with a grant's secret may go on: asked of the store at each use, in one fixed order.

Who comes is asked first and answered to others as if there were no such grant; then the second
factor; only who has both learns that a grant was withdrawn, has run out or has not begun.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from api.services.access.principal import Principal
from api.services.access.table import require
from api.services.context import Context
from api.services.grants import tokens
from api.services.grants.wishes import CODE
from api.services.log.facts import log_grant
from api.store.entries import Registered
from api.store.entries_grants import CLOSED, LIVE, WITHDRAWN, Grant
from api.store.unit_of_work import UnitOfWork
from domain.errors import InvariantBroken, NotFound, Refused
from domain.grant_rights import Right
from domain.times import shanghai_text
from records.model import Subject

MAX_WRONG_FACTORS: Final = 5
"""R22: the fifth wrong try closes the grant and tells the subject."""
ENDED_REPORTS: Final = frozenset({"revoked", "superseded"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A grant with all it was made from, and whom and what it is about."""

    chain: tuple[Grant, ...]
    """The grant itself first."""
    subject: Subject
    line: Registered

    @property
    def grant(self) -> Grant:
        """The grant that was asked for."""
        return self.chain[0]

    @property
    def right(self) -> Right:
        """What it allows now: the meeting of all links, so that no link adds anything."""
        right: Right | None = self.grant.right
        for link in self.chain[1:]:
            right = None if right is None else right.narrowed_by(link.right)
        if right is None:
            raise InvariantBroken("grant_chain_broken", grant=str(self.grant.id))
        return right


def held(work: UnitOfWork, grant: Grant) -> Held:
    """Give the grant with its chain, subject and report."""
    subject, line = work.subjects.by_id(grant.subject), work.reports.get(grant.number)
    if subject is None or line is None:
        raise InvariantBroken("grant_chain_broken", grant=str(grant.id))
    return Held(chain=work.grants.chain(grant), subject=subject, line=line)


def require_receiver(principal: Principal, held: Held) -> None:
    """Return only for somebody the grant is for.

    Raises Refused ``sign_in_needed`` to whoever is not signed in, ``organisation_not_approved``;
    NotFound ``grant_unknown`` to another organisation, as for a secret that nobody gave out.
    """
    named = held.right.receiver
    if named is not None:
        if not principal.signed_in:
            raise Refused("sign_in_needed")
        if principal.organisation != named:
            raise NotFound("grant_unknown")
        if principal.organisation_id is None:
            raise Refused("organisation_not_approved")
    require(principal, "grant_redeem", subject=held.subject, granted=True)


def factor_owner(chain: Sequence[Grant]) -> Grant | None:
    """Give the link whose six digits are asked; a grant made from one with digits asks the same."""
    return next((link for link in chain if link.factor_hash is not None), None)


def require_factor(context: Context, work: UnitOfWork, held: Held, code: str | None, now: datetime) -> bool:
    """Say whether the second factor is right; a wrong one is counted in ``work``, the fifth closes.

    Raises Refused ``grant_closed`` once closed, ``grant_factor_needed`` when none was given.
    """
    if any(link.state == CLOSED for link in held.chain):
        raise Refused("grant_closed")
    owner = factor_owner(held.chain)
    if owner is None or owner.factor_hash is None:
        return True
    given = "".join((code or "").split())
    if not given:
        raise Refused("grant_factor_needed")
    found = tokens.factor_hash(context, str(owner.id), given, owner.hash_version)
    if hmac.compare_digest(found, owner.factor_hash):
        return True
    family = [one for one in map(work.grants.get, work.grants.with_descendants(owner.id)) if one is not None]
    wrong = work.grants.count_wrong_factor(owner.id, MAX_WRONG_FACTORS, now)
    if wrong >= MAX_WRONG_FACTORS:
        work.grants.end([one.id for one in family], CLOSED, now)
        for one in family:
            if one.state == LIVE:
                log_grant(context, work, one, CLOSED, now)
    return False


def tries_left(work: UnitOfWork, held: Held) -> int:
    """Give how many second factors may still be tried; 0: the grant has been closed."""
    owner = factor_owner(held.chain)
    counted = None if owner is None else work.grants.get(owner.id)
    return 0 if counted is None else max(0, MAX_WRONG_FACTORS - counted.wrong_factors)


def require_standing(held: Held, now: datetime) -> Right:
    """Give the right in force now.

    Raises Refused ``grant_closed``, ``grant_withdrawn``, ``grant_not_yet``, ``grant_expired``,
    ``grant_report_ended``.
    """
    states = {link.state for link in held.chain}
    for state, code in ((CLOSED, "grant_closed"), (WITHDRAWN, "grant_withdrawn")):
        if state in states:
            raise Refused(code)
    right = held.right
    if now < right.not_before:
        raise Refused("grant_not_yet", begins=shanghai_text(right.not_before))
    if now >= right.expires_at:
        raise Refused("grant_expired", ended=shanghai_text(right.expires_at))
    if held.line.status in ENDED_REPORTS:
        raise Refused("grant_report_ended", number=held.line.number)
    return right


def needs_code(chain: Sequence[Grant]) -> bool:
    """Say whether six digits are asked beside the secret."""
    return chain[0].factor == CODE or factor_owner(chain) is not None

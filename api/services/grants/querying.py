"""A fresh report on the subject's behalf: one for each use of a grant that allows ``query`` (R22)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from api.services.access.principal import Principal
from api.services.access.table import require
from api.services.context import Context
from api.services.grants.redeeming import Opened, look_under, opened
from api.services.grants.showing import report_file
from api.services.issuing.issue import Issued
from api.services.issuing.orders import Order, order_from_json
from api.services.issuing.review import Waiting
from api.store.unit_of_work import UnitOfWork
from domain.errors import InvariantBroken, NotFound, Refused
from domain.grant_rights import QUERY

Issue = Callable[[Order], Issued | Waiting]
_UNDER_WAY = "-"


def query(context: Context, issue: Issue, principal: Principal, token: str) -> Issued | Waiting:
    """Issue a fresh report like the one the grant is about, with the grant's purpose, for its receiver.

    Raises what :func:`api.services.grants.redeeming.opened` and issuing raise; Refused
    ``grant_not_allowed``, and ``grant_query_done`` when this use has given its report.
    """
    with context.store.writing() as work:
        use = opened(context, work, principal, token)
        require(principal, "fresh_report", subject=use.held.subject, granted=True)
        if QUERY not in use.right.allows:
            raise Refused("grant_not_allowed", act=QUERY)
        order = _order(work, use)
        if not work.grants.take_query(use.opening.id, _UNDER_WAY):
            raise Refused("grant_query_done")
        # The look stands before the report does: whatever happens then, the subject knows.
        look_under(context, work, principal, use, QUERY, order.domains or ())
        work.commit()
    try:
        done = issue(order)
    except BaseException:
        _name(context, use.opening.id, None)
        raise
    _name(context, use.opening.id, done.number if isinstance(done, Issued) else None)
    return done


def fresh_file(context: Context, principal: Principal, token: str) -> tuple[str, bytes]:
    """Give number and bytes of the fresh report of this use; NotFound ``grant_no_fresh_report``."""
    with context.store.writing() as work:
        use = opened(context, work, principal, token)
        number = use.opening.fresh_number
        if number is None or number == _UNDER_WAY:
            raise NotFound("grant_no_fresh_report")
        pdf = report_file(context, work, number)
        look_under(context, work, principal, use, "download")
        work.commit()
    return number, pdf


def _order(work: UnitOfWork, use: Opened) -> Order:
    """Give the order of the report at hand as of now, in no more domains than the grant opens."""
    reservation = work.drafts.reservation(use.held.line.number)
    if reservation is None:
        raise InvariantBroken("not_reserved", number=use.held.line.number)
    order, scope = order_from_json(reservation.request), use.right.scope
    domains = order.domains
    if scope.domains is not None and scope.domains != frozenset(use.held.line.domains):
        domains = tuple(domain for domain in use.held.line.domains if domain in scope.domains)
    return replace(
        order,
        subject=str(use.held.subject.id),
        domains=domains,
        # The end of the window is today again: a fresh report speaks of now.
        window_to=None,
        purpose=use.held.grant.purpose,
        as_of=None,
        by=None,
        reason=None,
        channel="grant",
    )


def _name(context: Context, opening: UUID, number: str | None) -> None:
    with context.store.writing() as work:
        work.grants.set_fresh(opening, number)
        work.commit()

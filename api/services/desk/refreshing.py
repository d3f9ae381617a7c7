"""Nothing new since: a signed statement for whoever holds a live grant, and for the subject itself (R21).

It says one word and no detail.  Each is a look that the subject sees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from api.services.access.looks import look_by, record_look
from api.services.access.principal import Principal
from api.services.access.table import require
from api.services.context import Context
from api.services.desk import own
from api.services.desk.changes import today
from api.services.grants.redeeming import look_under, opened
from api.services.issuing.admitting import admit
from api.services.issuing.orders import order_from_json
from api.services.issuing.releasing import stored_content
from api.services.issuing.stored_leaves import stored_leaves
from api.services.issuing.trial import compose_trial
from api.store.entries import Registered
from api.store.unit_of_work import UnitOfWork
from domain import statement as statements
from domain.errors import CreditDocError, InvariantBroken, NotFound, Refused
from domain.grant_rights import QUERY
from domain.identifiers import uuid7
from domain.report import DataState, DomainLine, Environment, ReportContent
from domain.statement import Answer, Statement
from keys.jws_signing import sign_by_receipt_key
from records.compose import Composed

ACT: Final = "changes"
"""Word of the look that a statement is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedStatement:
    """A statement and its JWS."""

    said: Statement
    compact: str

    @property
    def name(self) -> str:
        """What the file is called."""
        return f"{self.said.number}-statement.jws"


def by_subject(context: Context, viewer: Principal, number: str) -> SignedStatement:
    """Give the statement about the viewer's own report; NotFound ``not_found`` for another's."""
    subject = own.subject_of(context, viewer)
    require(viewer, "report_changes", subject=subject)
    line = own.report_of(context, subject, number)

    def tell(work: UnitOfWork, domains: tuple[str, ...]) -> None:
        look = look_by(
            context, viewer, act=ACT, subject=line.subject, purpose=line.purpose, number=line.number,
            fields=domains,
        )  # fmt: skip
        record_look(context, work, look)

    return _state(context, line, line.domains, tell)


def under_grant(
    context: Context, viewer: Principal, token: str, number: str | None = None
) -> SignedStatement:
    """Give the statement about the report that the use with secret ``token`` opens, in its domains.

    Raises what :func:`api.services.grants.redeeming.opened` raises; Refused ``grant_not_allowed``
    unless the grant allows ``query``; NotFound ``not_found`` for another report than the opened one.
    """
    with context.store.reading() as work:
        use = opened(context, work, viewer, token)
    line, scope = use.held.line, use.right.scope.domains
    if number is not None and line.number != own.typed_number(number):
        raise NotFound("not_found")
    require(viewer, "report_changes", subject=use.held.subject, granted=True)
    if QUERY not in use.right.allows:
        raise Refused("grant_not_allowed", act=QUERY)
    domains = [domain for domain in line.domains if scope is None or domain in scope]

    def tell(work: UnitOfWork, asked: tuple[str, ...]) -> None:
        # Asked again in the transaction that says it: a grant withdrawn meanwhile opens nothing.
        look_under(context, work, viewer, opened(context, work, viewer, token), ACT, asked)

    return _state(context, line, domains, tell)


_Tell = Callable[[UnitOfWork, tuple[str, ...]], None]


def _state(context: Context, line: Registered, chosen: Iterable[str], tell: _Tell) -> SignedStatement:
    now = context.clock()
    with context.store.reading() as work:
        draft = work.drafts.get(line.number)
        reservation = work.drafts.reservation(line.number)
    if draft is None or reservation is None:
        raise InvariantBroken("not_registered", number=line.number)
    then = stored_content(context, draft)
    _, versions = stored_leaves(context, draft)
    fresh = _today(context, line, now)
    domains = _answerable(then, fresh, chosen)
    same = (
        line.status == "valid"
        and fresh is not None
        and not _in_doubt(fresh.content, domains)
        and _counted(then, versions, domains) == _counted(fresh.content, fresh.versions, domains)
    )
    said = Statement(
        id=uuid7(now, context.entropy),
        number=line.number,
        environment=Environment(context.house.environment),
        region=context.house.region,
        host=context.house.host,
        since=line.as_of,
        domains=domains,
        watermark=None if fresh is None else _watermark(fresh.content, domains),
        answer=Answer.NO_NEW_RECORD if same else Answer.CHANGED,
        made_at=now,
    )
    compact = sign_by_receipt_key(context.keys, statements.encode(said), typ=statements.TYP, now=now)
    # The look stands before the statement leaves.
    with context.store.writing() as work:
        tell(work, domains)
        work.commit()
    return SignedStatement(said=said, compact=compact)


def _today(context: Context, line: Registered, now: datetime) -> Composed | None:
    """Give what the same question is answered today; None where no report could be issued."""
    with context.store.reading() as work:
        reservation = work.drafts.reservation(line.number)
    if reservation is None:
        return None
    order = today(order_from_json(reservation.request), str(line.subject), open_end=True)
    try:
        subject = admit(context, order)
        with context.store.reading() as work:
            return compose_trial(context, work, subject, order, now)
    except CreditDocError:
        return None


def _answerable(then: ReportContent, fresh: Composed | None, chosen: Iterable[str]) -> tuple[str, ...]:
    """Give the domains of which something can be said: of data that nobody collects there is no "new"."""
    content = then if fresh is None else fresh.content
    collected = {line.id for line in content.domains if line.data_state is not DataState.NOT_COLLECTED}
    was = {line.id for line in then.domains if line.data_state is not DataState.NOT_COLLECTED}
    return tuple(domain for domain in chosen if domain in collected | was)


def _in_doubt(content: ReportContent, domains: tuple[str, ...]) -> bool:
    """Tell whether a row that may concern the subject waits, or a domain is not collected any more (R3)."""
    open_ = (DataState.PENDING, DataState.NOT_COLLECTED)
    known = {line.id: line for line in content.domains}
    return any(domain not in known or known[domain].data_state in open_ for domain in domains)


def _counted(
    content: ReportContent, versions: Iterable[Iterable[UUID]], domains: tuple[str, ...]
) -> frozenset[UUID]:
    """Give the record versions that count in ``domains``: a mended record is another version."""
    groups = [tuple(group) for group in versions]
    wanted = frozenset(domains)
    return frozenset(
        version
        for item in content.records
        if not wanted.isdisjoint(item.domains)
        for version in groups[item.leaf]
    )


def _watermark(content: ReportContent, domains: tuple[str, ...]) -> date | None:
    lines = [line for line in content.domains if line.id in domains]
    days = [day for line in lines for day in _attested(line)]
    return None if not days or None in days else min(day for day in days if day is not None)


def _attested(line: DomainLine) -> tuple[date | None, ...]:
    return tuple(interval.to for interval in line.intervals) or (None,)

"""What has changed since a report: the same question asked today, held against what was signed then."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from api.services.context import Context
from api.services.issuing.admitting import admit
from api.services.issuing.orders import Order, order_from_json
from api.services.issuing.releasing import stored_content
from api.services.issuing.trial import compose_trial
from domain.errors import CreditDocError, NotFound
from domain.report import DomainLine, ReportContent, Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedDomain:
    """One domain that says something else now."""

    name: str
    then: DomainLine | None
    now: DomainLine | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Then against now."""

    number: str
    then_at: datetime
    now_at: datetime
    then: Totals
    now: Totals | None
    """None where no report could be issued today; ``refused`` says why."""
    domains: tuple[ChangedDomain, ...]
    newer_until: tuple[str, ...]
    """Names of domains whose data reach further now, with nothing else changed."""
    refused: CreditDocError | None

    @property
    def nothing_new(self) -> bool:
        """Whether conclusions, data states, counts and sums all stand as they did."""
        return self.refused is None and not self.domains and self.then == self.now


def changes_since(context: Context, number: str) -> Changes:
    """Give what has changed for the subject of report ``number``; NotFound ``not_found``."""
    now = context.clock()
    with context.store.reading() as work:
        draft, reservation = work.drafts.get(number), work.drafts.reservation(number)
    if draft is None or reservation is None:
        raise NotFound("not_found")
    then = stored_content(context, draft)
    order = today(order_from_json(reservation.request), str(reservation.subject))
    try:
        fresh = _now(context, order, now)
    except CreditDocError as error:
        return _refused(number, then, now, error)
    return _compared(number, then, fresh, now)


def today(order: Order, subject: str, *, open_end: bool = False) -> Order:
    """Give the same question without what belonged to its day: the instant, the operator, the matter's entry.

    ``open_end`` moves the end of the window to today as well.
    """
    asked = replace(order, subject=subject, as_of=None, by=None, reason=None, matter=None)
    return replace(asked, window_to=None) if open_end else asked


def _now(context: Context, order: Order, now: datetime) -> ReportContent:
    subject = admit(context, order)
    with context.store.reading() as work:
        return compose_trial(context, work, subject, order, now).content


def _refused(number: str, then: ReportContent, now: datetime, error: CreditDocError) -> Changes:
    return Changes(
        number=number, then_at=then.as_of, now_at=now, then=then.totals, now=None, domains=(),
        newer_until=(), refused=error,
    )  # fmt: skip


def _compared(number: str, then: ReportContent, fresh: ReportContent, now: datetime) -> Changes:
    before = {line.id: line for line in then.domains}
    after = {line.id: line for line in fresh.domains}
    changed, newer = [], []
    for id_ in dict.fromkeys((*before, *after)):
        old, new = before.get(id_), after.get(id_)
        if old is None or new is None or _said(old) != _said(new):
            changed.append(ChangedDomain(name=(new or old).name, then=old, now=new))  # type: ignore[union-attr]
        elif old.intervals != new.intervals:
            newer.append(new.name)
    return Changes(
        number=number, then_at=then.as_of, now_at=now, then=then.totals, now=fresh.totals,
        domains=tuple(changed), newer_until=tuple(newer), refused=None,
    )  # fmt: skip


def _said(line: DomainLine) -> tuple[object, ...]:
    return (line.conclusion, line.data_state, line.records, line.commitment is not None)

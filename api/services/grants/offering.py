"""What a subject may choose from when it makes a grant of one report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from api.services.access.principal import Principal
from api.services.access.table import require
from api.services.context import Context
from api.services.grants.making import report_for
from api.services.grants.showing import years_of
from api.store.entries import Registered
from domain.report import ReportContent
from domain.times import shanghai_day
from records.model import Subject
from records.settings import AccessLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Everything the form needs; what has no record in the report is not offered."""

    line: Registered
    subject: Subject
    content: ReportContent
    limits: AccessLimits
    domains: tuple[str, ...]
    """Domains of the report that have records."""
    kinds: tuple[str, ...]
    fields: tuple[str, ...]
    years: tuple[str, ...]
    now: datetime

    def domain_name(self, id_: str) -> str:
        """Give the name of one of the report's domains."""
        return next((line.name for line in self.content.domains if line.id == id_), id_)

    @property
    def today(self) -> str:
        """The first day a grant may begin."""
        return shanghai_day(self.now).isoformat()

    @property
    def usual_end(self) -> str:
        """The last day of a grant for which nobody chooses another."""
        return shanghai_day(self.now + timedelta(days=self.limits.share_days)).isoformat()

    @property
    def latest_end(self) -> str:
        """The last day a grant may have."""
        return shanghai_day(self.now + timedelta(days=self.limits.share_days_max)).isoformat()


def offer(context: Context, principal: Principal, number: str) -> Offer:
    """Give what may be granted of the report ``number``; raises as making a grant does."""
    with context.store.reading() as work:
        now = context.clock()
        report = report_for(context, work, number, now)
        require(principal, "grant_make", subject=report.subject)
        years = years_of(context, work, report.line.number)
    items, content = report.content.records, report.content
    held = {domain for item in items for domain in item.domains}
    return Offer(
        line=report.line,
        subject=report.subject,
        content=content,
        limits=report.settings.access,
        domains=tuple(domain for domain in content.scope.chosen if domain in held),
        kinds=tuple(dict.fromkeys(item.kind for item in items)),
        fields=tuple(dict.fromkeys(field.id for item in items for field in item.fields)),
        years=years,
        now=now,
    )

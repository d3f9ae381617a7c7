"""What a report would print if it were issued now; nothing is stored and no number is spent."""

from __future__ import annotations

from dataclasses import dataclass

from api.services.context import Context
from api.services.house.regions import own_region
from api.services.issuing.admitting import admit
from api.services.issuing.orders import Order
from api.services.issuing.review import PERSON_MODE, reasons_of
from api.services.issuing.trial import compose_trial
from domain.report import ReportContent
from domain.times import shanghai_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The content of the report to be, without its number and codes."""

    order: Order
    content: ReportContent
    not_current: tuple[str, ...]
    """Chosen domains whose data state is not 正常."""
    stops: tuple[str, ...]
    """Why a person would have to look first; empty: it is issued at once."""
    left_out: tuple[tuple[str, str], ...]
    """Domains that were not chosen: id, and what the region calls them."""


def preview(context: Context, order: Order) -> Preview:
    """Give what would be printed.  Raises NotFound and Refused as issuing does."""
    now = context.clock()
    subject = admit(context, order)
    with context.store.reading() as work:
        region = own_region(context, work)
        mode = region.settings_at(shanghai_day(now)).review_mode
        composed = compose_trial(context, work, subject, order, now)
    omitted = set(composed.content.scope.omitted)
    return Preview(
        order=order,
        content=composed.content,
        not_current=composed.not_current,
        stops=reasons_of(composed) if mode == PERSON_MODE else (),
        left_out=tuple((entry.id, entry.name) for entry in region.domains if entry.id in omitted),
    )

"""What an enterprise asks for at a desk: a matter or a choice, turned into an order for now (R12, R28)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from api.services.context import Context
from api.services.house.regions import own_region
from api.services.issuing.orders import Order
from domain.errors import MalformedInput
from domain.report import Variant
from domain.times import shanghai_day
from records.matters import MatterEntry, fill
from records.model import Subject
from records.region_model import DomainEntry, Region
from records.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody ticked and typed."""

    matter: str | None = None
    """Id of the matter; None: free choice."""
    domains: tuple[str, ...] | None = None
    window_from: date | None = None
    window_to: date | None = None
    purpose: str = ""
    """For a free choice; a matter names the purpose itself."""
    full: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What can be asked for today, with what a matter fills in."""

    today: date
    region: Region
    settings: Settings
    matters: tuple[MatterEntry, ...]
    picked: MatterEntry | None
    domains: tuple[DomainEntry, ...]
    ticked: frozenset[str]
    window_from: date
    """First day filled in."""
    first_day: date
    """First day that may be asked for."""

    @property
    def narrowed(self) -> bool:
        """Whether what is filled in leaves anything out (R1)."""
        return len(self.ticked) < len(self.domains) or self.window_from > self.first_day


def form(context: Context, matter: str | None) -> Form:
    """Give the form for ``matter`` or for a free choice; Refused ``matter_not_in_force``."""
    today = shanghai_day(context.clock())
    with context.store.reading() as work:
        region = own_region(context, work)
    settings = region.settings_at(today)
    picked = None if matter is None else region.matter_at(matter, today)
    filled = None if picked is None else fill(picked, settings, today)
    wanted = filled.domains if filled is not None else None
    first = settings.window_start(today)
    return Form(
        today=today,
        region=region,
        settings=settings,
        matters=region.matters_at(today),
        picked=picked,
        domains=region.domains,
        ticked=frozenset(region.domain_ids if wanted is None else wanted),
        window_from=(filled.window_from if filled is not None else None) or first,
        first_day=first,
    )


def filled_in(context: Context, order: Order) -> Order:
    """Give the order with what its matter fills in: purpose, and domains and first day where none is named.

    Raises Refused ``matter_not_in_force`` and MalformedInput ``matter_names_purpose``.
    """
    asked = form(context, order.matter)
    if asked.picked is None:
        return order
    if order.purpose and order.purpose != asked.picked.matter:
        raise MalformedInput("matter_names_purpose", matter=asked.picked.id, purpose=asked.picked.matter)
    wanted = tuple(id_ for id_ in asked.region.domain_ids if id_ in asked.ticked)
    domains, first = (None if wanted == asked.region.domain_ids else wanted), asked.window_from
    return replace(
        order,
        purpose=asked.picked.matter,
        domains=domains if order.domains is None else order.domains,
        window_from=order.window_from or (None if first == asked.first_day else first),
    )


def order_of(context: Context, subject: Subject, wish: Wish, channel: str) -> Order:
    """Give the order for ``subject`` as of now.

    A matter that leaves domains and years to itself is filled in; what the person ticked goes
    before it, as far as the region lets anybody choose.  Raises Refused ``matter_not_in_force``.
    """
    asked = form(context, wish.matter)
    purpose = asked.picked.matter if asked.picked is not None else " ".join(wish.purpose.split())
    wanted = asked.ticked if wish.domains is None else frozenset(wish.domains)
    unknown = wanted - set(asked.region.domain_ids)
    domains = (*(id_ for id_ in asked.region.domain_ids if id_ in wanted), *sorted(unknown))
    first = wish.window_from or asked.window_from
    return Order(
        subject=str(subject.id),
        domains=None if domains == asked.region.domain_ids else domains,
        window_from=None if first == asked.first_day else first,
        window_to=None if wish.window_to == asked.today else wish.window_to,
        purpose=purpose,
        variant=Variant.FULL if wish.full else Variant.SUMMARY,
        channel=channel,
        matter=wish.matter,
    )

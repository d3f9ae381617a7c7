"""For which purpose and as of which day a visitor wants something judged, as the forms send it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, Form, Request

from api.http.language import language_of
from api.http.web import Web
from api.services.checking.purpose import Purpose, offered, purpose_of, wished
from api.services.house.regions import own_region
from domain.catalogue import domain_label
from domain.errors import MalformedInput
from domain.times import SHANGHAI, parse_day
from verifier.policies.purposes import CUSTOM


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The fields of ``portal/purpose.html`` as they came."""

    policy: str = ""
    max_age: str = ""
    domains: tuple[str, ...] = ()
    whole: bool = False
    at: str = ""

    def purpose(self, web: Web) -> Purpose:
        """Give the purpose; MalformedInput ``policy_unknown``, ``policy_malformed``, ``rule_days``."""
        if self.policy == CUSTOM:
            return wished(self.max_age, self.domains, whole=self.whole)
        if "\n" in self.policy:
            raise MalformedInput("policy_unknown", name=CUSTOM, known=CUSTOM)
        return purpose_of(self.policy, web.verifier.at(web.context.clock()).trust.bundle)

    def moment(self, now: datetime) -> datetime | None:
        """Give the end of the day asked about in Asia/Shanghai, at most ``now``; None for now.

        Raises MalformedInput ``at_malformed``, ``at_in_future``.
        """
        text = self.at.strip()
        if not text:
            return None
        try:
            first = datetime.combine(parse_day(text), datetime.min.time(), SHANGHAI)
        except (MalformedInput, OverflowError) as error:
            raise MalformedInput("at_malformed", text=text[:40]) from error
        if first > now:
            raise MalformedInput("at_in_future")
        end = first + timedelta(days=1) - timedelta(seconds=1)
        # Today is not over: what is asked for is now.
        return end if end < now else None


def asked(
    policy: Annotated[str, Form(max_length=64)] = "",
    max_age: Annotated[str, Form(max_length=10)] = "",
    domain: Annotated[list[str], Form(max_length=200)] = [],  # noqa: B006 - FastAPI copies it
    whole: Annotated[str, Form(max_length=1)] = "",
    at: Annotated[str, Form(max_length=10)] = "",
) -> Asked:
    """Give what the form says; a dependency of every page that judges."""
    return Asked(policy=policy, max_age=max_age, domains=tuple(domain), whole=bool(whole), at=at)


Wished = Annotated[Asked, Depends(asked)]


def choices(request: Request, web: Web) -> dict[str, Any]:
    """Give what ``portal/purpose.html`` offers: the purposes by name, and the region's domains."""
    language = language_of(request)
    bundle = web.verifier.at(web.context.clock()).trust.bundle
    with web.context.store.reading() as work:
        region = own_region(web.context, work)
    own = [(each.id, domain_label(each.id, each.name, language)) for each in region.domains]
    return {"purposes": offered(bundle), "own_domains": own}

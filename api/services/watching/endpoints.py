"""Where an organisation takes messages: registered by its own people, proved by a challenge, one at a time.

The secret is shown once and kept sealed.  After a rotation the former one signs too for a day, so
that a receiver changes it without losing a message.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from api.services.access.principal import Principal
from api.services.access.table import require
from api.services.context import Context
from api.services.watching import messages
from api.services.watching.addresses import addresses_of, target_of
from api.services.watching.posting import Answer, Post, Reach
from api.store.entries import Event
from api.store.entries_watches import PROVED, Endpoint
from api.store.unit_of_work import UnitOfWork
from domain.errors import Conflict, NotFound, Refused
from domain.identifiers import uuid7

BOTH_SECRETS: Final = timedelta(hours=24)
CHALLENGE_BYTES: Final = 24
_SEALED: Final = "watch-endpoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """An endpoint with its new secret, which nobody can show again."""

    endpoint: Endpoint
    secret: str


def of(context: Context, principal: Principal) -> Endpoint | None:
    """Give the endpoint of the principal's organisation; raises what the access table refuses."""
    organisation = _organisation(principal)
    with context.store.reading() as work:
        return work.watches.endpoint_of(organisation)


def register(context: Context, principal: Principal, url: str, reach: Reach) -> Registered:
    """Take messages at ``url`` from now on, once it has been proved; a former endpoint ends.

    Raises MalformedInput ``endpoint_url``; Refused ``endpoint_not_public``; DependencyUnavailable
    ``endpoint_unreachable`` for a name that is not known; what the access table refuses.
    """
    organisation = _organisation(principal)
    addresses_of(target_of(url), private=reach.private)
    secret = messages.new_secret(context)
    with context.store.writing() as work:
        now = context.clock()
        endpoint = Endpoint(
            id=uuid7(now, context.entropy),
            organisation=organisation,
            url=url,
            secret_sealed=_sealed(context, organisation, secret),
            made_by=principal.person,
            made_at=now,
        )
        work.watches.end_endpoint(organisation, now)
        work.watches.add_endpoint(endpoint)
        _log(work, principal, endpoint, "endpoint_registered", now)
        work.commit()
    return Registered(endpoint=endpoint, secret=secret)


def prove(context: Context, principal: Principal, post: Post) -> Endpoint:
    """Ask the endpoint for the answer that only whoever runs it can give; messages go there from then on.

    Raises NotFound ``endpoint_none``; Refused ``endpoint_not_proved`` with the ``cause`` and the
    ``status`` that came.
    """
    endpoint = _own(context, principal)
    challenge = base64.urlsafe_b64encode(context.entropy(CHALLENGE_BYTES)).decode("ascii")
    now = context.clock()
    id_ = f"msg_{uuid7(now, context.entropy).hex}"
    body = messages.challenge_body(challenge, now)
    signed = messages.headers(id_, body, secrets_of(context, endpoint, now), now)
    answer = post(target_of(endpoint.url), body.encode(), signed)
    if not answer.taken or not messages.answers_challenge(answer.body, challenge):
        raise Refused("endpoint_not_proved", cause=_cause(answer), status=answer.status or "-")
    with context.store.writing() as work:
        now = context.clock()
        current = work.watches.endpoint_of(endpoint.organisation)
        if current is None or current.id != endpoint.id:
            raise Conflict("endpoint_changed")
        work.watches.change_endpoint(endpoint.id, state=PROVED, verified_at=now)
        _log(work, principal, endpoint, "endpoint_proved", now)
        work.commit()
    return replace(endpoint, state=PROVED, verified_at=now)


def rotate(context: Context, principal: Principal) -> Registered:
    """Give the endpoint a new secret; the former one signs too for a day."""
    endpoint = _own(context, principal)
    secret = messages.new_secret(context)
    with context.store.writing() as work:
        now = context.clock()
        current = work.watches.endpoint_of(endpoint.organisation)
        if current is None or current.id != endpoint.id:
            raise Conflict("endpoint_changed")
        changed = replace(
            current,
            secret_sealed=_sealed(context, current.organisation, secret),
            previous_sealed=current.secret_sealed,
            previous_until=now + BOTH_SECRETS,
        )
        work.watches.change_endpoint(
            current.id,
            secret_sealed=changed.secret_sealed,
            previous_sealed=changed.previous_sealed,
            previous_until=changed.previous_until,
        )
        _log(work, principal, current, "endpoint_secret_changed", now)
        work.commit()
    return Registered(endpoint=changed, secret=secret)


def end(context: Context, principal: Principal) -> None:
    """Take messages nowhere any more; watches go on and are seen on the pages."""
    endpoint = _own(context, principal)
    with context.store.writing() as work:
        now = context.clock()
        work.watches.end_endpoint(endpoint.organisation, now)
        _log(work, principal, endpoint, "endpoint_ended", now)
        work.commit()


def secrets_of(context: Context, endpoint: Endpoint, now: datetime) -> tuple[str, ...]:
    """Give the secrets that sign now, the newest first."""
    sealed = [endpoint.secret_sealed]
    if (
        endpoint.previous_sealed is not None
        and endpoint.previous_until is not None
        and now < endpoint.previous_until
    ):
        sealed.append(endpoint.previous_sealed)
    purpose = f"{_SEALED}:{endpoint.organisation}"
    return tuple(context.vault.unseal(each, purpose).decode("ascii") for each in sealed)


def usable(endpoint: Endpoint | None) -> bool:
    """Say whether messages go there."""
    return endpoint is not None and endpoint.state == PROVED


def _own(context: Context, principal: Principal) -> Endpoint:
    found = of(context, principal)
    if found is None:
        raise NotFound("endpoint_none")
    return found


def _organisation(principal: Principal) -> str:
    require(principal, "watch_endpoint", organisation=principal.organisation)
    if principal.organisation is None:
        raise Refused("organisation_not_approved")
    return principal.organisation


def _sealed(context: Context, organisation: str, secret: str) -> bytes:
    return context.vault.seal(secret.encode("ascii"), f"{_SEALED}:{organisation}")


def _cause(answer: Answer) -> str:
    return answer.code if not answer.taken else "challenge"


def _log(work: UnitOfWork, principal: Principal, endpoint: Endpoint, act: str, now: datetime) -> None:
    fields = {"organisation": endpoint.organisation, "endpoint": str(endpoint.id)}
    work.house.record(Event(at=now, actor=principal.name or principal.sub, act=act, fields=dict(fields)))

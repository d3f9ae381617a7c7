"""The ways into the house for people: the OpenID provider, and in a demo house the sample people.

A sign-in that was sent to the provider is a row found by the keyed hash of its ``state``; what
the answer must match is sealed in it, with the hash of a value that only the browser which
began holds.  The first answer with that state spends it, right or wrong.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from api.services.access.claims import ClaimNames, identity_of
from api.services.access.demo_sign_in import DemoSignIn
from api.services.access.principal import Principal
from api.services.access.provider import LEEWAY_SECONDS, Provider
from api.services.access.roles import STAFF
from api.services.access.sessions import (
    Identity,
    SessionRules,
    end_session,
    open_session,
    person_of,
    role_holder,
)
from api.services.access.table import facts
from api.services.context import Context
from api.store.entries_access import PendingSignIn
from domain.base_text import base64url_decode, base64url_encode
from domain.errors import MalformedInput, NotFound, Refused

ANSWER_WITHIN: Final = timedelta(minutes=15)
WHOLE: Final = "daizheng"
"""Scope of an access token that may do whatever its person may; else only facts named as scopes."""
_STATE_BYTES: Final = 32
_STATE, _BROWSER, _SEALED = "sign-in-state", "sign-in-browser", "sign-in"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Departure:
    """Where the browser goes, and what it holds until it comes back."""

    url: str
    browser: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Arrival:
    """A finished sign-in."""

    cookie: str
    onward: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back at the redirect address; every field is whatever anybody sent."""

    state: str | None
    code: str | None
    error: str | None
    issuer: str | None
    browser: str | None
    """The cookie of the browser, if it had one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What the service knows about signing in."""

    rules: SessionRules
    provider: Provider | None
    names: ClaimNames
    demo: DemoSignIn | None

    def depart(
        self, context: Context, *, onward: str, again: Principal | None = None, shared: bool = False
    ) -> Departure:
        """Give the way to the provider; ``again`` is who has to prove it anew.

        ``shared``: the browser is used by one stranger after the other, so that whoever the provider
        remembers there is not taken for who stands before it now.

        Raises NotFound ``sign_in_not_set_up``, DependencyUnavailable ``sign_in_provider_down``.
        """
        provider, now = self._required(), context.clock()
        state, browser, nonce, verifier = (base64url_encode(context.entropy(_STATE_BYTES)) for _ in range(4))
        url = provider.authorization_url(
            now, state=state, nonce=nonce, verifier=verifier, again=shared or again is not None,
            max_age=int(self.rules.longest.total_seconds()),
        )  # fmt: skip
        kept = {
            "nonce": nonce,
            "verifier": verifier,
            "onward": onward,
            "browser": _hash(context, browser, _BROWSER).hex(),
            "again": None if again is None else again.sub,
            "shared": shared,
        }
        with context.store.writing() as work:
            work.people.begin_sign_in(
                PendingSignIn(
                    state_hash=_hash(context, state, _STATE),
                    sealed=context.vault.seal(json.dumps(kept).encode(), _SEALED),
                    made_at=now,
                    expires_at=now + ANSWER_WITHIN,
                )
            )
            work.commit()
        return Departure(url=url, browser=browser)

    def arrive(self, context: Context, answer: Answer, *, replaces: str | None) -> Arrival:
        """Give the new session that ``answer`` leads to; the session ``replaces`` ends.

        Raises Refused ``sign_in_state``, ``sign_in_declined``, ``sign_in_code``, ``sign_in_token``,
        ``sign_in_claim``, ``sign_in_other_person``; DependencyUnavailable ``sign_in_provider_down``.
        """
        provider, now = self._required(), context.clock()
        pending, kept = self._spend(context, answer, now)
        named = provider.endpoints(now).names_issuer
        if (answer.issuer is None and named) or answer.issuer not in (None, provider.config.issuer):
            raise Refused("sign_in_token", reason="issuer")
        if answer.error is not None or not answer.code:
            raise Refused("sign_in_declined")
        claims = provider.claims_for(now, code=answer.code, verifier=kept["verifier"], nonce=kept["nonce"])
        identity = self._identity(context, provider, claims)
        if kept["again"] not in (None, identity.sub):
            raise Refused("sign_in_other_person")
        if kept["shared"] or kept["again"] is not None:
            _require_anew(identity, pending.made_at)
        cookie = begin_session(context, self.rules, identity)
        if replaces is not None:
            end_session(context, replaces)
        return Arrival(cookie=cookie, onward=kept["onward"])

    def bearer(self, context: Context, token: str) -> Principal:
        """Give whom an access token of the provider speaks for; Refused ``token_invalid``."""
        if self.provider is None:
            raise Refused("token_invalid")
        now = context.clock()
        try:
            claims = self.provider.access_claims(now, token)
            identity = self._identity(context, self.provider, claims)
        except Refused as error:
            raise Refused("token_invalid") from error
        with context.store.writing() as work:
            person = person_of(context, work, identity, now)
            found = role_holder(work, identity, person, now, scopes=_scopes(claims))
            work.commit()
        if found is None:
            raise Refused("token_invalid")
        return found

    def as_demo_person(self, context: Context, id_: str, *, replaces: str | None = None) -> str:
        """Give the cookie's value of a sample person's session; NotFound ``page_unknown`` elsewhere.

        The session ``replaces`` ends.
        """
        if self.demo is None:
            raise NotFound("page_unknown")
        cookie = begin_session(context, self.rules, self.demo.identity(context, id_))
        if replaces is not None:
            end_session(context, replaces)
        return cookie

    def _identity(self, context: Context, provider: Provider, claims: Mapping[str, Any]) -> Identity:
        with context.store.reading() as work:
            return identity_of(context, work, provider.config.issuer, self.names, claims)

    def _required(self) -> Provider:
        if self.provider is None:
            raise NotFound("sign_in_not_set_up")
        return self.provider

    def _spend(
        self, context: Context, answer: Answer, now: datetime
    ) -> tuple[PendingSignIn, Mapping[str, Any]]:
        """The answer's own sign-in, spent by it; a stranger's browser cannot bring somebody else's answer."""
        with context.store.writing() as work:
            pending = work.people.spend_sign_in(_hash(context, answer.state or "", _STATE))
            work.commit()
        if pending is None or now >= pending.expires_at:
            raise Refused("sign_in_state")
        kept: dict[str, Any] = json.loads(context.vault.unseal(pending.sealed, _SEALED))
        held = _hash(context, answer.browser or "", _BROWSER).hex()
        if not hmac.compare_digest(held, kept["browser"]):
            raise Refused("sign_in_state")
        return pending, kept


def begin_session(context: Context, rules: SessionRules, identity: Identity) -> str:
    """Give the cookie's value of a new session for ``identity``.

    Raises Refused ``staff_not_admitted`` where the list of operators does not name the person,
    ``agent_not_authorised`` where no 法定代表人 lets the agent act now.
    """
    now = context.clock()
    with context.store.writing() as work:
        if role_holder(work, identity, person_of(context, work, identity, now), now) is None:
            raise Refused("staff_not_admitted" if identity.role in STAFF else "agent_not_authorised")
        cookie = open_session(context, work, rules, identity)
        work.commit()
    return cookie


def _require_anew(identity: Identity, since: datetime) -> None:
    if identity.authenticated_at < since - timedelta(seconds=LEEWAY_SECONDS):
        raise Refused("sign_in_token", reason="auth_time")


def _scopes(claims: Mapping[str, Any]) -> frozenset[str] | None:
    said = claims.get("scope")
    words = frozenset(said.split()) if isinstance(said, str) else frozenset()
    return None if WHOLE in words else words & frozenset(facts())


def _hash(context: Context, text: str, purpose: str) -> bytes:
    try:
        data = base64url_decode(text)
    except MalformedInput:
        data = b""
    return context.keys.keyed_hash(data, purpose=purpose)

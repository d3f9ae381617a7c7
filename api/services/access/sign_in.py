"""The ways into the house for people."""

from __future__ import annotations

from dataclasses import dataclass

from api.services.access.demo_sign_in import DemoSignIn
from api.services.access.principal import Principal
from api.services.access.roles import STAFF
from api.services.access.sessions import Identity, SessionRules, open_session, person_of, role_holder
from api.services.context import Context
from domain.errors import NotFound, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What the service knows about signing in."""

    rules: SessionRules
    demo: DemoSignIn | None

    def bearer(self, context: Context, token: str) -> Principal:  # noqa: ARG002
        """Give whom an access token of the provider speaks for; Refused ``token_invalid``."""
        raise Refused("token_invalid")

    def as_demo_person(self, context: Context, id_: str) -> str:
        """Give the cookie's value of a sample person's session; NotFound ``page_unknown`` elsewhere."""
        if self.demo is None:
            raise NotFound("page_unknown")
        return begin_session(context, self.rules, self.demo.identity(context, id_))


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

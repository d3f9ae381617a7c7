"""经办人: whom the 法定代表人 lets act for the enterprise, until a day or until it is ended (R25)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import UUID

from api.services.access.principal import Principal
from api.services.access.table import require
from api.services.context import Context
from api.store.entries import Event
from api.store.entries_access import Agency
from api.store.unit_of_work import UnitOfWork
from domain.errors import Conflict, InvariantBroken, MalformedInput, NotFound
from domain.identifiers import uuid7
from domain.times import SHANGHAI, shanghai_day

MAX_DAYS = 366
MAX_NAME = 60
MAX_LOGIN = 200


def give_authority(context: Context, principal: Principal, *, login: str, name: str, until: date) -> Agency:
    """Give the authority of the agent who signs in as ``login``, through the whole day ``until``.

    Raises MalformedInput ``agent_login``, ``agent_name``, ``agent_until``; Conflict ``agent_known``.
    """
    organisation = _enterprise(principal)
    now = context.clock()
    login, name = _named(login, name)
    today = shanghai_day(now)
    if not today <= until <= today + timedelta(days=MAX_DAYS):
        raise MalformedInput("agent_until", days=MAX_DAYS)
    assert principal.person is not None
    agency = Agency(
        id=uuid7(now, context.entropy),
        organisation=organisation,
        agent_sub=login,
        agent_name=name,
        given_by=principal.person,
        given_at=now,
        until=datetime.combine(until + timedelta(days=1), time.min, SHANGHAI),
    )
    with context.store.writing() as work:
        if work.people.may_act(login, organisation, now):
            raise Conflict("agent_known")
        work.people.add_agent(agency)
        work.house.record(_event("agent_given", principal, agency, now))
        work.commit()
    return agency


def end_authority(context: Context, principal: Principal, id_: UUID) -> None:
    """That agent acts no more, from the next request on; NotFound ``not_found`` for another's agent."""
    organisation = _enterprise(principal)
    now = context.clock()
    with context.store.writing() as work:
        agency = work.people.agency(id_)
        if agency is None or agency.organisation != organisation:
            raise NotFound("not_found")
        work.people.end_agency(id_, now)
        work.house.record(_event("agent_ended", principal, agency, now))
        work.commit()


def agents_of(work: UnitOfWork, principal: Principal) -> tuple[Agency, ...]:
    """Give every authority the principal's enterprise ever gave, newest first."""
    if principal.organisation is None:
        return ()
    require(principal, "agent_list", organisation=principal.organisation)
    return work.people.agents_of(principal.organisation)


def _enterprise(principal: Principal) -> str:
    if principal.organisation is None:
        raise MalformedInput("agent_needs_enterprise")
    require(principal, "agent_manage", organisation=principal.organisation)
    if principal.person is None:
        raise InvariantBroken("access_table", problem="agent_manage without a person")
    return principal.organisation


def _named(login: str, name: str) -> tuple[str, str]:
    login, name = login.strip(), name.strip()
    if not 1 <= len(login) <= MAX_LOGIN:
        raise MalformedInput("agent_login", most=MAX_LOGIN)
    if not 1 <= len(name) <= MAX_NAME:
        raise MalformedInput("agent_name", most=MAX_NAME)
    return login, name


def _event(act: str, principal: Principal, agency: Agency, now: datetime) -> Event:
    fields = {"organisation": agency.organisation, "agent": agency.agent_name}
    return Event(at=now, actor=principal.name, act=act, fields=fields)

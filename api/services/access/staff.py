"""Who works in the house: admitted by name and sign-in, shut out at once when they leave (R25)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from api.services.access.roles import APART, STAFF, Role
from api.services.context import Context
from api.store.entries import Event
from api.store.entries_access import Operator
from api.store.unit_of_work import UnitOfWork
from domain.errors import Conflict, MalformedInput, NotFound, Refused
from domain.identifiers import spelling, uuid7
from domain.verdict import JsonValue

MAX_NAME = 60
MAX_LOGIN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Somebody who is to work here."""

    name: str
    role: str
    login: str | None = None
    """``sub`` at the sign-in provider; None works at the command line alone."""
    territory: str | None = None
    """Name of the place the person is limited to; None: the whole region."""


def admit(context: Context, admission: Admission, *, by: str) -> Operator:
    """Give the new entry in the list of operators.

    An entry without a sign-in of the same name and role gets the sign-in.  Raises MalformedInput
    ``staff_name``, ``staff_login``, ``staff_role_unknown``; Conflict ``staff_known``; Refused
    ``staff_roles_apart`` where the sign-in holds another of the three separate roles,
    ``staff_login_taken`` where it holds any.
    """
    wanted, role = _checked(admission)
    now = context.clock()
    with context.store.writing() as work:
        _require_free(work, wanted.login, role)
        known = work.staff.named(wanted.name)
        if known is None:
            _require_another_name(work, wanted.name)
            operator = _new(context, wanted, now)
            work.staff.add(operator)
        else:
            operator = _with_login(work, known, wanted)
        work.house.record(_event("staff_added", operator, by, now))
        work.commit()
    return operator


def leave(context: Context, name: str, *, by: str) -> Operator:
    """That person works here no more; their sessions end now.  NotFound ``staff_unknown``.

    Raises Refused ``staff_last`` for the last system or security administrator, whom the house needs.
    """
    now = context.clock()
    with context.store.writing() as work:
        operator = work.staff.named(name.strip())
        if operator is None or operator.left_at is not None:
            raise NotFound("staff_unknown", name=name[:MAX_NAME])
        _require_another(work, operator)
        work.staff.leave(operator.id, now)
        if operator.login is not None:
            work.people.end_sessions_of(operator.login, now)
        work.house.record(_event("staff_left", operator, by, now))
        work.commit()
    return operator


def staff_list(work: UnitOfWork) -> tuple[Operator, ...]:
    """Give everybody who ever worked here, in the order of admission."""
    return work.staff.all()


def _checked(given: Admission) -> tuple[Admission, Role]:
    name, login = given.name.strip(), (given.login or "").strip() or None
    territory = (given.territory or "").strip() or None
    if not 1 <= len(name) <= MAX_NAME:
        raise MalformedInput("staff_name", most=MAX_NAME)
    if login is not None and len(login) > MAX_LOGIN:
        raise MalformedInput("staff_login", most=MAX_LOGIN)
    if given.role not in STAFF:
        raise MalformedInput("staff_role_unknown", role=given.role[:40], known=", ".join(sorted(STAFF)))
    return Admission(name=name, role=given.role, login=login, territory=territory), Role(given.role)


def _require_free(work: UnitOfWork, login: str | None, role: Role) -> None:
    holder = None if login is None else work.staff.by_login(login)
    if holder is None:
        return
    if role in APART and holder.role in APART and holder.role != role.value:
        raise Refused("staff_roles_apart", held=holder.role, wanted=role.value)
    raise Refused("staff_login_taken")


def _require_another_name(work: UnitOfWork, name: str) -> None:
    """Where two people must agree, nobody may be two people by another spelling of the name."""
    alike = next((each for each in work.staff.all() if spelling(each.name) == spelling(name)), None)
    if alike is not None:
        raise Conflict("staff_known", name=alike.name)


def _new(context: Context, wanted: Admission, now: datetime) -> Operator:
    return Operator(
        id=uuid7(now, context.entropy),
        name=wanted.name,
        role=wanted.role,
        login=wanted.login,
        territory=wanted.territory,
        added_at=now,
    )


def _with_login(work: UnitOfWork, known: Operator, wanted: Admission) -> Operator:
    """The first operator, made with the house, has no sign-in until somebody says which."""
    fits = known.left_at is None and known.login is None and known.role == wanted.role
    if not fits or wanted.login is None:
        raise Conflict("staff_known", name=known.name)
    work.staff.give_login(known.id, wanted.login, wanted.territory)
    return Operator(
        id=known.id,
        name=known.name,
        role=known.role,
        login=wanted.login,
        territory=wanted.territory,
        added_at=known.added_at,
    )


def _require_another(work: UnitOfWork, leaver: Operator) -> None:
    needed = (Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR)
    if leaver.role not in needed:
        return
    same = [o for o in work.staff.all() if o.role == leaver.role and o.left_at is None and o.id != leaver.id]
    if not same:
        raise Refused("staff_last", role=leaver.role)


def _event(act: str, operator: Operator, by: str, now: datetime) -> Event:
    fields: dict[str, JsonValue] = {
        "name": operator.name,
        "role": operator.role,
        "territory": operator.territory,
    }
    return Event(at=now, actor=by, act=act, fields=fields)

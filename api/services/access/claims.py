"""What a provider's claims mean here: person, organisation, role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from api.services.access.roles import STAFF, Role
from api.services.access.sessions import Identity
from api.services.context import Context
from api.store.unit_of_work import UnitOfWork
from domain.errors import Refused
from domain.identifiers import birthday_of, check_uscc, hide_person_numbers, normalise_identifier
from domain.times import shanghai_day

MAX_NAME: Final = 100
MAX_SUB: Final = 200
_ADULT: Final = 18
_LONG_AGO: Final = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimNames:
    """Under which names the provider says what, and what its role words mean."""

    name: str = "name"
    organisation_name: str = "organization_name"
    uscc: str = "uscc"
    role: str = "role"
    person_number: str | None = None
    """Certificate number of a natural person: matched by keyed hash, then forgotten (R7)."""
    roles: Mapping[str, Role] = field(default_factory=dict)
    """Role words of the provider; a role's own name always means itself."""


def identity_of(
    context: Context, work: UnitOfWork, issuer: str, names: ClaimNames, claims: Mapping[str, Any]
) -> Identity:
    """Give who the claims say it is.

    A staff role comes from the house's own list of operators alone, whatever a claim says.
    Raises Refused ``sign_in_claim`` with the claim's name, ``sign_in_uscc``, ``staff_not_admitted``.
    """
    sub = _text(claims, "sub", MAX_SUB)
    role = _role(work, names, claims, sub)
    uscc = None if role in STAFF else _uscc(names, claims)
    subject = _subject(context, work, names, claims) if role is Role.ENTERPRISE else None
    if role not in STAFF and uscc is None and subject is None:
        raise Refused("sign_in_claim", claim=names.uscc)
    given = claims.get(names.organisation_name)
    return Identity(
        issuer=issuer,
        sub=sub,
        name=hide_person_numbers(_text(claims, names.name, MAX_NAME)),
        role=role,
        organisation=uscc,
        organisation_name=given.strip()[:MAX_NAME] if uscc and isinstance(given, str) else None,
        subject=subject,
        authenticated_at=_proved(claims),
    )


def _text(claims: Mapping[str, Any], name: str, most: int) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= most:
        raise Refused("sign_in_claim", claim=name)
    return value.strip()


def _role(work: UnitOfWork, names: ClaimNames, claims: Mapping[str, Any], sub: str) -> Role:
    said = claims.get(names.role)
    words = [said] if isinstance(said, str) else said if isinstance(said, list) else []
    meant = {names.roles.get(word) or _named(word) for word in words if isinstance(word, str)} - {None}
    if len(meant) > 1:
        raise Refused("sign_in_claim", claim=names.role)
    role = meant.pop() if meant else None
    if role is not None and role not in STAFF:
        return role
    operator = work.staff.by_login(sub)
    if operator is None:
        raise Refused("staff_not_admitted") if role else Refused("sign_in_claim", claim=names.role)
    return Role(operator.role)


def _named(word: str) -> Role | None:
    try:
        role = Role(word)
    except ValueError:
        return None
    return None if role is Role.HOLDER else role


def _uscc(names: ClaimNames, claims: Mapping[str, Any]) -> str | None:
    said = claims.get(names.uscc)
    if said is None or said == "":
        return None
    checked = check_uscc(said) if isinstance(said, str) else None
    if checked is None or checked.problem is not None:
        raise Refused("sign_in_uscc")
    return checked.value


def _subject(context: Context, work: UnitOfWork, names: ClaimNames, claims: Mapping[str, Any]) -> UUID | None:
    """The adult whom the register knows by that certificate number; a minor's report goes to nobody (R6)."""
    said = claims.get(names.person_number) if names.person_number else None
    if not isinstance(said, str) or not said.strip():
        return None
    number = normalise_identifier(said)
    born, today = birthday_of(number), shanghai_day(context.clock())
    if (
        born is not None
        and (today.year - born.year) - ((today.month, today.day) < (born.month, born.day)) < _ADULT
    ):
        raise Refused("sign_in_minor")
    found = work.subjects.keys("person", [context.vault.fingerprint(number)])
    return found[0]["id"] if len(found) == 1 else None


def _proved(claims: Mapping[str, Any]) -> datetime:
    """When the person proved who they are; long ago where the provider does not say."""
    said = claims.get("auth_time")
    if isinstance(said, bool) or not isinstance(said, int | float):
        return _LONG_AGO
    try:
        return datetime.fromtimestamp(said, UTC)
    except (ValueError, OverflowError, OSError):
        return _LONG_AGO

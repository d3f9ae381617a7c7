"""Acts that two people must want: from where each of them said so, and what that proves.

A sign-in says who somebody is.  A name at the command line is what the holder of the machine types:
there the machine knows only the account it was typed from.  So the account is kept beside the name,
and a second person who did not sign in stands before the auditor, above all from the first one's account.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from api.store.entries import Event
from api.store.unit_of_work import UnitOfWork
from domain.errors import Refused
from domain.identifiers import spelling
from domain.verdict import JsonValue

UNPROVEN: Final = "second_person_unproven"
"""Act of the event for a second person who was named at the command line; fields ``first``, ``about``,
``account`` and ``one_account``: whether the first one's name came from the same account."""


def require_another(first: str, second: str) -> None:
    """The two are not one name in two spellings; Refused ``second_person_needed``."""
    if spelling(first) == spelling(second):
        raise Refused("second_person_needed", by=second)


def note_second(
    work: UnitOfWork, first: Event, *, second: str, account: str | None, about: str, now: datetime
) -> None:
    """Who confirmed what ``first`` proposed is told to the auditor, unless the second person signed in.

    ``account``: of the operating system, None for a person signed in.
    """
    if account is None:
        return
    one = first.fields.get("account") == account
    fields: dict[str, JsonValue] = {
        "first": first.actor,
        "about": about,
        "account": account,
        "one_account": one,
    }
    work.house.record(Event(at=now, actor=second, act=UNPROVEN, fields=fields))


def unproven(work: UnitOfWork) -> tuple[Event, ...]:
    """Give what the auditor shall ask about, newest first."""
    return tuple(reversed(work.house.events_of(UNPROVEN)))

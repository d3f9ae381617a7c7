"""The demo's sign-in: anybody may be any sample person, so it opens in a demo house on loopback alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from api.services.access.roles import Role
from api.services.access.sessions import Identity
from api.services.context import Context
from domain.errors import MalformedInput, NotFound, Refused
from domain.report import Environment

FILE: Final = "demo-people.json"
ISSUER: Final = "urn:daizheng:demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPerson:
    """A sample person; everything about them is invented."""

    id: str
    name: str
    role: Role
    organisation: str | None = None
    organisation_name: str | None = None
    words: str = ""
    """What this person is shown for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoSignIn:
    """The sample people of one house, by id."""

    file: Path

    def people(self) -> tuple[DemoPerson, ...]:
        """Give the sample people; none before the demo wrote them.  MalformedInput ``demo_people``."""
        try:
            rows: list[dict[str, Any]] = json.loads(self.file.read_text("utf-8"))
            return tuple(DemoPerson(**{**row, "role": Role(row["role"])}) for row in rows)
        except FileNotFoundError:
            return ()
        except (ValueError, TypeError, KeyError, OSError) as error:
            raise MalformedInput("demo_people", file=FILE) from error

    def identity(self, context: Context, id_: str) -> Identity:
        """Give that sample person as freshly signed in; NotFound ``demo_person_unknown``."""
        for person in self.people():
            if person.id == id_:
                return Identity(
                    issuer=ISSUER,
                    sub=person.id,
                    name=person.name,
                    role=person.role,
                    organisation=person.organisation,
                    organisation_name=person.organisation_name,
                    authenticated_at=context.clock(),
                )
        raise NotFound("demo_person_unknown")


def demo_sign_in(context: Context, *, loopback: bool) -> DemoSignIn:
    """Give the demo sign-in; Refused ``demo_sign_in_refused`` in any other house, or off loopback."""
    if not loopback or context.house.environment != Environment.DEMO.value:
        raise Refused("demo_sign_in_refused")
    return DemoSignIn(file=context.home / FILE)


def write_people(home: Path, people: tuple[DemoPerson, ...]) -> None:
    """The sample people of the house in ``home`` are these."""
    rows = [
        {
            "id": person.id,
            "name": person.name,
            "role": person.role.value,
            "organisation": person.organisation,
            "organisation_name": person.organisation_name,
            "words": person.words,
        }
        for person in people
    ]
    (home / FILE).write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", "utf-8")

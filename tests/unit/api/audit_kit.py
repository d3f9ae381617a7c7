"""What the tests of the audit share: an administrator's hand in the database, and the audit of a house."""

from __future__ import annotations

from sqlalchemy import text

from api.services.auditing.any_log import Audited, Kept
from api.services.auditing.own_log import audit_house
from domain.leaf import LeafType
from tests.unit.api.house_kit import HouseKit


def index_of(kit: HouseKit, kind: LeafType) -> int:
    """The first entry of that kind."""
    with kit.context.store.reading() as work:
        return work.log.of_type(kind)[0].index


def past_the_triggers(kit: HouseKit, statement: str, **values: object) -> None:
    """What an administrator of the database can do: drop what guards a table, then change it."""
    engine = kit.context.store.engine
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            triggers = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
            for name in [*triggers.scalars()]:
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("SET session_replication_role = replica"))
        connection.execute(text(statement), values)


def audited(kit: HouseKit, kept: Kept | None = None) -> Audited:
    """The house's own audit now."""
    return audit_house(kit.context, kit.tick(), kept)

"""A house is founded: its settings, keys and database from what an operator said."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from api.container.clock import entropy, now
from api.container.places import database_url, read_file
from api.settings import Environment, HouseSettings, read_passphrase, write_house
from api.store.database_url import without_password
from domain.errors import MalformedInput
from domain.report import Environment as HouseEnvironment

if TYPE_CHECKING:
    from api.services.house.founding import Founded


def found_house(
    home: Path,
    *,
    region: str,
    host: str,
    environment: str,
    issuer: str | None,
    operator: str,
    region_file: Path | None = None,
    root_dir: Path | None = None,
    passphrase_file: Path | None = None,
    root_passphrase_file: Path | None = None,
) -> Founded:
    """Found a house in ``home`` and write its ``house.toml`` (:func:`api.services.house.founding.found`)."""
    from api.services.house.founding import Founding, found

    given = Environment()
    settings = HouseSettings(
        region=region,
        host=host,
        environment=environment,
        root_dir=root_dir,
        database_url=without_password(given.database_url) if given.database_url else None,
    )
    plan = Founding(
        home=home,
        root_dir=(root_dir or home / "root").expanduser().resolve(),
        database_url=database_url(home, settings),
        region=region,
        host=host,
        environment=_environment(environment),
        issuer=issuer,
        operator=operator,
        region_file=None if region_file is None else read_file(region_file),
    )
    secret = read_passphrase(passphrase_file, given.passphrase, environment)
    root_secret = (
        read_passphrase(root_passphrase_file, given.root_passphrase, environment)
        if root_passphrase_file or given.root_passphrase
        else None
    )
    founded = found(plan, passphrase=secret, root_passphrase=root_secret, now=now(), entropy=entropy)
    write_house(home, settings)
    return founded


def _environment(text: str) -> HouseEnvironment:
    try:
        return HouseEnvironment(text)
    except ValueError as error:
        raise MalformedInput("environment_unknown", environment=text[:40]) from error

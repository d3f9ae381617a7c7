"""The composition root: the one place that reads clock, entropy and files of the house and joins the parts."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime
from pathlib import Path

from api.services.context import Context, Step, no_step
from api.settings import Environment, HouseSettings, read_house, read_passphrase
from api.store.engine import open_engine, require_schema
from api.store.unit_of_work import Store
from domain.errors import Conflict, MalformedInput
from keys.custody import KeyStore
from keys.stamping import Stamper


def now() -> datetime:
    """Give the instant, aware and in UTC; the only clock of the house."""
    return datetime.now(UTC)


def entropy(count: int) -> bytes:
    """Give ``count`` unpredictable bytes from the operating system."""
    return os.urandom(count)


def home_of(given: Path | None) -> Path:
    """Give the house's directory from ``--home`` or DAIZHENG_HOME; MalformedInput ``home_missing``."""
    home = given or Environment().home
    if home is None:
        raise MalformedInput("home_missing")
    return home.expanduser().resolve()


def database_url(home: Path, settings: HouseSettings | None = None) -> str:
    """Give the database's URL: the setting, else SQLite in the house."""
    if settings is not None and settings.database_url:
        return settings.database_url
    return f"sqlite:///{home / 'daizheng.db'}"


def open_store(home: Path, settings: HouseSettings) -> Store:
    """Give the house's database; Conflict ``schema_differs`` before a migration."""
    engine = open_engine(database_url(home, settings))
    require_schema(engine)
    return Store(engine)


def open_house(home: Path, *, passphrase_file: Path | None = None, step: Step | None = None) -> Context:
    """Open the house in ``home``: settings, database and keys must belong together.

    Raises NotFound ``no_house``, Refused ``passphrase_*``, Conflict ``house_differs``.
    """
    settings, environment = read_house(home), Environment()
    store = open_store(home, settings)
    with store.reading() as work:
        house = work.house.get()
    if (house.region, house.host, house.environment) != (
        settings.region,
        settings.host,
        settings.environment,
    ):
        raise Conflict("house_differs", home=str(home))
    secret = read_passphrase(passphrase_file, environment.passphrase, settings.environment)
    keys = KeyStore.open(home / "keys", secret, entropy=entropy)
    return Context(
        home=home,
        root_dir=settings.root_dir or home / "root",
        store=store,
        keys=keys,
        house=house,
        stamper=_stamper(settings, keys),
        clock=now,
        entropy=entropy,
        step=step or _fault_point(environment, settings),
    )


def _stamper(settings: HouseSettings, keys: KeyStore) -> Stamper | None:
    from keys.stamping import local_stamper

    return local_stamper(keys)


def _fault_point(environment: Environment, settings: HouseSettings) -> Step:
    """Give the hook that dies at the step named by DAIZHENG_FAULT: what ``scripts/prove`` needs."""
    wanted = environment.fault
    if wanted is None or settings.environment == "production":
        return no_step

    def die(name: str) -> None:
        if name == wanted:
            os.kill(os.getpid(), signal.SIGKILL)

    return die

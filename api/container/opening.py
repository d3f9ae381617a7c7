"""A house is opened: its settings, database and keys must belong together."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from api.container.clock import entropy, now
from api.container.places import database_url
from api.container.stamping import stamping, stamping_lists
from api.services.context import Context, Step, no_step
from api.settings import FILE, Environment, HouseSettings, read_house, read_passphrase
from api.store.engine import open_engine, require_schema
from api.store.entries import House
from api.store.unit_of_work import Store
from domain.errors import Conflict, MalformedInput, NotFound
from keys.certificates import sha256_hex
from keys.custody import KeyStore
from keys.roles import Role

if TYPE_CHECKING:
    from api.services.log.plan import LogPlan


def open_store(home: Path, settings: HouseSettings) -> Store:
    """Give the house's database; Conflict ``schema_differs`` before a migration.

    DependencyUnavailable ``database_unreachable`` when nobody answers there.
    """
    engine = open_engine(database_url(home, settings))
    require_schema(engine)
    return Store(engine)


def open_house(home: Path, *, passphrase_file: Path | None = None, step: Step | None = None) -> Context:
    """Open the house in ``home``: settings, database and keys must belong together.

    Raises NotFound ``no_house``, Refused ``passphrase_*``, Conflict ``house_differs``.
    """
    settings, environment = read_house(home), Environment()
    store = open_store(home, settings)
    house = stored_house(store, home)
    if (house.region, house.host, house.environment) != (
        settings.region,
        settings.host,
        settings.environment,
    ):
        raise Conflict("house_differs", home=str(home))
    secret = read_passphrase(passphrase_file, environment.passphrase, settings.environment)
    keys = KeyStore.open(home / "keys", secret, entropy=entropy)
    if sha256_hex(keys.certificate(Role.ROOT)) != house.anchor_sha256:
        # Another house's database: its log must never be signed with our keys.
        raise Conflict("house_differs", home=str(home))
    stamper, (*chain, root) = stamping(home, settings, keys)
    anchors = () if root == keys.certificate(Role.ROOT) else (root,)
    return Context(
        home=home,
        root_dir=settings.root_dir or home / "root",
        store=store,
        keys=keys,
        house=house,
        stamper=stamper,
        outside_chain=tuple(chain) if anchors else (),
        stamping_anchors=anchors,
        stamping_lists=stamping_lists(home, settings) if anchors else None,
        clock=now,
        entropy=entropy,
        step=step or _fault_point(environment, settings),
        log_plan=_log_plan(settings),
    )


def migrate(home: Path) -> str:
    """Bring the database of the house in ``home`` to the newest schema and give its version."""
    from api.store.engine import SCHEMA_HEAD, for_writing, require_reachable
    from api.store.migrate import upgrade

    engine = open_engine(database_url(home, read_house(home)))
    require_reachable(engine)
    upgrade(for_writing(engine))
    engine.dispose()
    return SCHEMA_HEAD


def stored_house(store: Store, home: Path) -> House:
    """Give the house that the database is of; NotFound ``no_house``."""
    with store.reading() as work:
        house = work.house.get()
    if house is None:
        raise NotFound("no_house", home=str(home))
    return house


def _fault_point(environment: Environment, settings: HouseSettings) -> Step:
    """Give the hook that dies at the step named by DAIZHENG_FAULT: what ``scripts/prove`` needs."""
    wanted = environment.fault
    if wanted is None or settings.environment == "production":
        return no_step

    def die(name: str) -> None:
        if name == wanted:
            os.kill(os.getpid(), signal.SIGKILL)

    return die


def _log_plan(settings: HouseSettings) -> LogPlan:
    """Give who witnesses whom; MalformedInput ``house_file`` for keys or numbers that cannot be right."""
    from api.services.log.plan import LogPlan, WatchedLog, Witness
    from domain.note import VerifierKey

    given = settings.log
    quorum = min(1, len(given.witnesses)) if given.quorum is None else given.quorum
    try:
        witnesses = [
            Witness(name=each.name, key=VerifierKey.parse(each.vkey), url=each.url.rstrip("/"))
            for each in given.witnesses
        ]
        watched = [WatchedLog(origin=each.origin, vkeys=each.vkeys) for each in settings.witness.logs]
        return LogPlan(witnesses=tuple(witnesses), quorum=quorum, watched=tuple(watched))
    except MalformedInput as error:
        raise MalformedInput("house_file", file=FILE, problem=f"log, witness: {error.code}") from error

"""Founds a house: keys, certificates, database, region file, first operator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from api.services.context import Entropy
from api.services.issuing.log import Book
from api.services.log.key_events import log_key_events
from api.store.engine import for_writing, open_engine, require_empty
from api.store.entries import Event, House, StoredRegion
from api.store.migrate import upgrade
from api.store.unit_of_work import Store
from domain.errors import Conflict, MalformedInput
from domain.identifiers import uuid7
from domain.qr_link import check_host
from domain.report import Environment
from keys.authority import init_house
from keys.certificates import HouseIdentity, sha256_hex
from keys.custody import KeyStore
from keys.roles import Role
from keys.vault import Kdf
from records.regions import load_region, shipped_region, shipped_regions

FIRST_ROLE = "system_administrator"
"""The first operator founds the rest (R25); the other roles are given to other people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Founding:
    """What somebody who founds a house decides, once and for good."""

    home: Path
    root_dir: Path
    database_url: str
    region: str
    host: str
    environment: Environment
    issuer: str | None
    """出具单位 as reports print it; None: the region's name and what it is."""
    operator: str
    region_file: bytes | None = None
    """Bytes of a region file that does not come with the product."""
    kdf: Kdf | None = None
    """What trying one passphrase costs; None: the default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Founded:
    """What is worth writing down after founding."""

    house: House
    anchor_sha256: str
    """SHA-256 of the root certificate: what receivers pin."""
    region_version: str
    region_sha256: str
    root_dir: Path


def found(
    plan: Founding, *, passphrase: bytes, root_passphrase: bytes | None, now: datetime, entropy: Entropy
) -> Founded:
    """Found the house of ``plan``; nothing is left half-made where something stood before.

    Raises Conflict ``house_exists`` or ``database_taken``, DependencyUnavailable
    ``database_unreachable``, MalformedInput ``host_form`` or what is wrong with the region
    file, Refused ``passphrase_*``.
    """
    check_host(plan.host)
    if (plan.home / "daizheng.db").exists() or (plan.home / "keys").exists():
        raise Conflict("house_exists", home=str(plan.home))
    _require_empty(plan.database_url)
    data = plan.region_file or _shipped(plan.region)
    region = load_region(data)
    if region.code != plan.region:
        raise MalformedInput("region_code_differs", expected=plan.region, found=region.code)
    issuer_name = plan.issuer or _issuer_name(region.name, plan.environment)
    keys = _make_keys(plan, issuer_name, passphrase, root_passphrase, now, entropy)
    house = House(
        region=region.code,
        host=plan.host,
        environment=plan.environment.value,
        log_origin=f"{plan.host}/log",
        issuer_name=issuer_name,
        anchor_sha256=sha256_hex(keys.certificate(Role.ROOT)),
        made_at=now,
    )
    stored = StoredRegion(
        id=uuid7(now, entropy),
        code=region.code,
        version=region.version,
        sha256=region.sha256,
        data=data,
        added_by=plan.operator,
        recorded_at=now,
    )
    _fill(plan, house, stored, keys, now, entropy)
    return Founded(
        house=house,
        anchor_sha256=house.anchor_sha256,
        region_version=region.version,
        region_sha256=region.sha256,
        root_dir=plan.root_dir,
    )


def _require_empty(database_url: str) -> None:
    """Asked before a key is made: a house without its database would have to be removed by hand."""
    engine = open_engine(database_url)
    try:
        require_empty(engine)
    finally:
        engine.dispose()


def _shipped(code: str) -> bytes:
    sha256 = shipped_region(code).sha256
    return next(data for data in shipped_regions().values() if load_region(data).sha256 == sha256)


def _issuer_name(region: str, environment: Environment) -> str:
    name = f"{region}信用代证平台"
    return name if environment is Environment.PRODUCTION else f"{name}（演示）"


def _make_keys(
    plan: Founding,
    issuer_name: str,
    passphrase: bytes,
    root_passphrase: bytes | None,
    now: datetime,
    entropy: Entropy,
) -> KeyStore:
    plan.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    identity = HouseIdentity(region=plan.region, environment=plan.environment.value, organisation=issuer_name)
    return init_house(
        plan.home / "keys",
        plan.root_dir,
        passphrase=passphrase,
        root_passphrase=root_passphrase,
        identity=identity,
        now=now,
        entropy=entropy,
        kdf=plan.kdf,
    )


def _fill(
    plan: Founding, house: House, region: StoredRegion, keys: KeyStore, now: datetime, entropy: Entropy
) -> None:
    engine = open_engine(plan.database_url)
    upgrade(for_writing(engine))
    store = Store(engine)
    with store.writing() as work:
        work.house.found(house)
        work.log.found()
        book = Book(origin=house.log_origin, key=keys.private(Role.LOG), home=plan.home)
        log_key_events(work, keys, book, now)
        work.regions.add(region)
        work.house.add_operator(uuid7(now, entropy), plan.operator, FIRST_ROLE, now)
        work.house.record(
            Event(at=now, actor=plan.operator, act="house_founded", fields={"host": house.host})
        )
        work.commit()
    store.close()

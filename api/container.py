"""The composition root: reads clock, entropy and the house's files, and joins the parts."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificates

from api.services.context import Context, Step, no_step
from api.settings import (
    FILE,
    Environment,
    HouseSettings,
    SignInSettings,
    read_house,
    read_passphrase,
    write_house,
)
from api.store.database_url import without_password
from api.store.engine import open_engine, require_schema
from api.store.entries import House
from api.store.unit_of_work import Store
from domain.errors import Conflict, MalformedInput, NotFound, Refused
from domain.report import Environment as HouseEnvironment
from keys.certificates import sha256_hex
from keys.custody import KeyStore
from keys.roles import Role
from keys.stamping import LocalTimeStamper, Stamper

if TYPE_CHECKING:
    from api.services.access.claims import ClaimNames
    from api.services.access.provider import ProviderConfig
    from api.services.access.sign_in import Access
    from api.services.house.founding import Founded
    from api.services.issuing.issue import IssuingDesk
    from api.services.log.plan import LogPlan
    from api.services.verifying import OwnVerifier
    from api.services.watching.posting import Reach
    from verifier.cli.trust import HouseParts


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
    """Give the database's URL: DAIZHENG_DATABASE_URL, else the setting, else SQLite in the house."""
    said = Environment().database_url or (settings.database_url if settings else None)
    return said or f"sqlite:///{home / 'daizheng.db'}"


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
    house = _row(store, home)
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
    stamper, (*chain, root) = _stamping(home, settings, keys)
    anchors = () if root == keys.certificate(Role.ROOT) else (root,)
    return Context(
        home=home,
        root_dir=settings.root_dir or home / "root",
        store=store,
        keys=keys,
        house=house,
        stamper=stamper,
        stamping_chain=tuple(chain),
        stamping_anchors=anchors,
        stamping_lists=_stamping_lists(home, settings) if anchors else None,
        clock=now,
        entropy=entropy,
        step=step or _fault_point(environment, settings),
        log_plan=_log_plan(settings),
    )


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
        region_file=None if region_file is None else _read(region_file),
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


def root_passphrase(file: Path | None, house_file: Path | None, environment: str) -> bytes:
    """Give the root's passphrase: its own file or variable, else the house's."""
    given = Environment()
    if file is not None or given.root_passphrase:
        return read_passphrase(file, given.root_passphrase, environment)
    return read_passphrase(house_file, given.passphrase, environment)


def _environment(text: str) -> HouseEnvironment:
    try:
        return HouseEnvironment(text)
    except ValueError as error:
        raise MalformedInput("environment_unknown", environment=text[:40]) from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise NotFound("file_missing", file=str(path)) from error


def migrate(home: Path) -> str:
    """Bring the database of the house in ``home`` to the newest schema and give its version."""
    from api.store.engine import SCHEMA_HEAD, for_writing, require_reachable
    from api.store.migrate import upgrade

    engine = open_engine(database_url(home, read_house(home)))
    require_reachable(engine)
    upgrade(for_writing(engine))
    engine.dispose()
    return SCHEMA_HEAD


def house_parts(home: Path | None) -> HouseParts | None:
    """Give the house's trust and register for ``daizheng verify``; None where no house is named.

    Without a key passphrase the trust bundle kept in the house is used as it is, and
    typed codes cannot be asked.
    """
    from api.services.checking.receipts import receipt_maker
    from api.services.house.trust import kept_bundle, own_bundle
    from api.services.verifying import HouseMemory, HouseRegister
    from verifier.cli.trust import HouseParts

    environment = Environment()
    named = home or environment.home
    if named is None or not (home_of(named) / FILE).is_file():
        return None
    settings = read_house(home_of(named))
    strict = settings.require_sandbox
    if environment.passphrase:
        context = open_house(home_of(named))
        trust = own_bundle(context, context.clock())
        register = HouseRegister(context.store, context)
        return HouseParts(
            trust=trust,
            register=register,
            memory=HouseMemory(context.store),
            require_sandbox=strict,
            receipt=receipt_maker(context),
        )
    store = open_store(home_of(named), settings)
    kept = kept_bundle(home_of(named), _row(store, home_of(named)).anchor_sha256)
    if kept is None:
        raise Refused("passphrase_missing")
    return HouseParts(
        trust=kept, register=HouseRegister(store, None), memory=HouseMemory(store), require_sandbox=strict
    )


def _row(store: Store, home: Path) -> House:
    with store.reading() as work:
        house = work.house.get()
    if house is None:
        raise NotFound("no_house", home=str(home))
    return house


def house_verifier(context: Context, *, size: int) -> OwnVerifier:
    """Give the verifier that asks the house's register, with up to ``size`` workers."""
    from api.services.verifying import HouseRegister, OwnVerifier

    register = HouseRegister(context.store, context)
    strict = read_house(context.home).require_sandbox
    return OwnVerifier(context, register, size=size, require_sandbox=strict)


def issuing_desk(context: Context) -> IssuingDesk:
    """Give the desk that issues for ``context``, with a verifier of its own."""
    from api.services.issuing.issue import IssuingDesk
    from api.services.verifying import OwnVerifier

    strict = read_house(context.home).require_sandbox
    return IssuingDesk(context, OwnVerifier(context, None, require_sandbox=strict))


def _stamping(home: Path, settings: HouseSettings, keys: KeyStore) -> tuple[Stamper, tuple[bytes, ...]]:
    """Give the time-stamp authority and its DER chain, its own certificate first, root last."""
    wanted = settings.time_stamp
    if wanted.url is None:
        chain = keys.chain(Role.TIMESTAMP)
        return LocalTimeStamper(keys.private(Role.TIMESTAMP), chain[:-1], entropy), chain
    from keys.http_stamping import HttpStamper

    chain = _pem_chain(home, wanted.chain)
    return HttpStamper(wanted.url, wanted.timeout_seconds, chain[:-1]), chain


def _pem_chain(home: Path, path: Path | None) -> tuple[bytes, ...]:
    if path is None:
        raise MalformedInput("house_file", file=FILE, problem="time_stamp.chain")
    data = _read(home / path)
    try:
        chain = load_pem_x509_certificates(data)
    except ValueError as error:
        raise MalformedInput("house_file", file=FILE, problem="time_stamp.chain: PEM") from error
    if len(chain) < 2 or chain[-1].issuer != chain[-1].subject:
        raise MalformedInput("house_file", file=FILE, problem="time_stamp.chain: no root at its end")
    return tuple(certificate.public_bytes(Encoding.DER) for certificate in chain)


def _stamping_lists(home: Path, settings: HouseSettings) -> Path:
    if settings.time_stamp.crls is None:
        raise MalformedInput("house_file", file=FILE, problem="time_stamp.crls")
    return home / settings.time_stamp.crls


def _fault_point(environment: Environment, settings: HouseSettings) -> Step:
    """Give the hook that dies at the step named by DAIZHENG_FAULT: what ``scripts/prove`` needs."""
    wanted = environment.fault
    if wanted is None or settings.environment == "production":
        return no_step

    def die(name: str) -> None:
        if name == wanted:
            os.kill(os.getpid(), signal.SIGKILL)

    return die


def access(context: Context, settings: HouseSettings, *, loopback: bool, demo: bool) -> Access:
    """Give the ways to sign in to the served house.

    Raises Refused ``demo_sign_in_refused``, MalformedInput ``house_file``, NotFound ``file_missing``.
    """
    from api.services.access.claims import ClaimNames
    from api.services.access.demo_sign_in import ISSUER, demo_sign_in
    from api.services.access.provider import Provider
    from api.services.access.sessions import SessionRules
    from api.services.access.sign_in import Access

    given = settings.sign_in
    config = None if given is None else _provider_config(context, settings, given)
    issuers = {ISSUER} if demo else set()
    if config is not None:
        issuers.add(config.issuer)
    return Access(
        rules=SessionRules(
            issuers=frozenset(issuers),
            idle=timedelta(minutes=given.idle_minutes if given else 30),
            longest=timedelta(hours=given.longest_hours if given else 12),
        ),
        provider=None if config is None else Provider(config),
        names=ClaimNames() if given is None else _claim_names(given),
        demo=demo_sign_in(context, loopback=loopback) if demo else None,
    )


def reach(context: Context, settings: HouseSettings) -> Reach:
    """Give how far messages to receivers go; MalformedInput ``house_file``, NotFound ``file_missing``."""
    from api.services.watching.posting import Reach

    wanted = settings.watching
    # SECURITY: whoever registers an endpoint would reach the house's own network.
    if wanted.private_addresses and settings.environment != HouseEnvironment.DEMO.value:
        raise MalformedInput("house_file", file=FILE, problem="watching.private_addresses: demo houses only")
    return Reach(
        private=wanted.private_addresses,
        ca_pem=None if wanted.ca_file is None else _read(context.home / wanted.ca_file).decode("ascii"),
        seconds=wanted.timeout_seconds,
    )


def public_url(context: Context, settings: HouseSettings) -> str:
    """Give the address people type, without a slash at its end."""
    return (settings.service.public_url or f"https://{context.house.host}").rstrip("/")


def _provider_config(context: Context, settings: HouseSettings, given: SignInSettings) -> ProviderConfig:
    from api.services.access.provider import ProviderConfig, check_config

    secret = None
    if given.client_secret_file is not None:
        secret = _read(context.home / given.client_secret_file).decode("utf-8").strip()
    config = ProviderConfig(
        issuer=given.issuer,
        client_id=given.client_id,
        client_secret=secret,
        scopes=given.scopes,
        redirect_uri=f"{public_url(context, settings)}/sign-in/callback",
        api_audience=given.api_audience,
        origins=given.origins,
        ca_file=None if given.ca_file is None else context.home / given.ca_file,
        timeout_seconds=given.timeout_seconds,
    )
    return check_config(config, FILE)


def _claim_names(given: SignInSettings) -> ClaimNames:
    from api.services.access.claims import ClaimNames
    from api.services.access.roles import Role as Viewer

    try:
        roles = {word: Viewer(meaning) for word, meaning in given.roles.items()}
    except ValueError as error:
        raise MalformedInput("house_file", file=FILE, problem="sign_in.roles") from error
    return ClaimNames(**given.claims.model_dump(), roles=roles)

"""What a house's ``house.toml`` and the environment say; read once, then frozen."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.store.database_url import holds_password
from domain.errors import MalformedInput, NotFound, Refused

FILE = "house.toml"
_ORIGIN = re.compile(r"https?://[a-z0-9.-]{1,253}(?::[0-9]{1,5})?")
DEMO_PASSPHRASES = frozenset({"demo-passphrase", "changeme", "password"})
"""Placeholders that open no production house."""


class TimeStampSettings(BaseModel):
    """Which time-stamp authority is asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str | None = None
    """None: the house's own authority."""
    chain: Path | None = None
    """PEM file with the outside authority's certificates, its own first, its root last."""
    crls: Path | None = None
    """PEM or DER file with a revocation list of each CA in ``chain``; read anew at each signature.
    Both paths start in the house's directory unless absolute."""
    timeout_seconds: float = 5.0


class ServiceSettings(BaseModel):
    """How the house is served over HTTP."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    public_url: str | None = None
    """Address people type, with scheme; None: ``https://`` and the house's host."""
    sandbox: str | None = None
    """Address, with scheme, of the region's other house with invented data, for receivers' programs (R25);
    None: there is none to point to."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses whose X-Forwarded-For is believed."""
    public_metrics: bool = False
    """True shows ``/metrics`` to other machines too."""
    workers: int = 2
    """Sandboxed processes that read uploads at the same time."""

    @field_validator("sandbox")
    @classmethod
    def _an_address(cls, url: str | None) -> str | None:
        # SECURITY: it becomes a link on a page and an address that programs send keys to.
        if url is not None and not _ORIGIN.fullmatch(url):
            raise ValueError("must be https://HOST or http://HOST, with a port if need be, and no path")
        return url


class PrintingSettings(BaseModel):
    """Where the window and the kiosk print (R27)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    queue: str | None = None
    """Name of the CUPS queue at the window; None: nothing is printed from there."""
    kiosk_queue: str | None = None
    """Name of the kiosk's own queue; None: the window's."""
    server: str | None = None
    """``host:port`` of the CUPS server or the path of its socket; None: as the machine is set up."""
    timeout_seconds: float = 20.0


class WatchingSettings(BaseModel):
    """How receivers are told that a report changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    longest_days: int = 366
    """A watch ends after so many days at the latest; the grant may end it sooner."""
    timeout_seconds: float = 10.0
    """For one try at one message."""
    ca_file: Path | None = None
    """PEM file with authorities believed beside the system's; starts in the house's directory."""
    private_addresses: bool = False
    """True lets messages go to loopback and private networks; a demo house alone may say so."""


class ClaimSettings(BaseModel):
    """Under which names the sign-in provider says what."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = "name"
    organisation_name: str = "organization_name"
    uscc: str = "uscc"
    role: str = "role"
    person_number: str | None = None
    """Claim with a natural person's certificate number; None: natural persons do not sign in."""


class SignInSettings(BaseModel):
    """The OpenID provider (统一身份认证) that people sign in with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str
    client_id: str
    client_secret_file: Path | None = None
    """File with the client secret; None: a public client, PKCE alone. Starts in the house's directory."""
    scopes: tuple[str, ...] = ("openid", "profile")
    claims: ClaimSettings = ClaimSettings()
    roles: dict[str, str] = {}
    """Role words of the provider and the role each means here (docs/access.md)."""
    api_audience: str | None = None
    """Audience of access tokens that ``/api`` takes; None takes none."""
    origins: tuple[str, ...] = ()
    """Further origins (``https://host:port``) of the provider's endpoints; else the issuer's alone."""
    ca_file: Path | None = None
    """PEM file with the CA of the provider's TLS certificate; None: the system's."""
    timeout_seconds: float = 5.0
    idle_minutes: int = 30
    longest_hours: int = 12


class WitnessSettings(BaseModel):
    """One witness that cosigns this house's log."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    vkey: str
    """Its C2SP verifier key (``name+hash+base64``, signature type 4)."""
    url: str
    """Its submission prefix; ``add-checkpoint`` stands below it."""


class LogSettings(BaseModel):
    """Who witnesses this house's log."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    witnesses: tuple[WitnessSettings, ...] = ()
    quorum: int | None = None
    """Cosignatures that make a head believed; None: one, where there is a witness."""


class WatchedLogSettings(BaseModel):
    """One log that this house witnesses."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    origin: str
    vkeys: tuple[str, ...]
    """Its C2SP verifier keys, as its trust bundle names them."""


class WitnessingSettings(BaseModel):
    """Whose logs this house witnesses."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    logs: tuple[WatchedLogSettings, ...] = ()


class HouseSettings(BaseModel):
    """The file ``house.toml`` of one house."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    region: str
    host: str
    environment: str
    database_url: str | None = None
    """None: SQLite in the house's own directory.  Never with a password; DAIZHENG_DATABASE_URL goes first."""
    root_dir: Path | None = None
    """Where the root key lies when it is at hand; None: ``root`` beside the database."""
    require_sandbox: bool = True
    """False lets files be judged where the kernel gives no sandbox."""
    time_stamp: TimeStampSettings = TimeStampSettings()
    service: ServiceSettings = ServiceSettings()
    sign_in: SignInSettings | None = None
    printing: PrintingSettings = PrintingSettings()
    log: LogSettings = LogSettings()
    witness: WitnessingSettings = WitnessingSettings()
    watching: WatchingSettings = WatchingSettings()

    @field_validator("database_url")
    @classmethod
    def _without_password(cls, url: str | None) -> str | None:
        try:
            secret = url is not None and holds_password(url)
        except MalformedInput as error:
            raise ValueError("is no sqlite: or postgresql: URL") from error
        # SECURITY: the file is copied, shown and backed up; the environment and ~/.pgpass are not.
        if secret:
            raise ValueError("must hold no password: use DAIZHENG_DATABASE_URL or ~/.pgpass")
        return url


class Environment(BaseSettings):
    """What the process's environment says (``DAIZHENG_...``)."""

    model_config = SettingsConfigDict(env_prefix="DAIZHENG_", frozen=True, extra="ignore")

    home: Path | None = None
    database_url: str | None = None
    """Where the database is, with its password if it needs one; goes before ``house.toml``."""
    passphrase: str | None = None
    root_passphrase: str | None = None
    fault: str | None = None
    """Name of the step at which the process kills itself (``scripts/prove``); never in production."""


def read_house(home: Path) -> HouseSettings:
    """Give the settings of the house in ``home``.

    Raises NotFound ``no_house``, MalformedInput ``house_file``, ``house_setting_missing``.
    """
    path = home / FILE
    try:
        return HouseSettings.model_validate(tomllib.loads(path.read_text("utf-8")))
    except FileNotFoundError as error:
        raise NotFound("no_house", home=str(home)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MalformedInput("house_file", file=str(path), problem=str(error)) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        if first["type"] == "missing":
            raise MalformedInput("house_setting_missing", file=str(path), setting=place) from error
        raise MalformedInput("house_file", file=str(path), problem=f"{place}: {first['msg']}") from error


def write_house(home: Path, settings: HouseSettings) -> None:
    """The settings stand in ``home`` as TOML that a person can edit."""
    lines = [
        "# 本机构设置 / settings of this house; region, host and environment never change.",
        f'region = "{settings.region}"',
        f'host = "{settings.host}"',
        f'environment = "{settings.environment}"',
    ]
    if settings.database_url:
        lines.append(f"database_url = {_quoted(settings.database_url)}")
    if settings.root_dir:
        lines.append(f"root_dir = {_quoted(str(settings.root_dir))}")
    if not settings.require_sandbox:
        lines.append("require_sandbox = false")
    lines += ["", "[time_stamp]", f"timeout_seconds = {settings.time_stamp.timeout_seconds}"]
    if settings.time_stamp.url:
        lines.append(f"url = {_quoted(settings.time_stamp.url)}")
    for name in ("chain", "crls"):
        if (path := getattr(settings.time_stamp, name)) is not None:
            lines.append(f"{name} = {_quoted(str(path))}")
    (home / FILE).write_text("\n".join(lines) + "\n", "utf-8")


def read_passphrase(file: Path | None, given: str | None, environment: str) -> bytes:
    """Give the passphrase from ``file`` (without its last line break) or ``given`` by the environment.

    Raises Refused ``passphrase_missing`` or ``passphrase_placeholder``, NotFound ``file_missing``.
    """
    if file is not None:
        try:
            secret = file.read_bytes().rstrip(b"\r\n")
        except OSError as error:
            raise NotFound("file_missing", file=str(file)) from error
    else:
        secret = (given or "").encode()
    if not secret:
        raise Refused("passphrase_missing")
    if environment == "production" and secret.decode("utf-8", "replace") in DEMO_PASSPHRASES:
        raise Refused("passphrase_placeholder")
    return secret


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

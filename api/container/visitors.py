"""How visitors come to a served house, and how far it reaches out to receivers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from api.container.places import read_file
from api.services.context import Context
from api.settings import FILE, HouseSettings, SignInSettings
from domain.errors import MalformedInput
from domain.report import Environment as HouseEnvironment

if TYPE_CHECKING:
    from api.services.access.claims import ClaimNames
    from api.services.access.provider import ProviderConfig
    from api.services.access.sign_in import Access
    from api.services.watching.posting import Reach


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
        ca_pem=None if wanted.ca_file is None else read_file(context.home / wanted.ca_file).decode("ascii"),
        seconds=wanted.timeout_seconds,
    )


def public_url(context: Context, settings: HouseSettings) -> str:
    """Give the address people type, without a slash at its end."""
    return (settings.service.public_url or f"https://{context.house.host}").rstrip("/")


def _provider_config(context: Context, settings: HouseSettings, given: SignInSettings) -> ProviderConfig:
    from api.services.access.provider import ProviderConfig, check_config

    secret = None
    if given.client_secret_file is not None:
        secret = read_file(context.home / given.client_secret_file).decode("utf-8").strip()
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

"""The OpenID provider as the house talks to it: discovery, codes for tokens, tokens for claims.

OpenID Connect Core 1.0 with the authorization code, PKCE (RFC 7636, S256) and the issuer in the
answer (RFC 9207).  Authlib speaks OAuth, joserfc checks signatures.  Only addresses at the
configured issuer's origin, or at origins the settings name, are ever asked: nothing in a
request or in a token chooses one.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.errors import (
    ClaimError,
    ExpiredTokenError,
    InvalidKeyIdError,
    JoseError,
    MissingClaimError,
    UnsupportedAlgorithmError,
)
from joserfc.jwk import KeySet

from api.services.bounded_http import BoundedTransport
from domain.errors import DependencyUnavailable, MalformedInput, Refused

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "RS384", "PS384", "ES384", "RS512", "PS512", "EdDSA")
"""Public-key signatures alone: ``none`` and shared-secret ones are no proof of who signed."""
LEEWAY_SECONDS: Final = 60
_METADATA_KEPT: Final = timedelta(hours=1)
_KEYS_KEPT: Final = timedelta(minutes=10)
_KEYS_AGAIN: Final = timedelta(seconds=30)
"""An unknown key id asks for the keys anew, but not more often than this."""
MAX_BYTES: Final = 256 * 1024
"""Longest answer of a provider; its largest, the keys, stays below a tenth of this."""
_UNREADABLE: Final = (httpx2.HTTPError, httpx2.InvalidURL, ValueError)
_UNREADABLE_TOKEN: Final = (*_UNREADABLE, TypeError, AttributeError)
"""Authlib takes the answer for an object of JSON; a list breaks it."""
_REASONS: Final = {
    "iss": "issuer", "aud": "audience", "nonce": "nonce", "exp": "expired", "nbf": "expired",
    "iat": "expired", "sub": "claim_missing", "auth_time": "auth_time",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderConfig:
    """What the settings say about the provider."""

    issuer: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    scopes: tuple[str, ...] = ("openid", "profile")
    redirect_uri: str
    """Exactly as registered with the provider."""
    api_audience: str | None = None
    """Audience of access tokens for ``/api``; None takes no such token."""
    origins: tuple[str, ...] = ()
    """Further origins at which the provider's own endpoints may lie."""
    ca_file: Path | None = None
    timeout_seconds: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Where the provider is asked."""

    authorization: str
    token: str
    keys: str
    end_session: str | None
    names_issuer: bool
    """The answer at the redirect carries ``iss`` (RFC 9207)."""


class Provider:
    """One provider; metadata and keys are kept for a while, shared between threads."""

    def __init__(self, config: ProviderConfig) -> None:
        """Ask nobody yet."""
        self.config = config
        self._lock = Lock()
        self._endpoints: tuple[datetime, Endpoints] | None = None
        self._keys: tuple[datetime, KeySet] | None = None

    def authorization_url(
        self, now: datetime, *, state: str, nonce: str, verifier: str, again: bool, max_age: int
    ) -> str:
        """Give the address to send the browser to; ``again`` asks for a new proof of identity."""
        endpoint = self.endpoints(now).authorization
        more: dict[str, Any] = {"nonce": nonce, "max_age": max_age}
        if again:
            more |= {"prompt": "login", "max_age": 0}
        with self._client() as client:
            url, _ = client.create_authorization_url(endpoint, state=state, code_verifier=verifier, **more)
        return str(url)

    def claims_for(self, now: datetime, *, code: str, verifier: str, nonce: str) -> Mapping[str, Any]:
        """Give the checked claims of the ID token that ``code`` buys.

        Raises DependencyUnavailable ``sign_in_provider_down``, Refused ``sign_in_code`` where the
        provider does not know the code, ``sign_in_token`` with ``reason``.
        """
        endpoint = self.endpoints(now).token
        try:
            with self._client() as client:
                token = client.fetch_token(
                    endpoint, grant_type="authorization_code", code=code, code_verifier=verifier
                )
            id_token = token["id_token"]
        except OAuthError as error:
            raise Refused("sign_in_code") from error
        except KeyError as error:
            raise Refused("sign_in_token", reason="claim_missing") from error
        except _UNREADABLE_TOKEN as error:
            raise DependencyUnavailable("sign_in_provider_down") from error
        wanted = {
            "aud": {"essential": True, "value": self.config.client_id},
            "nonce": {"essential": True, "value": nonce},
            "auth_time": {"essential": True},
        }
        claims = self._checked(now, id_token, wanted)
        if (
            isinstance(claims["aud"], list)
            and len(claims["aud"]) > 1
            and claims.get("azp") != self.config.client_id
        ):
            raise Refused("sign_in_token", reason="audience")
        return claims

    def access_claims(self, now: datetime, token: str) -> Mapping[str, Any]:
        """Give the checked claims of an access token for ``/api``; Refused ``sign_in_token``."""
        if self.config.api_audience is None:
            raise Refused("sign_in_token", reason="audience")
        return self._checked(now, token, {"aud": {"essential": True, "value": self.config.api_audience}})

    def endpoints(self, now: datetime) -> Endpoints:
        """Give where the provider is asked; DependencyUnavailable ``sign_in_provider_down``."""
        with self._lock:
            kept = self._endpoints
        if kept is not None and now - kept[0] < _METADATA_KEPT:
            return kept[1]
        found = self._read_endpoints(
            self._get(f"{self.config.issuer.rstrip('/')}/.well-known/openid-configuration")
        )
        with self._lock:
            self._endpoints = (now, found)
        return found

    def end_session_url(self, now: datetime, back: str) -> str | None:
        """Give where to sign out at the provider too, if it has such a place; asks nobody anew."""
        with self._lock:
            kept = self._endpoints
        if kept is None or kept[1].end_session is None or now - kept[0] > _METADATA_KEPT:
            return None
        query = urlencode({"client_id": self.config.client_id, "post_logout_redirect_uri": back})
        return f"{kept[1].end_session}?{query}"

    def _checked(self, now: datetime, token: object, wanted: Mapping[str, Any]) -> Mapping[str, Any]:
        if not isinstance(token, str):
            raise Refused("sign_in_token", reason="form")
        registry = jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self.config.issuer},
            sub={"essential": True},
            exp={"essential": True},
            **wanted,
        )
        try:
            claims = self._decoded(now, token)
            registry.validate(claims)
        except ClaimError as error:
            raise Refused("sign_in_token", reason=_reason(error)) from error
        except UnsupportedAlgorithmError as error:
            raise Refused("sign_in_token", reason="algorithm") from error
        except InvalidKeyIdError as error:
            raise Refused("sign_in_token", reason="key") from error
        except (JoseError, ValueError, TypeError) as error:
            raise Refused("sign_in_token", reason="signature") from error
        return claims

    def _decoded(self, now: datetime, token: str) -> dict[str, Any]:
        try:
            return jwt.decode(token, self._key_set(now, _KEYS_KEPT), algorithms=ALGORITHMS).claims
        except InvalidKeyIdError:
            # The provider may have changed its keys since they were read.
            return jwt.decode(token, self._key_set(now, _KEYS_AGAIN), algorithms=ALGORITHMS).claims

    def _key_set(self, now: datetime, kept_for: timedelta) -> KeySet:
        with self._lock:
            kept = self._keys
        if kept is not None and now - kept[0] < kept_for:
            return kept[1]
        data = self._get(self.endpoints(now).keys)
        try:
            keys = KeySet.import_key_set(data)  # type: ignore[arg-type]
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise DependencyUnavailable("sign_in_provider_down") from error
        with self._lock:
            self._keys = (now, keys)
        return keys

    def _read_endpoints(self, data: Mapping[str, Any]) -> Endpoints:
        if data.get("issuer") != self.config.issuer:
            raise DependencyUnavailable("sign_in_provider_differs")
        return Endpoints(
            authorization=self._address(data, "authorization_endpoint"),
            token=self._address(data, "token_endpoint"),
            keys=self._address(data, "jwks_uri"),
            end_session=self._address(data, "end_session_endpoint")
            if data.get("end_session_endpoint")
            else None,
            names_issuer=data.get("authorization_response_iss_parameter_supported") is True,
        )

    def _address(self, data: Mapping[str, Any], name: str) -> str:
        address = data.get(name)
        allowed = {origin_of(self.config.issuer), *self.config.origins}
        try:
            fits = isinstance(address, str) and origin_of(address) in allowed
        except MalformedInput:
            fits = False
        if not fits:
            raise DependencyUnavailable("sign_in_provider_differs")
        return str(address)

    def _get(self, url: str) -> Mapping[str, Any]:
        try:
            with self._client() as client:
                answer = client.request("GET", url, withhold_token=True)
                answer.raise_for_status()
                data = answer.json()
        except _UNREADABLE as error:
            raise DependencyUnavailable("sign_in_provider_down") from error
        if answer.status_code != 200 or not isinstance(data, dict):
            raise DependencyUnavailable("sign_in_provider_down")
        return data

    def _client(self) -> OAuth2Client:
        config = self.config
        trust = ssl.create_default_context(cafile=None if config.ca_file is None else str(config.ca_file))
        return OAuth2Client(
            config.client_id,
            config.client_secret,
            scope=" ".join(config.scopes),
            redirect_uri=config.redirect_uri,
            code_challenge_method="S256",
            transport=BoundedTransport(trust, seconds=config.timeout_seconds, max_bytes=MAX_BYTES),
            timeout=config.timeout_seconds,
            follow_redirects=False,
            trust_env=False,
        )


def origin_of(url: str) -> str:
    """Give scheme, host and port of ``url``; MalformedInput ``address_form`` for no such address."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise MalformedInput("address_form") from error
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username is not None:
        raise MalformedInput("address_form")
    return f"{parts.scheme}://{parts.hostname}:{port or (443 if parts.scheme == 'https' else 80)}"


def check_config(config: ProviderConfig, file: str) -> ProviderConfig:
    """Give ``config`` if nothing in it is unsafe; MalformedInput ``house_file`` with the setting's name.

    Addresses go by TLS unless they lie on this machine; the audience of ``/api`` is not the
    client's own, or an ID token would pass for an access token.
    """
    for name, address in [("issuer", config.issuer), *(("origins", origin) for origin in config.origins)]:
        try:
            plain = origin_of(address).startswith("http://")
        except MalformedInput as error:
            raise MalformedInput("house_file", file=file, problem=f"sign_in.{name}") from error
        if plain and urlsplit(address).hostname not in ("127.0.0.1", "::1", "localhost"):
            raise MalformedInput("house_file", file=file, problem=f"sign_in.{name}: https")
    if "openid" not in config.scopes:
        raise MalformedInput("house_file", file=file, problem="sign_in.scopes: openid")
    if config.api_audience == config.client_id:
        raise MalformedInput("house_file", file=file, problem="sign_in.api_audience: client_id")
    return replace(config, origins=tuple(origin_of(origin) for origin in config.origins))


def _reason(error: ClaimError) -> str:
    if isinstance(error, ExpiredTokenError):
        return "expired"
    if isinstance(error, MissingClaimError) and error.claim not in ("nonce", "aud", "iss", "auth_time"):
        return "claim_missing"
    return _REASONS.get(str(error.claim), "claim_missing")

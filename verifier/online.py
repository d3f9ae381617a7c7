"""The one place of the verifier that opens a connection, and only where ``--online`` asks for it.

Asked are addresses that stand in the signed trust bundle and no others: by https, with the machine's
own certificates, without proxies, redirects or cookies; in a demo's bundle also a service on this very
machine, by http.  An answer has ten seconds from the first packet to the last byte, however slowly it
drips, and two megabytes, compressed or not.  All that the log is asked for one file has thirty
seconds.  Who did not answer is not asked again for a minute, so that 200 files wait once.  The house asks
others through a transport of its own: nothing of it is here where a bank installs the verifier alone.
"""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from domain.errors import DependencyUnavailable, MalformedInput, NotFound
from domain.hosts import is_loopback
from domain.report import Environment
from domain.status_list import MEDIA_TYPE
from domain.tiles import CHECKPOINT_PATH
from domain.trust_format import TrustBundle
from keys.trust.status_token import MAX_TOKEN_BYTES

if TYPE_CHECKING:
    import httpx2

SECONDS: Final = 10.0
LOG_SECONDS: Final = 30.0
PAUSE_SECONDS: Final = 60.0
MAX_BYTES: Final = MAX_TOKEN_BYTES
_GZIP: Final = 31
_NONE_THEN: Final = "status_404"
_PLAIN: Final = {"Accept-Encoding": "identity", "User-Agent": "daizheng-verifier"}
_LIST: Final = {"Accept": MEDIA_TYPE, "Accept-Encoding": "gzip", "User-Agent": "daizheng-verifier"}


class OnlineLists:
    """Fetches status lists that ``bundle`` names; see :class:`verifier.evidence.status_lists.ListFetch`."""

    def __init__(self, bundle: TrustBundle, *, seconds: float = SECONDS) -> None:
        """Raise MalformedInput ``online_not_installed`` without the extra ``online``."""
        self._door = _Door()
        self._allowed = frozenset(bundle.status_lists)
        self._demo = bundle.environment is Environment.DEMO
        self._seconds = seconds

    def __call__(self, uri: str, moment: datetime | None) -> bytes:
        """Return the token at ``uri``; DependencyUnavailable ``status_list_unreachable``.

        NotFound ``status_list_none_then`` for a past moment that the house has no list of: a 404 to
        the parameter ``time`` (draft-ietf-oauth-status-list, section 8.4).
        """
        query = {} if moment is None else {"time": str(int(moment.timestamp()))}
        try:
            return self._door.get(self._address(uri), _LIST, _token, query, seconds=self._seconds)
        except _NoAnswer as error:
            if query and str(error) == _NONE_THEN:
                raise NotFound("status_list_none_then", host=_host(uri)) from error
            raise DependencyUnavailable("status_list_unreachable", host=_host(uri)) from error

    def _address(self, uri: str) -> str:
        # SECURITY: the report names the list, but only the bundle says which addresses are the house's.
        if uri not in self._allowed:
            raise _NoAnswer("not_in_bundle")
        return _permitted(uri, demo=self._demo, query=True)


class OnlineLog:
    """Fetches head and tiles of the log that ``bundle`` names; see :mod:`verifier.evidence.witness_facts`."""

    def __init__(
        self, bundle: TrustBundle, *, seconds: float = SECONDS, log_seconds: float = LOG_SECONDS
    ) -> None:
        """Raise MalformedInput ``online_not_installed`` without the extra ``online``."""
        self._door = _Door()
        self._prefix = f"https://{bundle.log.origin}"
        self._demo = bundle.environment is Environment.DEMO
        self._seconds, self._log_seconds = seconds, log_seconds
        self._until = 0.0

    def __call__(self, path: str) -> bytes:
        """Return what stands below the log's address; DependencyUnavailable ``log_unreachable``.

        Whoever asks for the head begins anew, and its thirty seconds with it.
        """
        if path == CHECKPOINT_PATH:
            self._until = time.monotonic() + self._log_seconds
        left = min(self._seconds, self._until - time.monotonic())
        url = f"{self._prefix}/{path}"
        try:
            return self._door.get(_permitted(url, demo=self._demo), _PLAIN, _as_sent, seconds=left)
        except _NoAnswer as error:
            raise DependencyUnavailable("log_unreachable", url=url, cause=str(error)) from error


class _NoAnswer(Exception):
    """Nothing that may be used came; its text is the cause, for the log line."""


class _Door:
    """Asks one address at a time, and leaves a server alone for a while that did not answer."""

    def __init__(self) -> None:
        try:
            import httpx2
        except ImportError as error:
            raise MalformedInput("online_not_installed") from error
        self._http = httpx2
        self._trust = httpx2.create_ssl_context()
        self._silent: dict[str, float] = {}

    def get(
        self,
        address: str,
        headers: Mapping[str, str],
        read: Callable[[httpx2.Response, bytes], bytes],
        query: Mapping[str, str] | None = None,
        *,
        seconds: float,
    ) -> bytes:
        """Return what ``read`` makes of a 200 answer; _NoAnswer within ``seconds`` for anything else."""
        server = urlsplit(address).netloc
        if self._silent.get(server, 0.0) > time.monotonic():
            raise _NoAnswer("silent_before")
        if seconds <= 0:
            raise _NoAnswer("time")
        try:
            return asyncio.run(self._answer(address, headers, read, query, seconds))
        except _NoAnswer:
            raise
        except (TimeoutError, self._http.TransportError) as error:
            self._silent[server] = time.monotonic() + PAUSE_SECONDS
            raise _NoAnswer("time" if isinstance(error, TimeoutError) else type(error).__name__) from error
        except (self._http.HTTPError, self._http.InvalidURL, zlib.error, OSError, ValueError) as error:
            raise _NoAnswer(type(error).__name__) from error

    async def _answer(
        self,
        address: str,
        headers: Mapping[str, str],
        read: Callable[[httpx2.Response, bytes], bytes],
        query: Mapping[str, str] | None,
        seconds: float,
    ) -> bytes:
        # The library's own limits start anew with each byte; this one holds for the whole exchange.
        async with (
            asyncio.timeout(seconds),
            self._http.AsyncClient(
                verify=self._trust, trust_env=False, follow_redirects=False, timeout=seconds
            ) as client,
            client.stream("GET", address, params=query, headers=headers) as answer,
        ):
            if answer.status_code != 200:
                raise _NoAnswer(f"status_{answer.status_code}")
            taken = bytearray()
            async for part in answer.aiter_raw():
                taken += part
                if len(taken) > MAX_BYTES:
                    raise _NoAnswer("size")
            return read(answer, bytes(taken))


def _permitted(url: str, *, demo: bool, query: bool = False) -> str:
    """Return the address to ask: https to a plain host, or http to this machine for a demo's bundle."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError as error:
        raise _NoAnswer("address") from error
    # SECURITY: a log's origin is a name before it is an address; anything but a plain host is not asked.
    named = parts.username or parts.password or parts.fragment or (parts.query and not query)
    if parts.scheme != "https" or not host or named:
        raise _NoAnswer("address")
    return parts._replace(scheme="http").geturl() if demo and is_loopback(host) else url


def _host(uri: str) -> str:
    try:
        return (urlsplit(uri).hostname or "-")[:80]
    except ValueError:
        return "-"


def _as_sent(answer: httpx2.Response, data: bytes) -> bytes:
    if "content-encoding" in answer.headers:
        raise _NoAnswer("encoding")
    return data


def _token(answer: httpx2.Response, data: bytes) -> bytes:
    """Return the token, taken apart here so that no library unpacks more than is allowed."""
    if answer.headers.get("content-type", "").split(";")[0] != MEDIA_TYPE:
        raise _NoAnswer("type")
    coding = answer.headers.get("content-encoding", "identity").lower()
    if coding == "identity":
        return data
    if coding != "gzip":
        raise _NoAnswer("encoding")
    inflate = zlib.decompressobj(_GZIP)
    token = inflate.decompress(data, MAX_BYTES + 1)
    if len(token) > MAX_BYTES or not inflate.eof:
        raise _NoAnswer("size")
    return token

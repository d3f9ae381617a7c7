"""The one place of the verifier that opens a connection, and only where ``--online`` asks for it.

Asked are addresses that stand in the signed trust bundle and no others: by https, with the machine's
own certificates, without proxies, redirects or cookies; in a demo's bundle also a service on this very
machine, by http.  An answer has ten seconds and two megabytes, compressed or not.  The house asks
others through a transport of its own: nothing of it is here where a bank installs the verifier alone.
"""

from __future__ import annotations

import ipaddress
import time
import zlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from domain.errors import DependencyUnavailable, MalformedInput
from domain.report import Environment
from domain.status_list import MEDIA_TYPE
from domain.trust_format import TrustBundle
from keys.trust.status_token import MAX_TOKEN_BYTES

if TYPE_CHECKING:
    import httpx2

SECONDS: Final = 10.0
_GZIP: Final = 31
_AGENT: Final = {"User-Agent": "daizheng-verifier"}
_PLAIN: Final = {**_AGENT, "Accept-Encoding": "identity"}
_PACKED: Final = {**_AGENT, "Accept": MEDIA_TYPE, "Accept-Encoding": "gzip"}


class OnlineLists:
    """Fetches status lists that ``bundle`` names; see :class:`verifier.evidence.status_lists.ListFetch`."""

    def __init__(self, bundle: TrustBundle, *, seconds: float = SECONDS) -> None:
        """Raise MalformedInput ``online_not_installed`` without the extra ``online``."""
        self._asker = _Asker(bundle, seconds)
        self._allowed = frozenset(bundle.status_lists)

    def __call__(self, uri: str, moment: datetime | None) -> bytes:
        """Return the token at ``uri``; DependencyUnavailable ``status_list_unreachable``."""
        # SECURITY: the report names the list, but only the bundle says which addresses are the house's.
        if uri not in self._allowed:
            raise DependencyUnavailable("status_list_unreachable", host=_host(uri))
        query = {} if moment is None else {"time": str(int(moment.timestamp()))}
        try:
            headers, body = self._asker.get(uri, query, _PACKED)
            if headers.get("content-type", "").split(";")[0] != MEDIA_TYPE:
                raise _NoAnswer("content-type")
            return _unpacked(body, headers.get("content-encoding", "identity").lower())
        except _NoAnswer as error:
            raise DependencyUnavailable("status_list_unreachable", host=_host(uri)) from error


class OnlineLog:
    """Fetches head and tiles of the log that ``bundle`` names; see :mod:`verifier.evidence.witness_facts`."""

    def __init__(self, bundle: TrustBundle, *, seconds: float = SECONDS) -> None:
        """Raise MalformedInput ``online_not_installed`` without the extra ``online``."""
        self._asker = _Asker(bundle, seconds)
        self._prefix = f"https://{bundle.log.origin}"

    def __call__(self, path: str) -> bytes:
        """Return what stands below the log's address; DependencyUnavailable ``log_unreachable``."""
        url = f"{self._prefix}/{path}"
        try:
            # SECURITY: an origin is a name before it is an address; only a plain host is asked.
            if urlsplit(url).query or urlsplit(url).fragment:
                raise _NoAnswer("origin")
            headers, body = self._asker.get(url, {}, _PLAIN)
            if "content-encoding" in headers:
                raise _NoAnswer("content-encoding")
        except _NoAnswer as error:
            raise DependencyUnavailable("log_unreachable", url=url, cause=str(error)) from error
        return body


class _NoAnswer(Exception):
    """Nothing came that may be used; its text is the cause."""


class _Asker:
    """Asks one address of a bundle at a time, within the bounds of this module."""

    def __init__(self, bundle: TrustBundle, seconds: float) -> None:
        try:
            import httpx2
        except ImportError as error:
            raise MalformedInput("online_not_installed") from error
        self._http = httpx2
        self._demo = bundle.environment is Environment.DEMO
        self._seconds = seconds

    def get(
        self, url: str, query: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[Mapping[str, str], bytes]:
        """Return headers and body, as they came, of an answer 200; _NoAnswer of any other."""
        address, until = self._address(url), time.monotonic() + self._seconds
        try:
            with (
                self._http.Client(trust_env=False, follow_redirects=False, timeout=self._seconds) as client,
                client.stream("GET", address, params=dict(query), headers=dict(headers)) as answer,
            ):
                if answer.status_code != 200:
                    raise _NoAnswer(str(answer.status_code))
                return answer.headers, b"".join(_bounded(answer, until))
        except (self._http.HTTPError, self._http.InvalidURL, OSError) as error:
            raise _NoAnswer(type(error).__name__) from error

    def _address(self, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme != "https" or parts.username or parts.password or not parts.hostname:
            raise _NoAnswer("address")
        if self._demo and _is_loopback(parts.hostname):
            return parts._replace(scheme="http").geturl()
        return url


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host(uri: str) -> str:
    return (urlsplit(uri).hostname or "-")[:80]


def _bounded(answer: httpx2.Response, until: float) -> Iterator[bytes]:
    size = 0
    for part in answer.iter_raw():
        size += len(part)
        if size > MAX_TOKEN_BYTES or time.monotonic() > until:
            raise _NoAnswer("bounds")
        yield part


def _unpacked(data: bytes, coding: str) -> bytes:
    """Return the body, taken apart here so that no library unpacks more than is allowed."""
    if coding == "identity":
        return data
    if coding != "gzip":
        raise _NoAnswer("content-encoding")
    inflate = zlib.decompressobj(_GZIP)
    try:
        token = inflate.decompress(data, MAX_TOKEN_BYTES + 1)
    except zlib.error as error:
        raise _NoAnswer("content-encoding") from error
    if len(token) > MAX_TOKEN_BYTES or not inflate.eof:
        raise _NoAnswer("bounds")
    return token

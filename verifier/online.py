"""The one place of the verifier that opens a connection, and only where ``--online`` asks for it.

Asked are addresses that stand in the signed trust bundle and no others: by https, with the machine's
own certificates, without proxies, redirects or cookies; in a demo's bundle also a service on this very
machine, by http.  An answer has ten seconds and two megabytes, compressed or not.
"""

from __future__ import annotations

import ipaddress
import time
import zlib
from collections.abc import Iterator
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


class OnlineLists:
    """Fetches status lists that ``bundle`` names; see :class:`verifier.evidence.status_lists.ListFetch`."""

    def __init__(self, bundle: TrustBundle, *, seconds: float = SECONDS) -> None:
        """Raise MalformedInput ``online_not_installed`` without the extra ``online``."""
        try:
            import httpx2
        except ImportError as error:
            raise MalformedInput("online_not_installed") from error
        self._http = httpx2
        self._allowed = frozenset(bundle.status_lists)
        self._demo = bundle.environment is Environment.DEMO
        self._seconds = seconds

    def __call__(self, uri: str, moment: datetime | None) -> bytes:
        """Return the token at ``uri``; DependencyUnavailable ``status_list_unreachable``."""
        address = self._address(uri)
        query = {} if moment is None else {"time": str(int(moment.timestamp()))}
        until = time.monotonic() + self._seconds
        try:
            with (
                self._http.Client(trust_env=False, follow_redirects=False, timeout=self._seconds) as client,
                client.stream("GET", address, params=query, headers=_HEADERS) as answer,
            ):
                return _body(answer, until)
        except (self._http.HTTPError, self._http.InvalidURL, zlib.error, OSError) as error:
            raise DependencyUnavailable("status_list_unreachable", host=_host(uri)) from error

    def _address(self, uri: str) -> str:
        # SECURITY: the report names the list, but only the bundle says which addresses are the house's.
        if uri not in self._allowed:
            raise DependencyUnavailable("status_list_unreachable", host=_host(uri))
        parts = urlsplit(uri)
        if parts.scheme != "https" or parts.username or parts.password or not parts.hostname:
            raise DependencyUnavailable("status_list_unreachable", host=_host(uri))
        if self._demo and _is_loopback(parts.hostname):
            return parts._replace(scheme="http").geturl()
        return uri


class OnlineLog:
    """Fetches head and tiles of the log that ``bundle`` names; see :mod:`verifier.evidence.witness_facts`."""

    def __init__(self, bundle: TrustBundle, *, seconds: float = SECONDS) -> None:
        """Raise MalformedInput ``online_not_installed`` without the extra ``online``."""
        try:
            import httpx2
        except ImportError as error:
            raise MalformedInput("online_not_installed") from error
        self._http = httpx2
        self._prefix = f"https://{bundle.log.origin}"
        self._demo = bundle.environment is Environment.DEMO
        self._seconds = seconds

    def __call__(self, path: str) -> bytes:
        """Return what stands below the log's address; DependencyUnavailable ``log_unreachable``."""
        parts = urlsplit(f"{self._prefix}/{path}")
        # SECURITY: an origin is a name before it is an address; anything but a plain host is not asked.
        if not parts.hostname or parts.username or parts.password or parts.query or parts.fragment:
            raise DependencyUnavailable("log_unreachable", url=self._prefix, cause="origin")
        http = self._demo and _is_loopback(parts.hostname)
        address = parts._replace(scheme="http").geturl() if http else parts.geturl()
        until = time.monotonic() + self._seconds
        try:
            with (
                self._http.Client(trust_env=False, follow_redirects=False, timeout=self._seconds) as client,
                client.stream("GET", address, headers=_PLAIN) as answer,
            ):
                if answer.status_code != 200 or "content-encoding" in answer.headers:
                    raise DependencyUnavailable("log_unreachable", url=address, cause=str(answer.status_code))
                return b"".join(_bounded(answer, until))
        except (self._http.HTTPError, self._http.InvalidURL, OSError) as error:
            raise DependencyUnavailable("log_unreachable", url=address, cause=type(error).__name__) from error


_PLAIN: Final = {"Accept-Encoding": "identity", "User-Agent": "daizheng-verifier"}
_HEADERS: Final = {"Accept": MEDIA_TYPE, "Accept-Encoding": "gzip", "User-Agent": "daizheng-verifier"}


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host(uri: str) -> str:
    return (urlsplit(uri).hostname or "-")[:80]


def _body(answer: httpx2.Response, until: float) -> bytes:
    """Return the answer's body, taken apart here so that no library unpacks more than is allowed."""
    if answer.status_code != 200 or answer.headers.get("content-type", "").split(";")[0] != MEDIA_TYPE:
        raise _refused(answer)
    coding = answer.headers.get("content-encoding", "identity").lower()
    if coding not in ("identity", "gzip"):
        raise _refused(answer)
    data = b"".join(_bounded(answer, until))
    if coding == "identity":
        return data
    inflate = zlib.decompressobj(_GZIP)
    token = inflate.decompress(data, MAX_TOKEN_BYTES + 1)
    if len(token) > MAX_TOKEN_BYTES or not inflate.eof:
        raise _refused(answer)
    return token


def _bounded(answer: httpx2.Response, until: float) -> Iterator[bytes]:
    size = 0
    for part in answer.iter_raw():
        size += len(part)
        if size > MAX_TOKEN_BYTES or time.monotonic() > until:
            raise _refused(answer)
        yield part


def _refused(answer: httpx2.Response) -> DependencyUnavailable:
    return DependencyUnavailable("status_list_unreachable", host=answer.url.host)

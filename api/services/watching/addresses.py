"""Where a message may be sent: an https address of a receiver that leads to the public internet.

SECURITY: whoever registers an endpoint chooses where the house connects to.  So the address is read
strictly; the name is resolved here, every address it has must be public, and the connection goes to
the very address that was looked at (:mod:`api.services.watching.posting`): a name that answers
otherwise the second time leads nowhere.  Redirects are not followed.  In a demo house a setting may
open loopback and private networks; nothing else ever is.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from domain.errors import DependencyUnavailable, MalformedInput, Refused

MAX_URL: Final = 500
_TEXT: Final = re.compile(r"[\x21-\x7e]+", re.ASCII).fullmatch
_HOST: Final = re.compile(
    r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?",
    re.ASCII | re.IGNORECASE,
).fullmatch
_TRANSLATED: Final = tuple(
    ipaddress.ip_network(text)
    for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "100::/64", "192.0.0.0/24")
)
"""Networks that lead on to an address written inside (NAT64, 6to4, Teredo), or nowhere."""

_UNICAST: Final = ipaddress.ip_network("2000::/3")
"""The one part of IPv6 of which public addresses are given out (RFC 4291, section 2.4)."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An endpoint's address, read."""

    host: str
    port: int
    path: str
    """Path and query as they are sent."""


def target_of(url: str) -> Target:
    """Give the parts of an endpoint's address.

    Raises MalformedInput ``endpoint_url`` for anything but ``https://NAME[:PORT][/PATH][?QUERY]``
    in ASCII, without a user, a password or a fragment.
    """
    if not _TEXT(url) or len(url) > MAX_URL or "\\" in url:
        raise MalformedInput("endpoint_url")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise MalformedInput("endpoint_url") from error
    odd = parts.username is not None or parts.password is not None or parts.fragment or "#" in url
    if parts.scheme != "https" or odd or port == 0 or not _HOST(host):
        raise MalformedInput("endpoint_url")
    query = f"?{parts.query}" if parts.query else ""
    return Target(host=host.lower(), port=port or 443, path=(parts.path or "/") + query)


def addresses_of(target: Target, *, private: bool) -> tuple[str, ...]:
    """Give the addresses of the target's name, all of which may be connected to.

    Raises DependencyUnavailable ``endpoint_unreachable`` for a name that has none; Refused
    ``endpoint_not_public`` as soon as one of them is not public.
    """
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise DependencyUnavailable("endpoint_unreachable", cause="name") from error
    addresses = tuple(dict.fromkeys(str(each[4][0]).partition("%")[0] for each in found))
    if not addresses:
        raise DependencyUnavailable("endpoint_unreachable", cause="name")
    for text in addresses:
        if not may_connect(ipaddress.ip_address(text), private=private):
            raise Refused("endpoint_not_public")
    return addresses


def may_connect(address: Address, *, private: bool) -> bool:
    """Say whether a message may go to ``address``; ``private`` opens loopback and private networks."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        return False
    if any(address in network for network in _TRANSLATED if network.version == address.version):
        return False
    if private and (address.is_loopback or address.is_private):
        return True
    if address.version == 6 and address not in _UNICAST:
        # Python calls global whatever no registry names: ::127.0.0.1, ::ffff:0:127.0.0.1, fec0::1.
        return False
    return address.is_global

"""Which time-stamp authority a house asks, and the certificates that stand behind it."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificates

from api.container.clock import entropy
from api.container.places import read_file
from api.settings import FILE, HouseSettings
from domain.errors import MalformedInput
from keys.custody import KeyStore
from keys.roles import Role
from keys.stamping import HouseTimeStamper, Stamper


def stamping(home: Path, settings: HouseSettings, keys: KeyStore) -> tuple[Stamper, tuple[bytes, ...]]:
    """Give the time-stamp authority and its DER chain, its own certificate first, root last."""
    wanted = settings.time_stamp
    if wanted.url is None:
        return HouseTimeStamper(keys, entropy), keys.chain(Role.TIMESTAMP)
    from keys.http_stamping import HttpStamper

    chain = _pem_chain(home, wanted.chain)
    return HttpStamper(wanted.url, wanted.timeout_seconds, chain[:-1]), chain


def _pem_chain(home: Path, path: Path | None) -> tuple[bytes, ...]:
    if path is None:
        raise MalformedInput("house_setting_missing", file=FILE, setting="time_stamp.chain")
    data = read_file(home / path)
    try:
        chain = load_pem_x509_certificates(data)
    except ValueError as error:
        raise MalformedInput("time_stamp_chain", file=str(path)) from error
    if len(chain) < 2 or chain[-1].issuer != chain[-1].subject:
        raise MalformedInput("time_stamp_chain", file=str(path))
    return tuple(certificate.public_bytes(Encoding.DER) for certificate in chain)


def stamping_lists(home: Path, settings: HouseSettings) -> Path:
    """Give where the authority's revocation lists lie; MalformedInput ``house_setting_missing``."""
    if settings.time_stamp.crls is None:
        raise MalformedInput("house_setting_missing", file=FILE, setting="time_stamp.crls")
    return home / settings.time_stamp.crls

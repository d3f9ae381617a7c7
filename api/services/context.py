"""What a use-case needs of the house it works in; :mod:`api.container` puts it together."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from api.services.log.plan import NOBODY, LogPlan
from api.store.entries import House
from api.store.unit_of_work import Store
from domain.errors import MalformedInput
from keys.certificates import HouseIdentity
from keys.custody import KeyStore
from keys.roles import Role
from keys.stamping import Stamper

Clock = Callable[[], datetime]
Entropy = Callable[[int], bytes]
Step = Callable[[str], None]
"""Called with the name of each point at which a process may die (``STEPS`` of the issuing desk)."""

MAX_UNSEALED_BYTES = 64 * 2**20


def no_step(_name: str) -> None:
    """Do nothing: the step hook of an ordinary run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One opened house."""

    home: Path
    root_dir: Path
    """Where the root key lies; needed for ``keys ceremony`` alone."""
    store: Store
    keys: KeyStore
    house: House
    stamper: Stamper | None
    """The time-stamp authority; None signs at level B-B."""
    outside_chain: tuple[bytes, ...]
    """DER certificates of an outside authority, its own first, without the root; empty for our own."""
    stamping_anchors: tuple[bytes, ...]
    """DER root of an outside authority; empty for the house's own."""
    stamping_lists: Path | None
    """File with that root's and its CAs' revocation lists, kept fresh by the operator; None for our own."""
    clock: Clock
    entropy: Entropy
    step: Step = no_step
    log_plan: LogPlan = NOBODY
    """Who witnesses our log, and whose logs we witness."""

    @property
    def identity(self) -> HouseIdentity:
        """How this house names itself in certificates."""
        return HouseIdentity(
            region=self.house.region, environment=self.house.environment, organisation=self.house.issuer_name
        )

    @property
    def stamping_chain(self) -> tuple[bytes, ...]:
        """DER certificates of the time-stamp authority, its own first, without the root."""
        return self.outside_chain or self.keys.chain(Role.TIMESTAMP)[:-1]

    @property
    def vault(self) -> HouseVault:
        """What seals data that may not lie open in the database."""
        return HouseVault(self.keys)


def compressed(data: bytes) -> bytes:
    """Give ``data`` as ``pack`` seals it; other threads run meanwhile."""
    return zlib.compress(data, 6)


@dataclass(frozen=True, slots=True)
class HouseVault:
    """Seals with the house's versioned secrets; see :class:`api.store.entries.Vault`."""

    keys: KeyStore

    def fingerprint(self, text: str) -> str:
        """Give the keyed hash of a certificate number, hex; equal numbers give equal hashes."""
        return self.keys.keyed_hash(text.encode(), purpose="person-number").hex()

    def seal(self, data: bytes, purpose: str) -> bytes:
        """Give ``data`` encrypted and bound to ``purpose``."""
        return self.keys.encrypt(data, purpose.encode())

    def unseal(self, sealed: bytes, purpose: str) -> bytes:
        """Give back what ``seal`` took; raises when a bit or the purpose differs."""
        return self.keys.decrypt(sealed, purpose.encode())

    def pack(self, data: bytes, purpose: str) -> bytes:
        """Give ``data`` compressed, then sealed."""
        return self.seal(compressed(data), purpose)

    def unpack(self, sealed: bytes, purpose: str) -> bytes:
        """Give back what ``pack`` took; MalformedInput ``packed_data`` for anything larger than 64 MiB."""
        inflate = zlib.decompressobj()
        data = inflate.decompress(self.unseal(sealed, purpose), MAX_UNSEALED_BYTES)
        if inflate.unconsumed_tail:
            raise MalformedInput("packed_data")
        return data

"""Time stamps (RFC 3161): the house's own authority, and an outside one by URL.

Both answer a SHA-256 imprint with a token in the one encoding of :mod:`keys.token_shape`.
Whatever goes wrong at either is DependencyUnavailable ``tsa_unavailable``: issuing goes on
without a token, at level B-B, and the file says so by its shape.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Protocol

from asn1crypto.core import ObjectIdentifier

from domain.errors import DependencyUnavailable, MalformedInput, Refused
from keys import token_shape
from keys.custody import KeyStore, PrivateHandle
from keys.http_stamping import HttpStamper
from keys.roles import PROFILES, Algorithm, Role
from keys.token_shape import StampingChain, TokenParts
from keys.vault import Entropy

__all__ = ["HouseTimeStamper", "HttpStamper", "LocalTimeStamper", "Stamper"]
_SHA256_BYTES: Final = 32


class Stamper(Protocol):
    """An authority that says when it saw a digest.

    MUST return a token over exactly this imprint and nonce, in the encoding of
    :mod:`keys.token_shape`; MUST raise DependencyUnavailable for every failure of its own.
    """

    def stamp(self, message_imprint: bytes, nonce: int | None, now: datetime) -> bytes:
        """The DER of a token over a SHA-256 imprint of 32 bytes, seen at ``now``."""
        ...


class LocalTimeStamper:
    """The house's own authority: one key for stamping alone, no state, unguessable serial numbers."""

    def __init__(self, handle: PrivateHandle, chain: Sequence[bytes], entropy: Entropy = os.urandom) -> None:
        """Stamp with ``handle``; ``chain`` is DER, the authority's certificate first.

        Raises Refused ``certificate_issuer`` for a key of another role.
        """
        if handle.role is not Role.TIMESTAMP:
            raise Refused("certificate_issuer", role="token", issuer=handle.role.value)
        self._handle = handle
        self._chain = StampingChain.load(chain, elliptic=handle.algorithm is Algorithm.P256)
        self._entropy = entropy
        self._policy_der = bytes(ObjectIdentifier(PROFILES[Role.TIMESTAMP].policy).dump())

    def stamp(self, message_imprint: bytes, nonce: int | None, now: datetime) -> bytes:
        """A token with genTime ``now`` in whole UTC seconds.

        Raises MalformedInput ``imprint_length``, DependencyUnavailable ``tsa_unavailable`` when the
        stamping key's time of use or its certificate's time is over.
        """
        if len(message_imprint) != _SHA256_BYTES:
            raise MalformedInput("imprint_length", length=len(message_imprint))
        self._require_usable(now)
        serial = int.from_bytes(self._entropy(16), "big") >> 1 | 1
        time_text = now.astimezone(UTC).strftime("%Y%m%d%H%M%SZ")
        info = token_shape.tst_info(self._policy_der, message_imprint, serial, time_text, nonce)
        attributes = token_shape.signed_attributes(info, self._chain)
        parts = TokenParts(
            tst_info=info, signed_attributes=attributes, signature=self._handle.sign(attributes)
        )
        return token_shape.encode(parts, self._chain)

    @property
    def key_id(self) -> bytes:
        """The key that stamps."""
        return self._handle.key_id

    def _require_usable(self, now: datetime) -> None:
        certificate = self._chain.certificate
        try:
            self._handle.require_usable(now)
        except Refused as error:
            raise DependencyUnavailable("tsa_unavailable", source="local", cause="key_use_ended") from error
        second = now.astimezone(UTC).replace(microsecond=0)
        if not certificate.not_valid_before_utc <= second <= certificate.not_valid_after_utc:
            raise DependencyUnavailable("tsa_unavailable", source="local", cause="certificate_out_of_time")


class HouseTimeStamper:
    """The authority of a key store: each token is made by the key that is current then."""

    def __init__(self, keys: KeyStore, entropy: Entropy = os.urandom) -> None:
        """Stamp with the stamping key of ``keys``; raises as :class:`LocalTimeStamper`."""
        self._keys, self._entropy = keys, entropy
        self._made = self._make()

    def stamp(self, message_imprint: bytes, nonce: int | None, now: datetime) -> bytes:
        """As :meth:`LocalTimeStamper.stamp`."""
        if self._keys.private(Role.TIMESTAMP).key_id != self._made.key_id:
            self._made = self._make()
        return self._made.stamp(message_imprint, nonce, now)

    def _make(self) -> LocalTimeStamper:
        chain = self._keys.chain(Role.TIMESTAMP)
        return LocalTimeStamper(self._keys.private(Role.TIMESTAMP), chain[:-1], self._entropy)

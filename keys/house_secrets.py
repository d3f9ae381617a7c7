"""The versioned symmetric secrets of a house: salts, keyed hashes, data encryption.

Three names, one purpose each: ``salt`` gives the salts of report fields, ``keyed_hash``
the look-up values of certificate numbers and typed codes, ``data`` encrypts what rests
in the database.  Old versions stay readable; the newest is used for new work.

Encrypted data::  version(1)=1  secret_version(u16)  nonce(12)  AES-256-GCM(plaintext + tag(16))
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.errors import InvariantBroken, MalformedInput, NotFound
from keys.vault import Entropy

_FORMAT: Final = b"\x01"
_HEAD_BYTES: Final = 15
_TAG_BYTES: Final = 16
_MAX_OUTPUT_BYTES: Final = 255 * 32
SaltFor = Callable[[int, int], bytes]
"""(leaf index, field index) -> 32 bytes."""


class SecretName(StrEnum):
    """What a symmetric secret is for."""

    SALT = "salt"
    KEYED_HASH = "keyed_hash"
    DATA = "data"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class HouseSecrets:
    """Every version of every secret, in memory only; no repr, so that no log shows one."""

    values: Mapping[SecretName, Mapping[int, bytes]]
    entropy: Entropy

    @classmethod
    def fresh(cls, entropy: Entropy) -> HouseSecrets:
        """Version 1 of each secret, 32 bytes each."""
        return cls(values={name: {1: entropy(32)} for name in SecretName}, entropy=entropy)

    def rotated(self, name: SecretName | str) -> HouseSecrets:
        """The same secrets with one more version of ``name``, now the newest."""
        versions = dict(self.values[SecretName(name)])
        versions[max(versions) + 1] = self.entropy(32)
        return HouseSecrets(values={**self.values, SecretName(name): versions}, entropy=self.entropy)

    def secret(self, name: SecretName | str, version: int | None = None) -> tuple[int, bytes]:
        """Version and value of a secret, the newest without ``version``; NotFound ``secret_unknown``."""
        try:
            versions = self.values[SecretName(name)]
            chosen = max(versions) if version is None else version
            return chosen, versions[chosen]
        except (KeyError, ValueError) as error:
            raise NotFound("secret_unknown", name=str(name), version=version) from error

    def derive(
        self,
        name: SecretName | str,
        *,
        salt: bytes = b"",
        info: bytes,
        length: int = 32,
        version: int | None = None,
    ) -> bytes:
        """``length`` bytes by HKDF-SHA-256 (RFC 5869) from a secret; same inputs, same bytes."""
        prk = hmac.digest(salt or bytes(32), self.secret(name, version)[1], "sha256")
        return _expand(prk, info, length)

    def salt_for(self, number: str, version: int | None = None) -> SaltFor:
        """The field salts of report ``number``: HKDF(salt secret, number, leaf u32 and field u32).

        The first half of HKDF runs once per report, the second once per field.
        """
        key = self.secret(SecretName.SALT, version)[1]
        prk = hmac.digest(number.encode(), key, "sha256")

        def salt(leaf: int, field: int) -> bytes:
            return _expand(
                prk, b"daizheng field salt v1" + leaf.to_bytes(4, "big") + field.to_bytes(4, "big"), 32
            )

        return salt

    def keyed_hash(self, data: bytes, *, purpose: str = "general", version: int | None = None) -> bytes:
        """32 bytes that only this house can compute from ``data``; another purpose gives other bytes."""
        key = self.secret(SecretName.KEYED_HASH, version)[1]
        label = purpose.encode()
        return hmac.digest(key, len(label).to_bytes(2, "big") + label + data, "sha256")

    def encrypt(self, data: bytes, aad: bytes) -> bytes:
        """``data`` sealed with the newest data secret; ``aad`` must be given again to open it."""
        version, key = self.secret(SecretName.DATA)
        head = _FORMAT + version.to_bytes(2, "big")
        nonce = self.entropy(12)
        return head + nonce + AESGCM(key).encrypt(nonce, data, head + aad)

    def decrypt(self, sealed: bytes, aad: bytes) -> bytes:
        """What :meth:`encrypt` sealed.

        Raises MalformedInput ``sealed_data`` when it has not that form, InvariantBroken
        ``sealed_data_tampered`` when a bit or the ``aad`` differs, NotFound ``secret_unknown``.
        """
        if len(sealed) < _HEAD_BYTES + _TAG_BYTES or not sealed.startswith(_FORMAT):
            raise MalformedInput("sealed_data", length=len(sealed))
        _, key = self.secret(SecretName.DATA, int.from_bytes(sealed[1:3], "big"))
        try:
            return AESGCM(key).decrypt(sealed[3:_HEAD_BYTES], sealed[_HEAD_BYTES:], sealed[:3] + aad)
        except InvalidTag as error:
            raise InvariantBroken("sealed_data_tampered") from error

    def encode(self) -> bytes:
        """JSON for the sealed file: name to version to base64."""
        table = {
            name.value: {
                str(version): base64.b64encode(value).decode() for version, value in versions.items()
            }
            for name, versions in self.values.items()
        }
        return json.dumps(table, sort_keys=True).encode()

    @classmethod
    def decode(cls, data: bytes, entropy: Entropy) -> HouseSecrets:
        """The secrets that :meth:`encode` wrote; MalformedInput ``secrets_file`` on anything else."""
        try:
            table = json.loads(data)
            values = {
                name: {int(v): base64.b64decode(text, validate=True) for v, text in table[name.value].items()}
                for name in SecretName
            }
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error) as error:
            raise MalformedInput("secrets_file") from error
        if any(
            not versions or any(len(value) != 32 for value in versions.values())
            for versions in values.values()
        ):
            raise MalformedInput("secrets_file")
        return cls(values=values, entropy=entropy)


def _expand(prk: bytes, info: bytes, length: int) -> bytes:
    if not 0 < length <= _MAX_OUTPUT_BYTES:
        raise MalformedInput("derived_length", length=length)
    block, out = b"", b""
    for counter in range(1, (length + 31) // 32 + 1):
        block = hmac.digest(prk, block + info + bytes([counter]), "sha256")
        out += block
    return out[:length]

"""A directory of sealed files: the form in which secrets rest on disk.

Grammar (all files 0600 in a directory 0700, replaced atomically)::

    store.json    {"type": "urn:daizheng:key-store:1", "kdf": {"name": "scrypt", "log2_n", "r", "p", "salt"},
                   "master": base64(SEALED)}
    SEALED        = "DZSEAL" 0x01 nonce(12) AES-256-GCM(plaintext + tag(16)); the file's name is authenticated
    AUTHENTIC     = 64 hex digits of HMAC-SHA-256, LF, body; the file's name is authenticated

The passphrase opens only the random master key, so that it can be changed without
touching a key file.  An edited, swapped or renamed file is found; putting back an older
copy of the whole directory is not, which is a matter for the backup's own rules.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import hmac
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from domain.errors import Conflict, InvariantBroken, NotFound, Refused

TYPE: Final = "urn:daizheng:key-store:1"
Entropy = Callable[[int], bytes]
Stamp = tuple[int, int, int]
"""Inode, time of change in ns and size of a file."""
"""Gives that many bytes nobody can guess."""

_MAGIC: Final = b"DZSEAL\x01"
_NONCE_BYTES: Final = 12
_STORE: Final = "store.json"
_MAX_FILE_BYTES: Final = 1 << 20
_MIN_PASSPHRASE_BYTES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Kdf:
    """Cost of trying one passphrase: scrypt (RFC 7914) with N = 2**log2_n, r and p."""

    log2_n: int = 17
    r: int = 8
    p: int = 1

    def __post_init__(self) -> None:
        """Refuse a cost too low to protect or so high that opening would exhaust memory (1 GiB)."""
        if not (14 <= self.log2_n <= 20 and self.r == 8 and 1 <= self.p <= 4):
            raise InvariantBroken("key_file_tampered", file=_STORE)

    def key(self, passphrase: bytes, salt: bytes) -> bytes:
        """The 32-byte key that this passphrase gives with this salt."""
        return Scrypt(salt=salt, length=32, n=1 << self.log2_n, r=self.r, p=self.p).derive(passphrase)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Vault:
    """An opened directory; holds the master key, so it has no repr and is never logged."""

    directory: Path
    master: bytes
    entropy: Entropy

    @classmethod
    def create(cls, directory: Path, passphrase: bytes, *, kdf: Kdf, entropy: Entropy) -> Vault:
        """A new vault stands in ``directory``; Conflict ``key_store_exists``, Refused ``passphrase_*``."""
        _require_passphrase(passphrase)
        if (directory / _STORE).exists():
            raise Conflict("key_store_exists", directory=str(directory))
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.chmod(0o700)
        vault = cls(directory=directory, master=entropy(32), entropy=entropy)
        salt = entropy(16)
        sealed = _seal(kdf.key(passphrase, salt), vault.master, _STORE, entropy)
        vault.write_plain(_STORE, _header(kdf, salt, sealed))
        return vault

    @classmethod
    def open(cls, directory: Path, passphrase: bytes, *, entropy: Entropy) -> Vault:
        """The vault in ``directory``, unlocked.

        Raises NotFound ``key_store_missing``, Refused ``passphrase_missing``,
        ``passphrase_wrong`` or ``key_files_exposed``, InvariantBroken ``key_file_tampered``.
        """
        if not passphrase:
            raise Refused("passphrase_missing")
        _require_private(directory, 0o077)
        kdf, salt, sealed = _read_header(_read(directory, _STORE))
        try:
            master = _unseal(kdf.key(passphrase, salt), sealed, _STORE)
        except InvalidTag as error:
            raise Refused("passphrase_wrong", directory=str(directory)) from error
        return cls(directory=directory, master=master, entropy=entropy)

    def subkey(self, purpose: str) -> bytes:
        """32 bytes for one purpose, derived from the master key (HKDF-Expand, RFC 5869, one block)."""
        return hmac.digest(self.master, b"daizheng key store\x00" + purpose.encode() + b"\x01", "sha256")

    def seal(self, name: str, plaintext: bytes) -> None:
        """File ``name`` holds ``plaintext``, encrypted and bound to its name."""
        self.write_plain(name, _seal(self.subkey("seal"), plaintext, name, self.entropy))

    def unseal(self, name: str) -> bytes:
        """What :meth:`seal` put in; InvariantBroken ``key_file_tampered``, NotFound ``key_file_missing``."""
        try:
            return _unseal(self.subkey("seal"), self.read_plain(name), name)
        except InvalidTag as error:
            raise InvariantBroken("key_file_tampered", file=name) from error

    def write_authentic(self, name: str, body: bytes) -> None:
        """File ``name`` holds ``body`` readable by eye, with a tag that only this vault can make."""
        self.write_plain(name, self._tag(name, body) + b"\n" + body)

    def read_authentic(self, name: str) -> bytes:
        """What :meth:`write_authentic` put in; InvariantBroken ``key_file_tampered`` after any edit."""
        tag, _, body = self.read_plain(name).partition(b"\n")
        if not hmac.compare_digest(tag, self._tag(name, body)):
            raise InvariantBroken("key_file_tampered", file=name)
        return body

    def write_plain(self, name: str, data: bytes) -> None:
        """File ``name`` holds ``data`` as it is, on disk and complete, or is unchanged (public data only)."""
        temporary = self.directory / f".{name}.{self.entropy(6).hex()}"
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(self.directory / name)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
        _sync_directory(self.directory)

    def read_plain(self, name: str) -> bytes:
        """The bytes of file ``name``; NotFound ``key_file_missing``, Refused ``key_files_exposed``."""
        return _read(self.directory, name)

    def stamp(self, name: str) -> Stamp | None:
        """What differs once file ``name`` was written anew; None while it cannot be seen."""
        try:
            # Asked before each use of a key: joining paths would take longer than asking.
            seen = os.stat(f"{self.directory}/{name}")  # noqa: PTH116
        except OSError:
            return None
        return seen.st_ino, seen.st_mtime_ns, seen.st_size

    def has(self, name: str) -> bool:
        """True when file ``name`` exists."""
        return (self.directory / name).is_file()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """No other process is inside an ``exclusive`` block of this directory."""
        handle = os.open(self.directory / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def change_passphrase(self, passphrase: bytes, *, kdf: Kdf) -> None:
        """Only ``passphrase`` opens this vault from now on; key files stay as they are."""
        _require_passphrase(passphrase)
        salt = self.entropy(16)
        sealed = _seal(kdf.key(passphrase, salt), self.master, _STORE, self.entropy)
        self.write_plain(_STORE, _header(kdf, salt, sealed))

    def _tag(self, name: str, body: bytes) -> bytes:
        return hmac.digest(self.subkey("authentic"), name.encode() + b"\x00" + body, "sha256").hex().encode()


def _header(kdf: Kdf, salt: bytes, sealed: bytes) -> bytes:
    header = {
        "type": TYPE,
        "kdf": {"name": "scrypt", "log2_n": kdf.log2_n, "r": kdf.r, "p": kdf.p, "salt": _b64(salt)},
        "master": _b64(sealed),
    }
    return json.dumps(header, indent=2).encode() + b"\n"


def _read_header(data: bytes) -> tuple[Kdf, bytes, bytes]:
    try:
        header = json.loads(data)
        kdf = header["kdf"]
        if header["type"] != TYPE or kdf["name"] != "scrypt":
            raise ValueError(header["type"])
        salt = base64.b64decode(kdf["salt"], validate=True)
        sealed = base64.b64decode(header["master"], validate=True)
        return Kdf(log2_n=int(kdf["log2_n"]), r=int(kdf["r"]), p=int(kdf["p"])), salt, sealed
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error) as error:
        raise InvariantBroken("key_file_tampered", file=_STORE) from error


def _seal(key: bytes, plaintext: bytes, name: str, entropy: Entropy) -> bytes:
    nonce = entropy(_NONCE_BYTES)
    return _MAGIC + nonce + AESGCM(key).encrypt(nonce, plaintext, _MAGIC + name.encode())


def _unseal(key: bytes, sealed: bytes, name: str) -> bytes:
    start = len(_MAGIC) + _NONCE_BYTES
    if not sealed.startswith(_MAGIC) or len(sealed) < start + 16:
        raise InvariantBroken("key_file_tampered", file=name)
    return AESGCM(key).decrypt(sealed[len(_MAGIC) : start], sealed[start:], _MAGIC + name.encode())


def _read(directory: Path, name: str) -> bytes:
    path = directory / name
    try:
        _require_private(path, 0o077)
        with path.open("rb") as stream:
            data = stream.read(_MAX_FILE_BYTES + 1)
    except FileNotFoundError as error:
        code = "key_store_missing" if name == _STORE else "key_file_missing"
        raise NotFound(code, directory=str(directory), file=name) from error
    if len(data) > _MAX_FILE_BYTES:
        raise InvariantBroken("key_file_tampered", file=name)
    return data


def _require_private(path: Path, forbidden: int) -> None:
    try:
        mode = path.stat().st_mode & 0o777
    except FileNotFoundError:
        return
    # SECURITY: a key that others may read has to be taken as known; say so instead of using it.
    if mode & forbidden:
        raise Refused("key_files_exposed", path=str(path), mode=f"{mode:04o}")


def _require_passphrase(passphrase: bytes) -> None:
    if not passphrase:
        raise Refused("passphrase_missing")
    if len(passphrase) < _MIN_PASSPHRASE_BYTES:
        raise Refused("passphrase_short", minimum=_MIN_PASSPHRASE_BYTES)


def _sync_directory(directory: Path) -> None:
    # NOTE: without this a power cut may forget the rename although the file's bytes are safe.
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()

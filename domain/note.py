"""C2SP signed-note: text with signature lines (c2sp.org/signed-note).

Grammar::

    note      = text LF 1*signature
    text      = *( *CHAR LF )                         ; ends in LF
    signature = %xE2.80.94 SP name SP base64(key-hash(4) signature) LF
    vkey      = name "+" 8HEXDIG "+" base64(type(1) public-key)
    key-hash  = SHA-256(name LF type public-key)[:4]

CHAR is any UTF-8 character but a control below U+0020.  Text and signatures part at the
last empty line.  Nothing is signed or checked here: ``Note.signed_bytes`` is what a
signature covers, exactly as received.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from domain.base_text import base64_decode, base64_encode
from domain.errors import MalformedInput

ED25519: Final = 0x01
"""Signature type: plain Ed25519 over the text."""
ED25519_COSIGNATURE: Final = 0x04
"""Signature type: time-stamped witness cosignature (c2sp.org/tlog-cosignature)."""

MAX_NOTE_BYTES: Final = 1 << 20
MAX_SIGNATURES: Final = 64
"""The specification asks for at least 16."""

_DASH: Final = "\u2014 "
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
_NAME: Final = re.compile(r"[^\s+]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSignature:
    """One signature line."""

    name: str
    key_hash: bytes
    """Four bytes; with the name it says which key signed."""
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A decoded note."""

    text: bytes
    """Including its final newline."""
    signatures: tuple[NoteSignature, ...]

    @property
    def signed_bytes(self) -> bytes:
        """What a plain signature of this note covers."""
        return self.text


def encode(text: bytes, signatures: Sequence[NoteSignature]) -> bytes:
    """The note as bytes; MalformedInput ``note_form`` if no reader could take it back."""
    lines = "".join(encode_line(item) for item in signatures)
    try:
        whole = text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedInput("note_form") from error
    if not lines or not whole.endswith("\n") or _CONTROL.search(whole):
        raise MalformedInput("note_form")
    data = f"{whole}\n{lines}".encode()
    for size, limit in ((len(data), MAX_NOTE_BYTES), (len(signatures), MAX_SIGNATURES)):
        if size > limit:
            raise MalformedInput("note_too_long", size=size, limit=limit)
    return data


def decode(data: bytes) -> Note:
    """The note those bytes hold; MalformedInput ``note_form`` or ``note_too_long``."""
    if len(data) > MAX_NOTE_BYTES:
        raise MalformedInput("note_too_long", size=len(data), limit=MAX_NOTE_BYTES)
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedInput("note_form") from error
    cut = whole.rfind("\n\n")
    if cut < 0 or _CONTROL.search(whole) or not whole.endswith("\n"):
        raise MalformedInput("note_form")
    lines = whole[cut + 2 : -1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise MalformedInput("note_too_long", size=len(lines), limit=MAX_SIGNATURES)
    return Note(text=whole[: cut + 1].encode("utf-8"), signatures=tuple(_signature(line) for line in lines))


def with_lines(data: bytes, lines: Sequence[NoteSignature]) -> bytes:
    """The note ``data`` with further signature lines at its end; MalformedInput ``note_form``."""
    longer = data + "".join(encode_line(item) for item in lines).encode("utf-8")
    decode(longer)
    return longer


def decode_lines(data: bytes) -> tuple[NoteSignature, ...]:
    """Signature lines that stand alone, as a witness answers; MalformedInput ``note_form``."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedInput("note_form") from error
    lines = text[:-1].split("\n")
    if not text.endswith("\n") or len(lines) > MAX_SIGNATURES:
        raise MalformedInput("note_form")
    return tuple(_signature(line) for line in lines)


def encode_line(item: NoteSignature) -> str:
    """One signature line with its line end; MalformedInput ``note_form`` or ``note_name``."""
    if len(item.key_hash) != 4 or not item.signature:
        raise MalformedInput("note_form")
    return f"{_DASH}{check_name(item.name)} {base64_encode(item.key_hash + item.signature)}\n"


def _signature(line: str) -> NoteSignature:
    name, gap, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not gap:
        raise MalformedInput("note_form")
    raw = base64_decode(encoded)
    if len(raw) < 5:
        raise MalformedInput("note_form")
    return NoteSignature(name=check_name(name), key_hash=raw[:4], signature=raw[4:])


def check_name(name: str) -> str:
    """``name`` if it can name a key; else MalformedInput ``note_name``."""
    if _NAME.fullmatch(name) is None or _CONTROL.search(name):
        raise MalformedInput("note_name", name=name[:80])
    return name


def key_hash(name: str, kind: int, public_key: bytes) -> bytes:
    """The four bytes that name a key in a signature line."""
    return hashlib.sha256(check_name(name).encode("utf-8") + b"\n" + bytes([kind]) + public_key).digest()[:4]


@lru_cache(maxsize=16)
def ed25519_key_hash(name: str, public_key: bytes) -> bytes:
    """The key hash of a plain Ed25519 key given its 32 raw bytes."""
    return VerifierKey(name=name, kind=ED25519, public_key=public_key).key_hash


def cosignature_message(text: bytes, seconds: int) -> bytes:
    """What an Ed25519 witness cosignature at that POSIX time covers (tlog-cosignature, v1)."""
    return b"cosignature/v1\ntime %d\n" % seconds + text


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """A public key with the name it signs under; printed as a ``vkey``."""

    name: str
    kind: int
    """Signature type byte: :data:`ED25519` or :data:`ED25519_COSIGNATURE`."""
    public_key: bytes
    """Raw public key, 32 bytes."""

    def __post_init__(self) -> None:
        """Refuse names, types and lengths that no key of ours has."""
        check_name(self.name)
        if self.kind not in (ED25519, ED25519_COSIGNATURE) or len(self.public_key) != 32:
            raise MalformedInput("vkey_form")

    @property
    def key_hash(self) -> bytes:
        """The four bytes that name this key in a signature line."""
        return key_hash(self.name, self.kind, self.public_key)

    def __str__(self) -> str:
        """The key as ``name+hash+base64``."""
        return f"{self.name}+{self.key_hash.hex()}+{base64_encode(bytes([self.kind]) + self.public_key)}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """The key of that ``vkey`` text; MalformedInput ``vkey_form``, ``note_name`` or ``base64_form``."""
        parts = text.split("+", 2)
        if len(parts) != 3:
            raise MalformedInput("vkey_form")
        raw = base64_decode(parts[2])
        if len(raw) != 33:
            raise MalformedInput("vkey_form")
        key = cls(name=parts[0], kind=raw[0], public_key=raw[1:])
        if key.key_hash.hex() != parts[1]:
            raise MalformedInput("vkey_form")
        return key

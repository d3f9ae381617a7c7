"""Bytes as text (RFC 4648), read strictly: each value has exactly one spelling.

Python's own decoders skip foreign characters and ignore the unused low bits of the
last character; either would let two texts stand for one signed value.
"""

from __future__ import annotations

import base64
import binascii

from domain.errors import MalformedInput


def base64_encode(data: bytes) -> str:
    """Standard base64 with padding (section 4)."""
    return base64.b64encode(data).decode("ascii")


def base64_decode(text: str) -> bytes:
    """The bytes of canonical padded base64; MalformedInput ``base64_form``."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (ValueError, binascii.Error) as error:
        raise MalformedInput("base64_form") from error
    if base64_encode(data) != text:
        raise MalformedInput("base64_form")
    return data


def base64url_encode(data: bytes) -> str:
    """URL-safe base64 without padding (section 5)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def base64url_decode(text: str) -> bytes:
    """The bytes of canonical unpadded URL-safe base64; MalformedInput ``base64_form``."""
    try:
        data = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise MalformedInput("base64_form") from error
    if base64url_encode(data) != text:
        raise MalformedInput("base64_form")
    return data


def base32_encode(data: bytes) -> str:
    """Base32 without padding, upper case (section 6): fits the alphanumeric mode of a QR code."""
    return base64.b32encode(data).rstrip(b"=").decode("ascii")


def base32_decode(text: str) -> bytes:
    """The bytes of canonical unpadded upper-case base32; MalformedInput ``base32_form``."""
    try:
        data = base64.b32decode(text.encode("ascii") + b"=" * (-len(text) % 8))
    except (ValueError, binascii.Error) as error:
        raise MalformedInput("base32_form") from error
    if base32_encode(data) != text:
        raise MalformedInput("base32_form")
    return data


def hex_decode(text: str, length: int) -> bytes:
    """``length`` bytes from lower-case hex; MalformedInput ``hex_form``."""
    try:
        data = bytes.fromhex(text) if text.isascii() else b""
    except ValueError as error:
        raise MalformedInput("hex_form") from error
    if len(data) != length or data.hex() != text:
        raise MalformedInput("hex_form")
    return data

"""The secrets that open something: 授权码 of a grant, opening of a browser, live code of a phone.

Grammar::

    token    = prefix 58BASE32LOWER
    prefix   = "dzg_"                  ; 授权码: made by the subject, shown once
             / "dzo_"                  ; an opening: what a redeemed grant gives one browser or program
             / "dzl_"                  ; a live code (一码通): sixty seconds, works once
             / "dzk_"                  ; an API key of an organisation
    body     = secret(32) check(4)     ; the check: first 4 bytes of SHA-256(tag prefix secret)
    link     = base path "#" letter 58BASE32UPPER      ; letter: G for a grant, L for a live code

A person copies a token by hand, so letters may be in either case, blanks and hyphens may
stand anywhere, and the check tells a slip of the pen from a code that nobody gave out.
The check is no secret and proves nothing: whether a token opens anything, the store says.
"""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum
from typing import Final

from domain.base_text import base32_decode, base32_encode
from domain.errors import MalformedInput

SECRET_BYTES: Final = 32
CHECK_BYTES: Final = 4
MAX_TYPED: Final = 2048
"""Characters looked at before anything else is asked."""
_TAG: Final = b"daizheng/token/v1\n"
_BODY: Final = re.compile(r"[a-z2-7]{58}", re.ASCII).fullmatch
_NOISE: Final = re.compile(r"[\s\-\u2010-\u2015\u200b\ufeff]+")
_VERIFICATION_CODE: Final = re.compile(r"[0-9]{12}", re.ASCII).fullmatch


class TokenKind(StrEnum):
    """What a token opens; the value is its prefix."""

    GRANT = "dzg_"
    OPENING = "dzo_"
    LIVE = "dzl_"
    API_KEY = "dzk_"


_LETTER: Final = {TokenKind.GRANT: "G", TokenKind.LIVE: "L"}
_KIND_OF_LETTER: Final = {letter.lower(): kind for kind, letter in _LETTER.items()}


def encode(kind: TokenKind, secret: bytes) -> str:
    """The token of a 32-byte secret; MalformedInput ``grant_token_form`` for another length."""
    return kind.value + _body(kind, secret).lower()


def fragment(kind: TokenKind, secret: bytes) -> str:
    """What stands behind ``#`` in a link or QR code: upper case fits its alphanumeric mode."""
    return _LETTER[kind] + _body(kind, secret)


def decode(kind: TokenKind, text: str) -> bytes:
    """The secret in a typed or scanned token, link or fragment of that kind.

    Raises MalformedInput: ``grant_token_verification_code`` for a 核验码, ``grant_token_kind``
    for a token of another kind, ``grant_token_form`` for what is no token at all,
    ``grant_token_typo`` where the check does not fit.
    """
    plain = _NOISE.sub("", text[: MAX_TYPED + 1]).lower()
    if len(text) > MAX_TYPED:
        raise MalformedInput("grant_token_form")
    if _VERIFICATION_CODE(plain):
        raise MalformedInput("grant_token_verification_code")
    found, body = _split(plain)
    if found is not None and found is not kind:
        raise MalformedInput("grant_token_kind", found=found.name.lower())
    if found is None or _BODY(body) is None:
        raise MalformedInput("grant_token_form")
    return _checked(kind, body)


def _split(plain: str) -> tuple[TokenKind | None, str]:
    """Kind and body of a token in one of its spellings."""
    for kind in TokenKind:
        if plain.startswith(kind.value):
            return kind, plain.removeprefix(kind.value)
    tail = plain.rsplit("#", 1)[-1]
    return _KIND_OF_LETTER.get(tail[:1]), tail[1:]


def _checked(kind: TokenKind, body: str) -> bytes:
    try:
        data = base32_decode(body.upper())
    except MalformedInput as error:
        # The last letter carries spare bits: a wrong one is a slip like any other.
        raise MalformedInput("grant_token_typo") from error
    secret, check = data[:SECRET_BYTES], data[SECRET_BYTES:]
    if _check(kind, secret) != check:
        raise MalformedInput("grant_token_typo")
    return secret


def _body(kind: TokenKind, secret: bytes) -> str:
    if len(secret) != SECRET_BYTES:
        raise MalformedInput("grant_token_form")
    return base32_encode(secret + _check(kind, secret))


def _check(kind: TokenKind, secret: bytes) -> bytes:
    return hashlib.sha256(_TAG + kind.value.encode() + secret).digest()[:CHECK_BYTES]

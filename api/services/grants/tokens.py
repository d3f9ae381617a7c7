"""Secrets of grants, openings and live codes: shown once, kept as keyed hashes, found by them."""

from __future__ import annotations

from api.services.context import Context
from domain.grant_token import SECRET_BYTES, TokenKind, decode
from keys.house_secrets import SecretName

FACTOR_PURPOSE = "grant-factor"


def fresh(context: Context) -> bytes:
    """Give a new secret of 256 bits."""
    return context.entropy(SECRET_BYTES)


def kept(context: Context, kind: TokenKind, secret: bytes) -> tuple[int, bytes]:
    """Give the version of the house's key and the keyed hash that the store keeps."""
    version, _ = context.keys.secret(SecretName.KEYED_HASH)
    return version, _hash(context, kind, secret, version)


def candidates(context: Context, kind: TokenKind, text: str) -> tuple[bytes, ...]:
    """Give the hashes under which the store may hold what a person typed, one for each version of the key.

    Raises MalformedInput ``grant_token_*`` for what is no token of that kind.
    """
    secret = decode(kind, text)
    versions = context.keys.secrets.values[SecretName.KEYED_HASH]
    # SECURITY: found by the hash alone, so neither the time nor the answer depends on how much of a
    # secret somebody guessed.
    return tuple(_hash(context, kind, secret, version) for version in sorted(versions))


def factor_hash(context: Context, grant: str, code: str, version: int) -> bytes:
    """Give the keyed hash of a grant's six digits; equal digits of two grants give other hashes."""
    data = grant.encode() + b"\x00" + code.encode()
    return context.keys.keyed_hash(data, purpose=FACTOR_PURPOSE, version=version)


def _hash(context: Context, kind: TokenKind, secret: bytes, version: int) -> bytes:
    return context.keys.keyed_hash(secret, purpose=f"token:{kind.value}", version=version)

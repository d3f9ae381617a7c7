"""Signing receipts and refresh statements: a compact JWS by the receipt key."""

from __future__ import annotations

from datetime import datetime

from domain.base_text import base64url_encode
from keys.custody import KeyStore
from keys.roles import Role
from keys.trust import pinned_jws


def sign_by_receipt_key(store: KeyStore, payload: bytes, *, typ: str, now: datetime) -> str:
    """The compact JWS over ``payload`` (canonical JSON), its chain in ``x5c``.

    Raises Refused ``key_use_ended`` when the receipt key's year is over.
    """
    handle = store.private(Role.RECEIPT)
    handle.require_usable(now)
    signed = f"{pinned_jws.header(store.chain(Role.RECEIPT), typ)}.{base64url_encode(payload)}"
    return f"{signed}.{base64url_encode(handle.sign_raw(signed.encode('ascii')))}"

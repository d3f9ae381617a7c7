"""Taking a bundle apart, and putting any header and payload together with a true signature."""

from __future__ import annotations

import base64
import json
from typing import Any

from keys.custody import KeyStore
from keys.roles import Role


def parts_of(data: bytes) -> tuple[dict[str, Any], bytes, bytes]:
    header, payload, signature = data.split(b".")

    def raw(text: bytes) -> bytes:
        return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))

    return json.loads(raw(header)), raw(payload), raw(signature)


def b64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def forged(house: KeyStore, header: dict[str, Any], payload: bytes, role: Role = Role.TRUST) -> bytes:
    """A JWS with any header, truly signed by a key of the house."""
    start = b64url(json.dumps(header).encode()) + b"." + b64url(payload)
    return start + b"." + b64url(house.private(role).sign_raw(start))

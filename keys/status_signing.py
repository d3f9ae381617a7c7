"""Signing a status list: a compact JWS by the status key, named in the header by its key id."""

from __future__ import annotations

from datetime import datetime

from domain import status_list
from domain.base_text import base64url_encode
from domain.errors import Refused
from domain.status_list import StatusList
from keys.custody import PrivateHandle
from keys.roles import Role
from keys.trust import status_token


def sign_status_list(listed: StatusList, handle: PrivateHandle, *, now: datetime) -> bytes:
    """The token of ``listed`` by the status key.

    The key is named by its id alone: who checks it has the trust bundle, and a chain of
    certificates in each token would weigh as much as a list does.

    Raises Refused ``certificate_issuer`` for a key of another role, ``key_use_ended``.
    """
    if handle.role is not Role.STATUS:
        raise Refused("certificate_issuer", role="status list", issuer=handle.role.value)
    handle.require_usable(now)
    payload = base64url_encode(status_list.encode(listed))
    signed = f"{status_token.header(handle.key_id)}.{payload}".encode("ascii")
    return signed + b"." + base64url_encode(handle.sign_raw(signed)).encode("ascii")

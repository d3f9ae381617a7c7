"""Places in a list, sealed: only this house made them, and each opens only the list it was made for."""

from __future__ import annotations

import json
from typing import Final

from api.services.context import Context
from domain.base_text import base64url_decode, base64url_encode
from domain.errors import CreditDocError, MalformedInput

MAX_CURSOR: Final = 400
_PURPOSE: Final = "api-cursor"


def sealed(context: Context, list_: str, place: tuple[str, ...]) -> str:
    """Give the cursor for what stands after ``place`` in ``list_`` (its name and whose it is)."""
    return base64url_encode(context.vault.seal(json.dumps(place).encode(), f"{_PURPOSE}:{list_}"))


def opened(context: Context, list_: str, cursor: str) -> tuple[str, ...]:
    """Give the place of a cursor; MalformedInput ``cursor_malformed`` for any that is not of this list."""
    try:
        if len(cursor) > MAX_CURSOR:
            raise MalformedInput("cursor_malformed")
        place = json.loads(context.vault.unseal(base64url_decode(cursor), f"{_PURPOSE}:{list_}"))
        return tuple(str(part) for part in place)
    except (CreditDocError, ValueError, TypeError) as error:
        raise MalformedInput("cursor_malformed") from error

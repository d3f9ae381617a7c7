"""The released bytes that the register keeps, for whoever proved to hold the report or its paper (R29)."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime, timedelta
from typing import Final

from api.services.context import Context
from api.services.issuing.showing import file_of
from api.services.readings import keep, kept_reading
from api.store.entries import Registered
from domain.errors import CreditDocError, InvariantBroken, Refused
from domain.times import parse_rfc3339, rfc3339
from verifier.evidence.model import Reading
from verifier.service import Verifier

PURPOSE: Final = "original-handle"
LIFE: Final = timedelta(minutes=15)
"""How long a page that showed a verdict may ask for the original's pictures or bytes."""


def handle(context: Context, number: str, now: datetime) -> str:
    """Give a sealed word that opens the original for 15 minutes; put it in a form, never in a link."""
    said = json.dumps({"number": number, "until": rfc3339(now + LIFE)}).encode()
    return base64.urlsafe_b64encode(context.vault.seal(said, PURPOSE)).decode("ascii").rstrip("=")


def number_of(context: Context, given: str, now: datetime) -> str:
    """Give the number a handle was made for; Refused ``original_closed`` for an old or a foreign one."""
    try:
        sealed = base64.urlsafe_b64decode(given + "=" * (-len(given) % 4))
        said = json.loads(context.vault.unseal(sealed, PURPOSE))
        number, until = str(said["number"]), parse_rfc3339(str(said["until"]))
    except (CreditDocError, binascii.Error, ValueError, KeyError, TypeError) as error:
        raise Refused("original_closed") from error
    if now > until:
        raise Refused("original_closed")
    return number


def original(context: Context, number: str) -> bytes:
    """Give the released bytes; NotFound ``number_unknown_here``."""
    return file_of(context, number)


def reading_of(context: Context, verifier: Verifier, line: Registered) -> Reading:
    """Give what the released bytes show; read anew, and kept, where no reading stands.

    Raises NotFound ``number_unknown_here``, InvariantBroken ``file_differs`` for bytes that are not
    those the register names.
    """
    with context.store.reading() as work:
        found = kept_reading(context, work, verifier, line.number, line.file_sha256)
    if found is not None:
        return found
    made = verifier.read(original(context, line.number))
    if made.sha256 != line.file_sha256:
        raise InvariantBroken("file_differs", number=line.number)
    with context.store.writing() as work:
        if keep(context, work, verifier, line.number, made):
            work.commit()
    return made

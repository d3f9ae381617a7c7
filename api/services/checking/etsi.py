"""The signature of a PDF as ETSI TS 119 102-2 tells it: on request, by a reader of its own."""

from __future__ import annotations

from threading import BoundedSemaphore
from typing import Final

from domain.errors import MalformedInput
from verifier.service import Verifier

_AT_ONCE: Final = BoundedSemaphore(1)
"""Each report starts a reader of its own, a second of one core: one after the other."""


def etsi_report(verifier: Verifier, data: bytes) -> bytes:
    """Give the XML; MalformedInput ``etsi_unreadable`` for bytes whose signature cannot be read."""
    with _AT_ONCE:
        xml = verifier.etsi_report(data)
    if xml is None:
        raise MalformedInput("etsi_unreadable")
    return xml

"""What a worker says about a PDF, as plain records; read from its answer as data, never trusted as code.

This module imports no PDF library, so that the process that judges never loads one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from domain.errors import MalformedInput
from verifier.worker import wire

REPORT: Final = "report.json"
CLAIM: Final = "claim.cose"
PROOF: Final = "log.tlog-proof"
ATTACHMENTS: Final = (CLAIM, PROOF, REPORT)
"""The embedded files of a report, in the order of its name tree."""

SIGNING_MARGIN: Final = timedelta(minutes=1)
"""The signature is judged this long after its time, when token and lists surely existed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfContents:
    """What a PDF holds, as far as a verdict asks."""

    pages: int
    problems: tuple[str, ...]
    """Ways in which the inside is not ours, as short words for the evidence."""
    active: tuple[str, ...]
    """Names of active content found outside streams."""
    attachments: dict[str, bytes]
    byte_range: tuple[int, ...]
    """``/ByteRange`` of the only signature as the PDF library sees it, else empty."""
    signatures: int
    certificates: tuple[bytes, ...]
    """DER in the document security store."""
    crls: tuple[bytes, ...]
    sealed: tuple[bytes, ...]
    """What stands in the signatures' ``/Contents``; only of a file that is not of our shape."""
    producer: str
    printed: bool
    """A printing program made it."""
    scanned: bool
    """Every page is one picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What pyHanko found; words are its own (ETSI EN 319 102-1 clause 5.1.3)."""

    indication: str
    """``PASSED``, ``FAILED`` or ``INDETERMINATE``."""
    sub_indication: str
    """For example ``HASH_FAILURE``; empty when passed."""
    coverage: str
    signer_sha256: str
    byte_range: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What a picture shows."""

    width: int
    height: int
    codes: tuple[str, ...]
    """Texts of the QR codes found, each once."""


def contents_from(answer: Mapping[str, Any]) -> PdfContents:
    """Return the contents part of an answer; MalformedInput ``frame_malformed`` for any other shape."""
    item = _object(answer.get("contents"))
    attachments = _object(item.get("attachments"))
    return PdfContents(
        pages=_number(item.get("pages")),
        problems=_texts(item.get("problems")),
        active=_texts(item.get("active")),
        attachments={name: wire.unpack(body) for name, body in attachments.items() if name in ATTACHMENTS},
        byte_range=_numbers(item.get("byte_range")),
        signatures=_number(item.get("signatures")),
        certificates=tuple(wire.unpack(each) for each in _list(item.get("certificates"))),
        crls=tuple(wire.unpack(each) for each in _list(item.get("crls"))),
        sealed=tuple(wire.unpack(each) for each in _list(item.get("sealed"))),
        producer=_text(item.get("producer")),
        printed=item.get("printed") is True,
        scanned=item.get("scanned") is True,
    )


def opinion_from(answer: Mapping[str, Any]) -> Opinion:
    """Return pyHanko's part of an answer; MalformedInput ``frame_malformed`` for any other shape."""
    item = _object(answer.get("opinion"))
    return Opinion(
        indication=_text(item.get("indication")),
        sub_indication=_text(item.get("sub_indication")),
        coverage=_text(item.get("coverage")),
        signer_sha256=_text(item.get("signer_sha256")),
        byte_range=_numbers(item.get("byte_range")),
    )


def picture_from(answer: Mapping[str, Any]) -> Picture:
    """Return the picture part of an answer; MalformedInput ``frame_malformed`` for any other shape."""
    item = _object(answer.get("picture"))
    return Picture(
        width=_number(item.get("width")), height=_number(item.get("height")), codes=_texts(item.get("codes"))
    )


def sheet_from(answer: Mapping[str, Any]) -> tuple[int, Picture]:
    """Return how many pages a scan has and what one shows; MalformedInput ``frame_malformed``."""
    return _number(answer.get("pages")), picture_from(answer)


def drawn_from(answer: Mapping[str, Any]) -> tuple[bytes, ...]:
    """Return the pictures of an answer; MalformedInput ``frame_malformed`` for any other shape."""
    return tuple(wire.unpack(each) for each in _list(answer.get("pictures")))


def attachment_from(answer: Mapping[str, Any]) -> bytes:
    """Return the attachment of an answer; MalformedInput ``frame_malformed`` for any other shape."""
    return wire.unpack(answer.get("attachment"))


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MalformedInput("frame_malformed")
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise MalformedInput("frame_malformed")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise MalformedInput("frame_malformed")
    return value


def _texts(value: object) -> tuple[str, ...]:
    return tuple(_text(item) for item in _list(value))


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise MalformedInput("frame_malformed")
    return value


def _numbers(value: object) -> tuple[int, ...]:
    return tuple(_number(item) for item in _list(value))

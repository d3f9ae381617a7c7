"""Readings of released files, kept sealed: a verdict on registered bytes without reading them again.

What the bytes show under one trust never changes (:class:`verifier.evidence.model.Reading`); what is asked
of the register, of revocation lists and of the clock does, so it is asked and judged anew each time:
no verdict is ever kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

from pydantic import ConfigDict, TypeAdapter, ValidationError

import domain
import keys.trust
import verifier
from api.services.context import Context
from api.store.unit_of_work import UnitOfWork
from domain.errors import CreditDocError
from domain.report import DataState, RegionRef, Scope, Totals
from domain.written_json import WrittenJson
from verifier.evidence.judged import JudgedContent
from verifier.evidence.model import LogProof, Reading, Report, Seal, Times
from verifier.gate.byte_gate import GateFacts
from verifier.gate.pins import Pin
from verifier.pdf.facts import Opinion, PdfContents
from verifier.service import Verifier

PURPOSE: Final = "reading"
_LIBRARIES: Final = ("cryptography", "pyhanko", "pyhanko-certvalidator")


@dataclass(frozen=True, slots=True)
class KeptDomain:
    """A row of the domain table, as far as it is judged."""

    id: str
    data_state: DataState


@dataclass(frozen=True, slots=True)
class KeptTree:
    """The record tree, without what its root was computed from."""

    root: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptContent:
    """A report's content as far as it is judged: see :class:`verifier.evidence.judged.JudgedContent`.

    Records, intervals and dummy leaves were compared with root, claim and log when the bytes were read.
    """

    number: str
    region: RegionRef
    as_of: datetime
    fresh_until: datetime | None
    scope: Scope
    domains: tuple[KeptDomain, ...]
    totals: Totals
    tree: KeptTree
    status_uri: str
    status_idx: int
    log_origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A reading without fault, as far as checks ask for it."""

    size: int
    gate: GateFacts
    contents: PdfContents
    opinion: Opinion
    names_stamper: bool
    seal: Seal
    pin: Pin
    role: str | None
    times: Times
    content: KeptContent
    json: str
    """As it stands in an answer."""
    log: LogProof


_FORM: Final[TypeAdapter[tuple[Kept]]] = TypeAdapter(
    tuple[Kept], config=ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
)


def kept_reading(
    context: Context, work: UnitOfWork, verifier_: Verifier, number: str, sha256: str
) -> Reading | None:
    """Give the kept reading of the released file of ``number`` with that SHA-256.

    None where there is none by this program under this trust.
    """
    under = _under(verifier_)
    sealed = work.reports.reading(number, under)
    kept = None if sealed is None else _opened(context, sealed, _purpose(sha256, under))
    return None if kept is None else _restored(kept, sha256)


def keep(context: Context, work: UnitOfWork, verifier_: Verifier, number: str, reading: Reading) -> bool:
    """Keep a reading of ``number``'s file within ``work``; False for one with a fault, which is not kept."""
    lean = _lean(reading)
    if lean is None:
        return False
    under = _under(verifier_)
    packed = context.vault.pack(_FORM.dump_json((lean,)), _purpose(reading.sha256, under))
    work.reports.keep_reading(number, under, packed)
    return True


def _purpose(sha256: str, under: str) -> str:
    # SECURITY: a sealed reading opens only for the bytes, the trust and the program it was made by.
    return f"{PURPOSE}:{sha256}:{under}"


def _opened(context: Context, sealed: bytes, purpose: str) -> Kept | None:
    try:
        return _FORM.validate_json(context.vault.unpack(sealed, purpose))[0]
    except (CreditDocError, ValidationError):
        return None  # what does not open is made anew from the bytes


def _lean(reading: Reading) -> Kept | None:
    report, log, contents = reading.report, reading.log, reading.contents
    if reading.refusal is not None or reading.fault is not None or report is None or log is None:
        return None
    if report.problem is not None or report.content is None or log.problem is not None:
        return None
    if report.json is None or contents is None:
        return None
    if reading.opinion is None or reading.seal is None or reading.pin is None or reading.times is None:
        return None
    return Kept(
        size=reading.size,
        gate=_lean_gate(reading.gate),
        # The lists in the file answer for the past: a question about a day before asks them.
        contents=replace(contents, attachments={}, certificates=(), sealed=()),
        opinion=reading.opinion,
        names_stamper=reading.names_stamper,
        seal=reading.seal,
        pin=_lean_pin(reading.pin),
        role=reading.role,
        times=reading.times,
        content=_judged(report.content),
        json=WrittenJson.of(report.json).text,
        log=log,
    )


def _lean_gate(gate: GateFacts) -> GateFacts:
    """Without the bytes that only reading looks at: of a file without fault they have been compared."""
    shape = None if gate.shape is None else replace(gate.shape, gap=b"")
    if gate.cms is None:
        return replace(gate, shape=shape)
    token = gate.cms.token
    lean_token = None if token is None else replace(token, pin=_lean_pin(token.pin))
    return replace(gate, shape=shape, cms=replace(gate.cms, pin=_lean_pin(gate.cms.pin), token=lean_token))


def _lean_pin(pin: Pin) -> Pin:
    return replace(pin, halves=())


def _judged(content: JudgedContent) -> KeptContent:
    return KeptContent(
        number=content.number,
        region=content.region,
        as_of=content.as_of,
        fresh_until=content.fresh_until,
        scope=content.scope,
        domains=tuple(KeptDomain(line.id, line.data_state) for line in content.domains),
        totals=content.totals,
        tree=KeptTree(content.tree.root, content.tree.size),
        status_uri=content.status_uri,
        status_idx=content.status_idx,
        log_origin=content.log_origin,
    )


def _restored(kept: Kept, sha256: str) -> Reading:
    return Reading(
        size=kept.size,
        sha256=sha256,
        gate=kept.gate,
        refusal=None,
        fault=None,
        contents=kept.contents,
        opinion=kept.opinion,
        names_stamper=kept.names_stamper,
        seal=kept.seal,
        pin=kept.pin,
        role=kept.role,
        times=kept.times,
        report=Report(content=kept.content, json=WrittenJson(kept.json), problem=None),
        log=kept.log,
    )


def _under(verifier_: Verifier) -> str:
    return hashlib.sha256(f"{_program()}:{verifier_.reads_under}".encode()).hexdigest()


@cache
def _program() -> str:
    """Of the code that reads, and of the libraries it leans on: another program reads for itself."""
    digest = hashlib.sha256()
    for path in sorted(_sources()):
        digest.update(path.name.encode() + b"\x00" + hashlib.sha256(path.read_bytes()).digest())
    for name in _LIBRARIES:
        digest.update(f"{name} {version(name)}\n".encode())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    yield Path(__file__)
    for package in (domain, verifier, keys.trust):
        for folder in package.__path__:
            yield from Path(folder).rglob("*.py")

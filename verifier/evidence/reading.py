"""Reads the bytes of one file: all that they show under the pins of one bundle, whenever they are read.

Order: the byte gate and our own arithmetic first, in this process; only a file that
passes both goes on to the PDF libraries in the sandbox.  A file that does not is looked at
there merely to say what kind of file it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from domain import trust_format
from domain.errors import MalformedInput
from domain.reasons import Reason
from domain.report_json import TYPE
from domain.trust_format import TrustBundle
from domain.verdict import Code
from keys.trust import OpenedBundle
from verifier.evidence import content_facts, log_facts
from verifier.evidence.model import LogProof, Reading, Report, Seal, Times
from verifier.evidence.seal import check_seal
from verifier.evidence.status_lists import StatusLists
from verifier.evidence.witness_facts import LogFetch
from verifier.gate import byte_gate
from verifier.gate.byte_gate import GateFacts, Refusal
from verifier.gate.pins import TIMESTAMP, Pins
from verifier.limits import VerifierLimits
from verifier.pdf.facts import REPORT, SIGNING_MARGIN, Opinion, PdfContents, contents_from, opinion_from
from verifier.ports import RegisterPort
from verifier.worker.pool import WorkerPool

_LIMITS: Final = frozenset({Reason.TOO_MANY_PAGES, Reason.TOO_MANY_PIXELS, Reason.BOMB, Reason.TOO_SLOW})
_NO_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What evidence is gathered from."""

    trust: OpenedBundle
    pins: Pins
    register: RegisterPort | None
    limits: VerifierLimits
    workers: WorkerPool
    lists: StatusLists | None = None
    log_fetch: LogFetch | None = None
    """Asks the log for its head and tiles; None without ``--online``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inside:
    """What only a file that passed gate and arithmetic shows."""

    fault: Reason | None = None
    contents: PdfContents | None = None
    opinion: Opinion | None = None
    times: Times | None = None
    report: Report | None = None
    log: LogProof | None = None


def read(data: bytes, sources: Sources) -> Reading:
    """Return what ``data`` shows; faults of the file are in it and never raised.

    Raises DependencyUnavailable ``sandbox_unavailable`` when no worker can be started.
    """
    facts = byte_gate.inspect(data, sources.pins, sources.limits)
    seal = check_seal(facts.shape.covered_sha256, facts.cms) if facts.shape and facts.cms else None
    sound = facts.refusal is None and seal is not None and _sound(seal)
    inside = _read_inside(data, facts, sources) if sound else _Inside()
    refusal, stranger = _triage(data, facts, sources)
    return Reading(
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        gate=replace(facts, derived=facts.derived or _respelled(stranger, sources.pins)),
        refusal=refusal,
        fault=inside.fault,
        contents=inside.contents or stranger,
        opinion=inside.opinion,
        names_stamper=_names_stamper(inside.contents, sources.pins),
        seal=seal,
        pin=facts.cms.pin if facts.cms else None,
        role=None if facts.signer is None else sources.pins.role_of(facts.signer),
        times=inside.times,
        report=inside.report,
        log=inside.log,
    )


def read_under(bundle: TrustBundle) -> str:
    """Return the SHA-256, in hex, of all in ``bundle`` that a reading depends on.

    A renewed bundle with fresh lists or other policies leaves it as it is; another certificate, host,
    log key or region file does not.
    """
    # SECURITY: what stands here must not be asked by `read`; revocation is asked anew for each verdict.
    lasting = replace(
        bundle,
        sequence=1,
        crls=(),
        key_status=(),
        status_lists=(),
        policies=(),
        made_at=_NO_TIME,
        expires_at=_NO_TIME,
    )
    return hashlib.sha256(trust_format.encode(lasting)).hexdigest()


def _names_stamper(contents: PdfContents | None, pins: Pins) -> bool:
    return contents is not None and any(pins.role_of(cert) == TIMESTAMP for cert in contents.certificates)


def _sound(seal: Seal) -> bool:
    return seal.digest and seal.signature and seal.token is not False


def _read_inside(data: bytes, facts: GateFacts, sources: Sources) -> _Inside:
    shape, cms = facts.shape, facts.cms
    if shape is None or cms is None:
        return _Inside()
    claimed = _claimed(shape.claimed)
    if claimed is None:
        return _Inside(fault=Reason.DAMAGED)
    token = cms.token.time if cms.token else None
    question = {
        "job": "document",
        "at": ((token or claimed) + SIGNING_MARGIN).isoformat(),
        "stamped": token is not None,
    }
    found: list[_Inside] = []

    def early(part: Mapping[str, Any]) -> None:
        # What cannot be read leaves nothing here; the answer's second part comes all the same.
        with suppress(MalformedInput):
            contents = contents_from(part)
            times = Times(claimed=claimed, token=token, log=None)
            found.append(_read_contents(data, facts, contents, times, sources.trust.bundle))

    answer = sources.workers.ask(question, data, early)
    if answer.result is not None and found:
        with suppress(MalformedInput):
            return replace(found[0], opinion=opinion_from(answer.result))
    fault = Reason.READER_FAILED if answer.result is not None else _reason(answer.reason)
    return _Inside(fault=fault, times=Times(claimed=claimed, token=token, log=None))


def _read_contents(
    data: bytes,
    facts: GateFacts,
    contents: PdfContents,
    times: Times,
    bundle: TrustBundle,
) -> _Inside:
    """Return all that depends on the contents and not on pyHanko's opinion."""
    shape, cms = facts.shape, facts.cms
    if shape is None or cms is None:
        return _Inside()
    report = content_facts.read_report(contents, bundle)
    log, log_time = (
        log_facts.read_proof(data, shape.prefix_length, contents, report.content, cms.pin, bundle.log)
        if report.content
        else (None, None)
    )
    return _Inside(contents=contents, times=replace(times, log=log_time), report=report, log=log)


def _claimed(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _reason(word: str | None) -> Reason:
    try:
        return Reason(word or "")
    except ValueError:
        return Reason.READER_FAILED


def _triage(data: bytes, facts: GateFacts, sources: Sources) -> tuple[Refusal | None, PdfContents | None]:
    """Say what kind of file a stranger's file is; files made from ours need no second look."""
    refusal = facts.refusal
    stranger = facts.shape is not None and facts.cms is None and not facts.derived
    if not stranger and (refusal is None or refusal.code is not Code.NOT_A_REPORT):
        return refusal, None
    answer = sources.workers.ask({"job": "triage"}, data)
    if answer.result is None:
        return _unreadable(_reason(answer.reason)), None
    try:
        contents = contents_from(answer.result)
    except MalformedInput:
        return _unreadable(Reason.READER_FAILED), None
    if refusal is None:
        looks_ours = _looks_like_a_report(contents) or (facts.signer and sources.pins.role_of(facts.signer))
        return (None if looks_ours else Refusal(Code.NOT_A_REPORT, Reason.FOREIGN_SIGNATURE)), contents
    return _kind(refusal, contents, sources.pins), contents


def _unreadable(reason: Reason) -> Refusal:
    if reason is Reason.ENCRYPTED:
        return Refusal(Code.ENCRYPTED, reason)
    return Refusal(Code.LIMITS_EXCEEDED if reason in _LIMITS else Code.UNREADABLE, reason)


def _respelled(contents: PdfContents | None, pins: Pins) -> bool:
    """Tell whether one of the signatures is ours in another spelling, which no search of the bytes finds.

    Poppler writes a signature as a string with escapes when it joins files.
    """
    sealed = contents.sealed if contents else ()
    return any(half in each for each in sealed for pin in pins.report for half in pin.halves)


def _kind(refusal: Refusal, contents: PdfContents, pins: Pins) -> Refusal:
    if _respelled(contents, pins):
        return Refusal(Code.ALTERED, Reason.RESAVED)
    ours = _looks_like_a_report(contents)
    if contents.signatures or refusal.reason == Reason.FOREIGN_SIGNATURE:
        code = Code.UNTRUSTED_ISSUER if ours else Code.NOT_A_REPORT
        return Refusal(code, Reason.UNKNOWN_CERTIFICATE if ours else Reason.FOREIGN_SIGNATURE)
    if ours:
        return Refusal(Code.NOT_A_REPORT, Reason.SIGNATURE_REMOVED)
    if contents.scanned:
        return Refusal(Code.NOT_A_REPORT, Reason.SCANNED_COPY)
    return Refusal(Code.NOT_A_REPORT, Reason.PRINTED_COPY) if contents.printed else refusal


def _looks_like_a_report(contents: PdfContents) -> bool:
    return TYPE.encode("ascii") in contents.attachments.get(REPORT, b"")

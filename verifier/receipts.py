"""Judges verification receipts and refresh statements, alone and without asking anybody.

A receipt comes as data (JWS with its log proof) or as the PDF that carries the data.  Of a PDF
first its bytes are held against our one shape, with the receipt key in the report key's place;
only one that passes is opened, in the sandbox, for the receipt inside it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from domain import receipt as receipts
from domain import receipt_file, tlog_proof
from domain import statement as statements
from domain.errors import CreditDocError, MalformedInput, Refused
from domain.identifiers import key_id
from domain.receipt import Receipt
from domain.receipt_file import ReceiptFile
from domain.report import Environment
from domain.statement import Statement
from domain.trust_format import Service
from domain.verdict import Status
from keys.trust import IssuerOutcome, OpenedBundle, issuer_now, spki_of, verify_note
from keys.trust.pinned_jws import open_pinned
from verifier.evidence.seal import check_seal
from verifier.gate import byte_gate
from verifier.gate.pins import make_pins
from verifier.limits import DEFAULT_LIMITS, VerifierLimits
from verifier.pdf.facts import attachment_from
from verifier.worker.pool import WorkerPool

ROLE: Final = "receipt"
ATTACHMENT: Final = "receipt.json"
MAX_DIFFERENCE: Final = timedelta(minutes=10)
OK: Final = "ok"
CODES: Final = {
    OK: Status.VALID,
    "log_unproven": Status.INDETERMINATE,
    "status_stale": Status.INDETERMINATE,
    "time_inconsistent": Status.INVALID,
    "not_logged": Status.INVALID,
    "content_mismatch": Status.INVALID,
    "issuer_revoked": Status.INVALID,
    "signature_broken": Status.INVALID,
    "altered": Status.INVALID,
    "untrusted_issuer": Status.INVALID,
    "not_a_receipt": Status.INVALID,
    "is_a_report": Status.INVALID,
    "not_a_statement": Status.INVALID,
}
"""Every word that may stand for a receipt or a statement, and what follows from it."""
_PDF: Final = b"%PDF-"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPlace:
    """Where the receipt's leaf stands."""

    origin: str
    index: int
    size: int
    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptVerdict:
    """What can be said of a receipt."""

    code: str
    receipt: Receipt | None = None
    """None unless the pinned key signed it."""
    sha256: str | None = None
    log: LogPlace | None = None
    pdf: bool = False

    @property
    def status(self) -> Status:
        """May I rely on it."""
        return CODES[self.code]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementVerdict:
    """What can be said of a refresh statement."""

    code: str
    statement: Statement | None = None

    @property
    def status(self) -> Status:
        """May I rely on it."""
        return CODES[self.code]


def verify_receipt(
    data: bytes,
    trust: OpenedBundle,
    now: datetime,
    *,
    workers: WorkerPool | None = None,
    limits: VerifierLimits = DEFAULT_LIMITS,
) -> ReceiptVerdict:
    """Return the verdict on a receipt's data, or, with ``workers`` to open it, on its PDF; never raises."""
    if not data.startswith(_PDF):
        return _of_file(data, trust, now)
    refused = _pdf_refused(data, trust, limits)
    if refused is not None:
        return ReceiptVerdict(code=refused, pdf=True)
    inside = None if workers is None else _inside(data, workers)
    if inside is None:
        return ReceiptVerdict(code="not_a_receipt", pdf=True)
    return replace(_of_file(inside, trust, now), pdf=True)


def _pdf_refused(data: bytes, trust: OpenedBundle, limits: VerifierLimits) -> str | None:
    """Return why these bytes are not a receipt's PDF as our receipt key signed it, None if they are."""
    pins = make_pins(trust.bundle)
    facts = byte_gate.inspect(data, replace(pins, report=pins.receipt), limits)
    if facts.refusal is not None and facts.derived:
        return "altered"
    if byte_gate.inspect(data, pins, limits).derived:
        return "is_a_report"
    if facts.refusal is not None:
        return "not_a_receipt"
    if facts.shape is None or facts.cms is None:
        return "untrusted_issuer"
    seal = check_seal(facts.shape.covered_sha256, facts.cms)
    return None if seal.digest and seal.signature and seal.token is not False else "altered"


def _inside(data: bytes, workers: WorkerPool) -> bytes | None:
    answer = workers.ask({"job": "attachment", "name": ATTACHMENT}, data)
    try:
        return None if answer.result is None else attachment_from(answer.result)
    except MalformedInput:
        return None


def _of_file(data: bytes, trust: OpenedBundle, now: datetime) -> ReceiptVerdict:
    try:
        file = receipt_file.decode(data)
    except MalformedInput:
        return ReceiptVerdict(code="not_a_receipt")
    try:
        opened = open_pinned(file.compact, trust.bundle, role=ROLE, typ=receipts.TYP)
    except (MalformedInput, Refused) as error:
        return ReceiptVerdict(code=_refusal(error, "not_a_receipt"))
    try:
        receipt = receipts.decode(opened.payload)
    except MalformedInput:
        return ReceiptVerdict(code="content_mismatch")
    place, problem = _place(file, opened.service, trust)
    found = ReceiptVerdict(code=OK, receipt=receipt, sha256=file.sha256, log=place)
    if not _of_bundle(trust, receipt.verifier.environment, receipt.verifier.region, receipt.verifier.host):
        return replace(found, code="content_mismatch")
    if problem is not None:
        return replace(found, code=problem)
    if place is not None and abs(place.time - receipt.made_at) > MAX_DIFFERENCE:
        return replace(found, code="time_inconsistent")
    return replace(found, code=_by_key(trust, opened.service, receipt.made_at, now, missing=place is None))


def _place(file: ReceiptFile, service: Service, trust: OpenedBundle) -> tuple[LogPlace | None, str | None]:
    """Return where the leaf is proven to stand, or the code of a proof that does not hold."""
    if file.proof is None:
        return None, None
    log = trust.bundle.log
    try:
        proof, leaf, time = receipt_file.read_proof(file, key_id(spki_of(service.cert)))
        verify_note(proof.checkpoint, log.vkeys)
        head = tlog_proof.verify(proof, leaf)
    except CreditDocError:
        return None, "not_logged"
    if head.origin != log.origin:
        return None, "not_logged"
    return LogPlace(origin=head.origin, index=proof.index, size=head.size, time=time), None


def verify_statement(data: bytes, trust: OpenedBundle, now: datetime) -> StatementVerdict:
    """Return the verdict on a refresh statement (compact JWS); never raises."""
    try:
        compact = data.strip().decode("ascii")
        opened = open_pinned(compact, trust.bundle, role=ROLE, typ=statements.TYP)
    except UnicodeDecodeError:
        return StatementVerdict(code="not_a_statement")
    except (MalformedInput, Refused) as error:
        return StatementVerdict(code=_refusal(error, "not_a_statement"))
    try:
        said = statements.decode(opened.payload)
    except MalformedInput:
        return StatementVerdict(code="content_mismatch")
    if not _of_bundle(trust, said.environment, said.region, said.host):
        return StatementVerdict(code="content_mismatch", statement=said)
    return StatementVerdict(code=_by_key(trust, opened.service, said.made_at, now), statement=said)


def _refusal(error: CreditDocError, other: str) -> str:
    words = {"jws_signer": "untrusted_issuer", "jws_signature": "signature_broken"}
    return words.get(error.code, other)


def _of_bundle(trust: OpenedBundle, environment: Environment, region: str, host: str) -> bool:
    """Tell whether what a house says of itself is what the bundle says of it."""
    bundle = trust.bundle
    return environment is bundle.environment and region == bundle.region and host in bundle.hosts


def _by_key(
    trust: OpenedBundle, service: Service, made_at: datetime, now: datetime, *, missing: bool = False
) -> str:
    """Return what the signing key's own state leaves of a signature that holds."""
    outcome = issuer_now(trust.bundle, service.cert, made_at, now).outcome
    if outcome is IssuerOutcome.REVOKED_BEFORE:
        return "issuer_revoked"
    if made_at < service.from_ or (service.to is not None and made_at > service.to):
        return "untrusted_issuer"
    if made_at > now + MAX_DIFFERENCE:
        return "time_inconsistent"
    settled = outcome in (IssuerOutcome.OK, IssuerOutcome.REVOKED_AFTER)
    if not settled or now > trust.bundle.expires_at:
        return "status_stale"
    return "log_unproven" if missing else OK

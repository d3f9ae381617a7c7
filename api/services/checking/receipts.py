"""Receipts of verifications: made when asked for, signed, logged by hash, given again for a few days.

A verdict leaves with a *ticket*: the receipt's content, sealed by the house.  Whoever shows the
ticket within an hour gets the receipt, and the very same one whenever they ask again.
So nothing is kept of verifications for which nobody wants a receipt.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from api.services.checking.purpose import Purpose
from api.services.checking.receipt_page import receipt_view
from api.services.context import Context
from api.services.house.trust import offered_policies
from api.services.issuing import log as logbook
from api.services.issuing.evidence import signing_evidence
from api.store.entries_freshness import StoredReceipt
from api.store.unit_of_work import UnitOfWork
from domain import receipt as receipts
from domain import receipt_file
from domain.base_text import base64url_decode
from domain.errors import CreditDocError, DependencyUnavailable, Refused
from domain.identifiers import uuid7
from domain.receipt import About, Covered, Line, Receipt, Verifying
from domain.receipt_file import ReceiptFile
from domain.report import Environment
from domain.times import parse_day, parse_rfc3339
from domain.verdict import Verdict
from keys.jws_signing import sign_by_receipt_key
from keys.roles import Role
from signer.layout import render_receipt
from signer.pdf_signature import ReportSigner
from verifier.policies.policy import BASIC, VerificationPolicy, builtin

TICKET_LIFE: Final = timedelta(hours=1)
"""How long after the verdict a receipt may be asked for the first time."""
KEPT: Final = timedelta(days=7)
"""How long a receipt that was given can be given again."""
MAX_TICKET: Final = 24_000
_TICKET: Final = "receipt-ticket"
_SEALED: Final = "receipt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A receipt as it was given."""

    receipt: Receipt
    file: ReceiptFile
    log_index: int

    @property
    def data(self) -> bytes:
        """The receipt file."""
        return receipt_file.encode(self.file)

    @property
    def name(self) -> str:
        """What the receipt is called in a folder, without its ending."""
        number = self.receipt.report.number if self.receipt.report else "verification"
        return f"{number}-receipt-{self.receipt.id.hex[-6:]}"


def ticket(context: Context, verdict: Verdict, purpose: Purpose, *, sha256: str | None, size: int) -> str:
    """Give the sealed word with which a receipt of ``verdict`` may be asked for; goes into a form."""
    return seal(context, receipt_of(context, verdict, purpose, sha256=sha256, size=size))


def seal(context: Context, wanted: Receipt) -> str:
    """Give the ticket of a receipt that is not made yet, or was just made."""
    sealed = context.vault.pack(receipts.encode(wanted), _TICKET)
    return base64.urlsafe_b64encode(sealed).decode("ascii").rstrip("=")


def receipt_of(
    context: Context, verdict: Verdict, purpose: Purpose, *, sha256: str | None, size: int
) -> Receipt:
    """Give the receipt of a verdict, not yet signed."""
    house, content = context.house, verdict.content
    return Receipt(
        id=uuid7(verdict.verified_at, context.entropy),
        made_at=verdict.verified_at,
        verifier=Verifying(
            name=house.issuer_name,
            host=house.host,
            region=house.region,
            environment=Environment(house.environment),
        ),
        kind=verdict.kind,
        file_sha256=sha256,
        file_size=size if sha256 is not None and size else None,
        status=verdict.status,
        code=str(verdict.code),
        reason=None if verdict.reason is None else str(verdict.reason),
        authenticity=verdict.authenticity,
        content=None if content is None else (content.state, content.records, content.not_current),
        report=_about(verdict),
        checks=tuple(
            Line(
                check=item.check,
                outcome=item.outcome,
                code=None if item.code is None else item.code.value,
                reason=None if item.reason is None else str(item.reason),
            )
            for item in verdict.checks
        ),
        overlay=None
        if verdict.overlay is None
        else tuple((item.code.value, item.count) for item in verdict.overlay),
        policy_id=purpose.policy.id,
        policy_sha256=purpose.policy.sha256,
        policy_toml=purpose.toml,
        verified_at=verdict.verified_at,
        at=verdict.at,
        sources=verdict.sources,
    )


def receipt_maker(context: Context) -> Callable[[Verdict, VerificationPolicy, bytes, bool], bytes]:
    """Give what makes receipts of verdicts that were just made on some bytes, as PDF or (False) as data."""
    with context.store.reading() as work:
        known = {item.sha256 for item in offered_policies(work)}
    known |= {builtin(name).sha256 for name in BASIC}

    def make(verdict: Verdict, policy: VerificationPolicy, data: bytes, as_pdf: bool) -> bytes:
        purpose = Purpose(policy=policy, text=policy.id if policy.sha256 in known else policy.text)
        wanted = receipt_of(context, verdict, purpose, sha256=sha256(data).hexdigest(), size=len(data))
        given = give_all(context, (wanted,), context.clock())[0]
        return pdf(context, given, context.clock()) if as_pdf else given.data

    return make


def give(context: Context, given_ticket: str, now: datetime) -> Given:
    """Give the receipt of a ticket: signed and logged now, or as it was given before.

    Raises Refused ``receipt_ticket_unknown`` for a word that this house did not seal, and
    ``receipt_ticket_expired`` for one too old of which no receipt was made.
    """
    wanted = read_ticket(context, given_ticket)
    return give_all(context, (wanted,), now)[0]


def give_all(context: Context, wanted: Sequence[Receipt], now: datetime) -> tuple[Given, ...]:
    """Give several receipts in one transaction; each is made once, whoever asks again."""
    with context.store.writing() as work:
        work.receipts.sweep(now)
        given = tuple(_one(context, work, each, now) for each in wanted)
        work.commit()
    return given


def _one(context: Context, work: UnitOfWork, wanted: Receipt, now: datetime) -> Given:
    if (kept := work.receipts.get(wanted.id)) is not None:
        return _kept(context, kept)
    if abs(now - wanted.verified_at) > TICKET_LIFE:
        raise Refused("receipt_ticket_expired")
    made = replace(wanted, made_at=now)
    compact = sign_by_receipt_key(context.keys, receipts.encode(made), typ=receipts.TYP, now=now)
    bare = ReceiptFile(compact=compact, proof=None)
    key_id = context.keys.private(Role.RECEIPT).key_id
    logged = logbook.append(
        context, work, lambda moment: receipt_file.leaf_of(bare.sha256, key_id, moment), now=now,
        number=_own_number(work, wanted),
    )  # fmt: skip
    proof = receipt_file.proof_of(logged.index, logged.proof, logged.checkpoint, logged.leaf.time)
    file = replace(bare, proof=proof)
    work.receipts.add(
        StoredReceipt(
            id=made.id,
            sha256=bare.sha256,
            file_sha256=made.file_sha256,
            log_index=logged.index,
            made_at=now,
            expires_at=now + KEPT,
            receipt_sealed=context.vault.pack(receipt_file.encode(file), _purpose(made.id)),
        )
    )
    return Given(receipt=made, file=file, log_index=logged.index)


def pdf(context: Context, given: Given, now: datetime) -> bytes:
    """Give the receipt as a signed PDF/A-3 with the receipt file inside; made anew each time.

    Raises what signing refuses; without a time-stamp authority the signature is of level B-B.
    """
    view = receipt_view(given.receipt, given.file.sha256, given.log_index, context.house.log_origin)
    layout = render_receipt(view, given.data, made_at=given.receipt.made_at)
    proof = given.file.proof or b""
    try:
        return _signed(context, layout, proof, now, stamped=True)
    except DependencyUnavailable as outage:
        if outage.code != "tsa_unavailable":
            raise
        return _signed(context, layout, proof, now, stamped=False)


def _signed(context: Context, layout: bytes, proof: bytes, now: datetime, *, stamped: bool) -> bytes:
    handle = context.keys.private(Role.RECEIPT)
    handle.require_usable(now)
    stamper = context.stamper if stamped else None
    signer = ReportSigner(handle, signing_evidence(context, now, Role.RECEIPT), stamper)
    return signer.sign(layout, proof, now=now, on_intent=_uncounted).pdf


def _own_number(work: UnitOfWork, wanted: Receipt) -> str:
    """The report of ours that the receipt is about, empty for a stranger's or a forgery."""
    number = wanted.report.number if wanted.report else ""
    return number if number and work.reports.get(number) is not None else ""


def _uncounted(_signed_attributes: bytes) -> None:
    """Only uses of the report key are matched with leaves; a receipt's leaf is that of its JWS."""


def stored_file(context: Context, id_: UUID, sealed: bytes) -> ReceiptFile:
    """Give the receipt file as it was kept; CreditDocError for a row that somebody changed."""
    return receipt_file.decode(context.vault.unpack(sealed, _purpose(id_)))


def _kept(context: Context, kept: StoredReceipt) -> Given:
    file = stored_file(context, kept.id, kept.receipt_sealed)
    return Given(receipt=_payload(file), file=file, log_index=kept.log_index)


def _payload(file: ReceiptFile) -> Receipt:
    return receipts.decode(base64url_decode(file.compact.split(".")[1]))


def read_ticket(context: Context, given_ticket: str) -> Receipt:
    """Give the receipt that a ticket stands for, not signed; Refused ``receipt_ticket_unknown``."""
    if len(given_ticket) > MAX_TICKET:
        raise Refused("receipt_ticket_unknown")
    try:
        sealed = base64.urlsafe_b64decode(given_ticket + "=" * (-len(given_ticket) % 4))
        return receipts.decode(context.vault.unpack(sealed, _TICKET))
    except (CreditDocError, binascii.Error, ValueError) as error:
        raise Refused("receipt_ticket_unknown") from error


def _about(verdict: Verdict) -> About | None:
    report: Any = verdict.report
    if not report or not isinstance(report.get("number"), str):
        return None
    subject, scope, as_of = report.get("subject"), report.get("scope"), report.get("as_of")
    name, uscc = (subject.get("name"), subject.get("uscc")) if isinstance(subject, dict) else (None, None)
    return About(
        number=report["number"],
        as_of=parse_rfc3339(as_of) if isinstance(as_of, str) else None,
        subject=(name, uscc) if isinstance(name, str) and isinstance(uscc, str) else None,
        scope=_covered(scope) if isinstance(scope, dict) else None,
    )


def _covered(scope: Mapping[str, Any]) -> Covered:
    chosen, omitted = scope["chosen"], scope.get("omitted")
    counts = (
        (chosen, scope["total"])
        if isinstance(chosen, int)
        else (len(chosen), len(chosen) + len(omitted or ()))
    )
    return Covered(
        narrowed=bool(scope["narrowed"]),
        chosen=counts[0],
        total=counts[1],
        window_from=parse_day(scope["window_from"]),
        window_to=parse_day(scope["window_to"]),
    )


def _purpose(id_: UUID) -> str:
    return f"{_SEALED}:{id_}"

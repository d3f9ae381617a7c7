"""From a committed draft to a released file: intent, signature, our own verdict, transaction B."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from api.services.context import Context
from api.services.issuing import log as logbook
from api.services.issuing.evidence import SignerDesk
from api.services.issuing.orders import order_from_json
from api.services.issuing.voiding import void_intents
from api.services.readings import keep
from api.services.verifying import OwnVerifier
from api.store.entries import Draft, Intent, Registered, Reservation
from domain import report_json
from domain.errors import DependencyUnavailable, InvariantBroken
from domain.identifiers import uuid7
from domain.leaf import Leaf, LeafType, signed_file_digest
from domain.report import ReportContent
from domain.verdict import Status, Verdict
from keys.roles import Role
from signer.pdf_signature import Signed
from verifier.evidence.model import Reading
from verifier.policies.policy import builtin
from verifier.service import Verifier

FILE_PURPOSE = "released-report"
CONTENT_PURPOSE = "report-json"
B0_PURPOSE = "unsigned-report"
SELF_POLICY = "authenticity"
"""Before transaction B the register knows nothing: only what the file itself proves is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A file that has left the house."""

    line: Registered
    pdf: bytes


def release(
    context: Context,
    signers: SignerDesk,
    verifier: OwnVerifier,
    draft: Draft,
    b0: bytes,
    content: ReportContent,
) -> Release:
    """Sign ``b0`` with the draft's proof, judge the result and register it.

    Raises what signing refuses; InvariantBroken ``self_verification_failed`` when our own
    verifier would not call the file genuine.  Nothing is released then.
    """
    signed, intent = _sign(context, signers, draft, b0)
    context.step("signed")
    judge = verifier.at(context.clock())
    reading = judge.read(signed.pdf)
    _require_genuine(context, judge, draft, reading)
    context.step("verified")
    done = _register(context, judge, draft, signed, reading, content, len(b0), intent)
    context.step("registered")
    return done


def stored_layout(context: Context, draft: Draft) -> bytes:
    """Give the unsigned bytes that transaction A stored; InvariantBroken when they are gone."""
    if draft.b0_sealed is None:
        raise InvariantBroken("layout_missing", number=draft.number)
    return context.vault.unseal(draft.b0_sealed, f"{B0_PURPOSE}:{draft.number}")


def stored_content(context: Context, draft: Draft) -> ReportContent:
    """Give the content that transaction A stored beside the layout."""
    return report_json.decode(context.vault.unpack(draft.content_sealed, f"{CONTENT_PURPOSE}:{draft.number}"))


def _sign(context: Context, signers: SignerDesk, draft: Draft, b0: bytes) -> tuple[Signed, UUID]:
    """The signed file and its intent; at level B-B when the time-stamp authority does not answer.

    An outage elsewhere must not stop the desk.  The first key use then ends in a void-intent leaf.
    """
    try:
        return _signed_once(context, signers, draft, b0, stamped=True)
    except DependencyUnavailable as outage:
        if outage.code != "tsa_unavailable":
            raise
    with context.store.writing() as work:
        void_intents(context, work, draft.number, context.clock())
        work.commit()
    return _signed_once(context, signers, draft, b0, stamped=False)


def _signed_once(
    context: Context, signers: SignerDesk, draft: Draft, b0: bytes, *, stamped: bool
) -> tuple[Signed, UUID]:
    now = context.clock()
    intents: list[UUID] = []

    def on_intent(signed_attrs_sha256: bytes) -> None:
        intents.append(_intend(context, draft.number, signed_attrs_sha256))
        context.step("intent_stored")

    signed = signers.at(now, stamped=stamped).sign(b0, draft.proof, now=now, on_intent=on_intent)
    return signed, _only(intents)


def _intend(context: Context, number: str, signed_attrs_sha256: bytes) -> UUID:
    with context.store.writing() as work:
        now = context.clock()
        intent = Intent(
            id=uuid7(now, context.entropy),
            number=number,
            signed_attrs_sha256=signed_attrs_sha256,
            key_id=context.keys.private(Role.REPORT).key_id,
            made_at=now,
        )
        work.drafts.intend(intent)
        work.commit()
    return intent.id


def _only(intents: list[UUID]) -> UUID:
    if len(intents) != 1:
        raise InvariantBroken("intents_per_signature", count=len(intents))
    return intents[0]


def _require_genuine(context: Context, judge: Verifier, draft: Draft, reading: Reading) -> None:
    verdict = judge.judge_read(reading, draft.number, policy=builtin(SELF_POLICY), now=context.clock())
    if verdict.status is not Status.VALID or verdict.report is None:
        raise InvariantBroken("self_verification_failed", number=draft.number, **_why(verdict))
    if verdict.report["number"] != draft.number:
        raise InvariantBroken("self_verification_failed", number=draft.number, found="number", check="-")


def _why(verdict: Verdict) -> dict[str, str]:
    failed = next((item for item in verdict.checks if item.code is not None), None)
    return {"found": str(verdict.code), "check": failed.check.value if failed else "-"}


def _register(
    context: Context,
    judge: Verifier,
    draft: Draft,
    signed: Signed,
    reading: Reading,
    content: ReportContent,
    b0_length: int,
    intent: UUID,
) -> Release:
    """Transaction B: leaf, register line, bytes and the intent's answer stand together or not at all.

    The reading goes with them, so that nobody who looks the file up by its hash waits for one.
    """
    digest = hashlib.sha256(signed.pdf).digest()
    number, key_id = draft.number, context.keys.private(Role.REPORT).key_id
    sealed = context.vault.seal(signed.pdf, f"{FILE_PURPOSE}:{number}")
    with context.store.writing() as work:
        now = context.clock()
        reservation = work.drafts.reservation(number)
        if reservation is None:
            raise InvariantBroken("not_reserved", number=number)
        logged = logbook.append(
            context,
            work,
            lambda moment: Leaf(LeafType.SIGNED_FILE, key_id, moment, signed_file_digest(digest)),
            now=now,
            number=number,
            intent=str(intent),
        )
        line = _line(draft, signed, content, reservation, digest, b0_length, logged.index, now)
        work.reports.add(line, sealed)
        keep(context, work, judge, number, reading)
        work.drafts.answer(intent, "file", logged.index)
        work.drafts.close(number, "released")
        work.commit()
    return Release(line=line, pdf=signed.pdf)


def _line(
    draft: Draft,
    signed: Signed,
    content: ReportContent,
    reservation: Reservation,
    digest: bytes,
    b0_length: int,
    leaf_index: int,
    now: datetime,
) -> Registered:
    return Registered(
        number=draft.number,
        subject=reservation.subject,
        status="valid",
        status_at=now,
        status_reason=None,
        level=signed.level,
        variant=content.variant.value,
        channel=content.channel,
        purpose=content.purpose,
        matter=order_from_json(reservation.request).matter,
        template=content.template,
        as_of=content.as_of,
        window_from=content.scope.window_from,
        window_to=content.scope.window_to,
        domains=content.scope.chosen,
        records=content.totals.records,
        fresh_until=content.fresh_until,
        content_sha256=draft.content_sha256,
        root=draft.root,
        file_sha256=digest.hex(),
        b0_length=b0_length,
        leaf_index=leaf_index,
        released_at=now,
    )

"""Issuing a report: transactions R and A, the signature, our own verdict on it, transaction B.

A process may die anywhere; what it leaves is answered by :mod:`api.services.issuing.recovery`.
The points where it may die are named (:data:`STEPS`), so that a test can stop it there.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from api.services.context import Context
from api.services.issuing import log as logbook
from api.services.issuing.admitting import admit
from api.services.issuing.codes import fresh, hashed
from api.services.issuing.composing import Laid, gather, lay_out
from api.services.issuing.evidence import SignerDesk, signing_evidence
from api.services.issuing.in_progress import working_on
from api.services.issuing.orders import Order
from api.services.issuing.recovery import recover
from api.services.issuing.releasing import B0_PURPOSE, CONTENT_PURPOSE, Release, release
from api.services.issuing.reserving import reserve
from api.services.issuing.review import Waiting, gate
from api.services.issuing.stored_leaves import pack_leaves
from api.services.issuing.voiding import abandon
from api.services.log.ahead import require_in_time
from api.services.status import publishing
from api.services.verifying import OwnVerifier
from api.store.entries import Codes, Draft, Reservation
from api.store.repositories.log import Appended
from api.store.unit_of_work import UnitOfWork
from domain.errors import DependencyUnavailable, InvariantBroken, Refused
from domain.leaf import SALT_BYTES, Leaf, LeafType, commitment_digest
from domain.report import ReportContent
from domain.times import milliseconds
from domain.tlog_proof import ProofExtra, TlogProof, encode, encode_extra
from keys.roles import Role
from records.model import Subject
from signer.evidence import Evidence

STEPS = (
    "reserved",
    "composed",
    "laid_out",
    "committed",
    "intent_stored",
    "signed",
    "verified",
    "registered",
    "written",
)
"""Where ``scripts/prove`` stops a process: after R, composing, layout, A, the intent, the signature,
our own verdict, B, and after the file was written out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A released report."""

    number: str
    pdf: bytes
    sha256: str
    content_sha256: str
    level: str
    fresh_until: datetime | None


class IssuingDesk:
    """Issues reports for one opened house; keeps signer and verifier warm between reports."""

    def __init__(self, context: Context, verifier: OwnVerifier) -> None:
        """Issue for ``context``; ``verifier`` judges each file without asking the register."""
        self.context = context
        self.verifier = verifier
        self.signers = SignerDesk(context)
        self._evidence: Evidence | None = None

    def issue(self, order: Order) -> Issued | Waiting:
        """Release the report that was asked for, or say that a person must look at the application.

        First answers what a dead process left, so that nothing waits for somebody to run a command.
        Raises NotFound ``subject_unknown``; Refused for what a rule forbids (eligibility,
        phase, choice, backdating) and for a house that may not sign now (a key's year over, a
        certificate or list out of time); nothing is released and no number is used twice.
        """
        recover(self)
        return self._issue(order)

    def issue_again(self, order: Order, void_number: str) -> Issued | Waiting:
        """Release the order owed for ``void_number`` under a new number; transaction A pays the debt.

        Raises as :meth:`issue` does, and InvariantBroken ``draft_not_open`` when nothing is owed.
        """
        return self._issue(order, instead_of=void_number)

    def _issue(self, order: Order, *, instead_of: str | None = None) -> Issued | Waiting:
        context = self.context
        subject = admit(context, order)
        self._require_signing()
        stopped = gate(context, subject, order)
        if stopped is not None:
            return stopped
        reservation = reserve(context, subject, order)
        with working_on(context, reservation.number):
            context.step("reserved")
            # A report may be asked about from its first moment on; a list that is out later cannot say.
            publishing.bring_out(context, reservation.status_list)
            plain = fresh(context)
            with context.store.reading() as work:
                known = _subject_at(work, subject.id, reservation.as_of)
                given = gather(context, work, known, order, reservation)
            laid = lay_out(context, given, plain)
            codes = hashed(context, reservation.number, plain)
            draft = self._commit(reservation, laid, codes, instead_of)
            return self.finish(draft, laid.b0, laid.content)

    def finish(self, draft: Draft, b0: bytes, content: ReportContent) -> Issued:
        """Sign a committed draft, judge the file ourselves and release it; on a refusal void everything."""
        context = self.context
        context.step("committed")
        try:
            done = release(context, self.signers, self.verifier, draft, b0, content)
        except Exception:
            # What was committed must be answered; the cause itself goes on to the caller.
            abandon(context, draft.number)
            raise
        return _issued(done)

    def _require_signing(self) -> None:
        """The house may sign now: whatever can be known of it is said before a number is spent."""
        now = self.context.clock()
        with self.context.store.reading() as work:
            require_in_time(work, now)
        self.context.keys.private(Role.TRUST).require_usable(now)
        self.signers.at(now)
        evidence = signing_evidence(self.context, now)
        if self._evidence is None or self._evidence != evidence:
            # Kept while it is the same: checking its chain takes longer than asking for it.
            self._evidence = evidence
        try:
            self._evidence.require_usable(now)
        except DependencyUnavailable as outage:
            # Without its time-stamp authority the desk goes on at level B-B.
            if outage.code != "tsa_unavailable":
                raise

    def _commit(self, reservation: Reservation, laid: Laid, codes: Codes, instead_of: str | None) -> Draft:
        """Transaction A: the layout, the leaf inputs and the commitment leaf stand together or not at all."""
        context = self.context
        number = reservation.number
        key_id = context.keys.private(Role.REPORT).key_id
        b0_sha256 = hashlib.sha256(laid.b0).digest()
        salt, root = context.entropy(SALT_BYTES), bytes.fromhex(laid.content.tree.root)
        digest = commitment_digest(number, root, b0_sha256, laid.claim_hash, salt)
        leaf_inputs = pack_leaves(context, number, laid.composed.leaf_inputs, laid.composed.versions)
        content = context.vault.pack(laid.content_json, f"{CONTENT_PURPOSE}:{number}")
        b0_sealed = context.vault.seal(laid.b0, f"{B0_PURPOSE}:{number}")
        with context.store.writing() as work:
            now = context.clock()
            logged = logbook.append(
                context,
                work,
                lambda moment: Leaf(LeafType.COMMITMENT, key_id, moment, digest),
                now=now,
                number=number,
            )
            draft = Draft(
                number=number,
                state="open",
                b0_sealed=b0_sealed,
                b0_sha256=b0_sha256,
                content_sha256=laid.content_sha256,
                root=laid.content.tree.root,
                content_sealed=content,
                leaf_inputs_sealed=leaf_inputs,
                salt_version=context.keys.secret("salt")[0],
                claim_hash=laid.claim_hash,
                proof=_proof(logged, salt, len(laid.b0)),
                leaf_index=logged.index,
                committed_at=now,
            )
            work.drafts.add(draft)
            # From here on the new commitment is what recovery answers: the old debt is paid exactly once.
            if instead_of is not None and not work.drafts.settle(instead_of):
                raise InvariantBroken("draft_not_open", number=instead_of)
            work.reports.add_codes(codes)
            work.commit()
        return draft


def _subject_at(work: UnitOfWork, id_: UUID, as_of: datetime) -> Subject:
    found = work.subjects.by_id(id_, as_of)
    if found is None:
        raise Refused("as_of_before_subject", as_of=as_of.isoformat())
    return found


def _proof(logged: Appended, salt: bytes, b0_length: int) -> bytes:
    extra = ProofExtra(salt=salt, b0_length=b0_length, leaf_time_ms=milliseconds(logged.leaf.time))
    return encode(
        TlogProof(
            index=logged.index,
            hashes=logged.proof,
            checkpoint=logged.checkpoint,
            extra=encode_extra(extra),
        )
    )


def _issued(done: Release) -> Issued:
    return Issued(
        number=done.line.number,
        pdf=done.pdf,
        sha256=done.line.file_sha256,
        content_sha256=done.line.content_sha256,
        level=done.line.level,
        fresh_until=done.line.fresh_until,
    )

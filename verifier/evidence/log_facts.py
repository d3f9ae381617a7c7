"""Rebuilds the commitment leaf from the file and asks the proof whether the log holds it."""

from __future__ import annotations

import hashlib
from datetime import datetime

from domain import claim as claims
from domain import leaf as leaves
from domain import tlog_proof
from domain.errors import MalformedInput, Refused
from domain.leaf import Leaf, LeafType
from domain.reasons import Reason
from domain.trust_format import LogKeys
from keys.trust import verify_note
from verifier.evidence.judged import JudgedContent
from verifier.evidence.model import LogProof
from verifier.gate.pins import Pin
from verifier.pdf.facts import CLAIM, PROOF, PdfContents


def read_proof(
    data: bytes, prefix_length: int, contents: PdfContents, content: JudgedContent, pin: Pin, log: LogKeys
) -> tuple[LogProof, datetime | None]:
    """Return what the proof proves and the log time, None unless all of it holds; never raises."""
    try:
        proof = tlog_proof.decode(contents.attachments.get(PROOF, b""))
        extra = tlog_proof.decode_extra(proof.extra or b"")
        moment = extra.leaf_time
        digest = leaves.commitment_digest(
            content.number,
            bytes.fromhex(content.tree.root),
            hashlib.sha256(data[: extra.b0_length]).digest(),
            claims.claim_hash(contents.attachments.get(CLAIM, b"")),
            extra.salt,
        )
        leaf = leaves.encode(Leaf(LeafType.COMMITMENT, pin.key_id, moment, digest))
    except (MalformedInput, ValueError, OverflowError):
        return _without(Reason.PROOF_MALFORMED), None
    try:
        verify_note(proof.checkpoint, log.vkeys)
    except (Refused, MalformedInput):
        return _without(Reason.CHECKPOINT_UNTRUSTED), None
    # The layout must be the whole first revision, or the proof would speak of a part of it.
    if extra.b0_length != prefix_length or content.log_origin != log.origin:
        return _without(Reason.PROOF_FOREIGN), None
    try:
        head = tlog_proof.verify(proof, leaf)
    except MalformedInput:
        return _without(Reason.PROOF_FOREIGN), None
    if head.origin != log.origin:
        return _without(Reason.CHECKPOINT_UNTRUSTED), None
    found = LogProof(problem=None, origin=head.origin, size=head.size, index=proof.index, root=head.root)
    return found, moment


def _without(problem: Reason) -> LogProof:
    return LogProof(problem=problem, origin=None, size=None, index=None)

"""The verdict on a receipt that was handed in where a report was expected.

It is of kind ``receipt`` and, like that of a code, STANDS, REFUTED or UNKNOWN, never VALID: a
genuine receipt proves what was found once, and is no report.  Nothing in it is repeated as the
content of a report; what the receipt says is in ``presented`` alone.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final

from domain import receipt as receipts
from domain import receipt_file
from domain.errors import MalformedInput
from domain.receipt import Receipt
from domain.report_json import TYPE
from domain.times import rfc3339
from domain.verdict import Authenticity, ClaimStatus, JsonValue, Status, Verdict
from verifier.engine import sources as sources_of
from verifier.evidence.model import Evidence
from verifier.evidence.reading import Sources
from verifier.pdf.facts import REPORT
from verifier.policies.policy import VerificationPolicy
from verifier.receipts import ReceiptVerdict, verify_receipt

KIND: Final = "receipt"
ANSWERS: Final = {
    Status.VALID: (ClaimStatus.STANDS, "receipt_stands", Authenticity.GENUINE),
    Status.INDETERMINATE: (ClaimStatus.UNKNOWN, "receipt_unsure", Authenticity.UNKNOWN),
    Status.INVALID: (ClaimStatus.REFUTED, "receipt_refuted", Authenticity.NOT_GENUINE),
}


NO_RECEIPT: Final = frozenset({"not_a_receipt", "is_a_report", "not_a_statement"})
"""What is judged as a document after all."""


def judge_receipt(
    data: bytes, evidence: Evidence, sources: Sources, *, policy: VerificationPolicy, now: datetime
) -> Verdict | None:
    """Return the verdict on a receipt, genuine or changed; None if the file is something else."""
    if not _is_receipt(data, evidence, sources):
        return None
    found = verify_receipt(data, sources.trust, now, workers=sources.workers, limits=sources.limits)
    if found.code in NO_RECEIPT:
        return None
    status, code, authenticity = ANSWERS[found.status]
    return Verdict(
        file=evidence.name,
        kind=KIND,
        status=status,
        code=code,
        reason=None,
        authenticity=authenticity,
        content=None,
        checks=(),
        report=None,
        policy_id=policy.id,
        policy_sha256=policy.sha256,
        verified_at=now,
        sources=sources_of(evidence, now),
        presented=presented(found),
    )


def _is_receipt(data: bytes, evidence: Evidence, sources: Sources) -> bool:
    """Tell whether it is receipt data, or was made from a PDF that a pinned receipt key signed.

    A file with a report inside is judged as a report, whatever key signed it.
    """
    if data[:1] == b"{":
        return _is_data(data)
    contents = evidence.contents
    if evidence.gate.derived or (contents and TYPE.encode("ascii") in contents.attachments.get(REPORT, b"")):
        return False
    sealed = contents.sealed if contents else ()
    halves = [half for pin in sources.pins.receipt for half in pin.halves]
    return any(half in part for part in (data, *sealed) for half in halves)


def _is_data(data: bytes) -> bool:
    try:
        receipt_file.decode(data)
    except MalformedInput:
        return False
    return True


def presented(found: ReceiptVerdict) -> dict[str, JsonValue]:
    """Return what was found of a receipt and, if a pinned key signed it, all that it says."""
    place = found.log
    return {
        "code": found.code,
        "pdf": found.pdf,
        "sha256": found.sha256,
        "receipt": None if found.receipt is None else said(found.receipt),
        "log": None
        if place is None
        else {
            "origin": place.origin,
            "index": place.index,
            "size": place.size,
            "time": rfc3339(place.time),
        },
    }


def said(receipt: Receipt) -> JsonValue:
    """Return the receipt's payload as the JSON it is signed as."""
    value: JsonValue = json.loads(receipts.encode(receipt))
    return value

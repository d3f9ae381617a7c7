"""Check 2, structure: the inside is what we issue, and nothing in it can act."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from domain.reasons import REASONS, Reason
from domain.verdict import CheckName, CheckResult, Code, JsonValue, Outcome
from verifier.evidence.model import Evidence
from verifier.policies.policy import VerificationPolicy

NAME: Final = CheckName.STRUCTURE


def check(evidence: Evidence, _policy: VerificationPolicy, _now: datetime) -> CheckResult:
    """Return PASSED when catalog, form, names and attachments are exactly ours."""
    contents = evidence.contents
    if contents is None:
        return _unread(evidence.fault)
    seen: dict[str, JsonValue] = {
        "pages": contents.pages,
        "problems": list[JsonValue](contents.problems),
        "active": list[JsonValue](contents.active),
    }
    if contents.active:
        return CheckResult(
            check=NAME, outcome=Outcome.FAILED, code=Code.ALTERED, reason=Reason.ACTIVE_CONTENT, evidence=seen
        )
    shape = evidence.gate.shape
    ours = (0, shape.gap_start, shape.gap_end, evidence.size - shape.gap_end) if shape else ()
    if contents.problems or contents.signatures != 1 or contents.byte_range != ours:
        return CheckResult(
            check=NAME,
            outcome=Outcome.FAILED,
            code=Code.ALTERED,
            reason=Reason.UNEXPECTED_STRUCTURE,
            evidence=seen,
        )
    if evidence.names_stamper and evidence.gate.cms and evidence.gate.cms.token is None:
        # SECURITY: no signature covers the token's place, but one covers the authority's certificate.
        return CheckResult(
            check=NAME, outcome=Outcome.FAILED, code=Code.ALTERED, reason=Reason.TOKEN_REMOVED, evidence=seen
        )
    return CheckResult(check=NAME, outcome=Outcome.PASSED, evidence=seen)


def _unread(fault: Reason | None) -> CheckResult:
    if fault is None:
        return CheckResult(check=NAME, outcome=Outcome.NOT_RUN)
    candidates = (Code.LIMITS_EXCEEDED, Code.ENCRYPTED, Code.UNREADABLE)
    code = next((code for code in candidates if fault in REASONS[code]), Code.UNREADABLE)
    return CheckResult(check=NAME, outcome=Outcome.UNKNOWN, code=code, reason=fault)

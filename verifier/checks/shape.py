"""Check 1, shape: the raw bytes are exactly our one shape (byte gate with its CMS part)."""

from __future__ import annotations

from datetime import datetime

from domain.verdict import MEANING, CheckName, CheckResult, JsonValue, Outcome, Status
from verifier.evidence.model import Evidence
from verifier.policies.policy import VerificationPolicy


def check(evidence: Evidence, _policy: VerificationPolicy, _now: datetime) -> CheckResult:
    """Return PASSED for our shape, FAILED for another, UNKNOWN for a file nobody can read."""
    facts: dict[str, JsonValue] = {
        "bytes": evidence.size,
        "sha256": evidence.sha256,
        "made_from_ours": evidence.gate.derived,
    }
    refusal = evidence.refusal
    if refusal is None:
        return CheckResult(check=CheckName.SHAPE, outcome=Outcome.PASSED, evidence=facts)
    invalid = MEANING[refusal.code].status is Status.INVALID
    return CheckResult(
        check=CheckName.SHAPE,
        outcome=Outcome.FAILED if invalid else Outcome.UNKNOWN,
        code=refusal.code,
        reason=str(refusal.reason),
        evidence=facts,
    )

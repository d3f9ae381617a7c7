"""Check 9, logged: the signature log holds the commitment to exactly this content and layout."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from domain.verdict import CheckName, CheckResult, Code, Outcome
from verifier.evidence.model import Evidence
from verifier.policies.policy import VerificationPolicy

NAME: Final = CheckName.LOGGED


def check(evidence: Evidence, _policy: VerificationPolicy, _now: datetime) -> CheckResult:
    """Return PASSED when the proof leads from the rebuilt leaf to a head the log's key signed."""
    log = evidence.log
    if log is None:
        return CheckResult(check=NAME, outcome=Outcome.NOT_RUN)
    if log.problem is not None:
        return CheckResult(check=NAME, outcome=Outcome.FAILED, code=Code.NOT_LOGGED, reason=log.problem)
    return CheckResult(
        check=NAME,
        outcome=Outcome.PASSED,
        evidence={"origin": log.origin, "size": log.size, "index": log.index},
    )

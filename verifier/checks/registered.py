"""Check 11, registered: the register knows this very file; only a house with a register can ask."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from domain.reasons import Reason
from domain.verdict import CheckName, CheckResult, Code, Outcome
from verifier.evidence.model import Evidence
from verifier.policies.policy import VerificationPolicy

NAME: Final = CheckName.REGISTERED


def check(evidence: Evidence, _policy: VerificationPolicy, _now: datetime) -> CheckResult:
    """Return PASSED when the register's file for this number has this file's SHA-256."""
    register = evidence.register
    content = evidence.report.content if evidence.report else None
    if not register.asked or content is None:
        return CheckResult(check=NAME, outcome=Outcome.NOT_RUN)
    if not register.reachable:
        return CheckResult(
            check=NAME,
            outcome=Outcome.UNKNOWN,
            code=Code.STATUS_UNAVAILABLE,
            reason=Reason.REGISTER_UNREACHABLE,
        )
    seen = {"sha256": evidence.sha256, "number": content.number}
    if register.by_file is not None and register.by_file.number == content.number:
        return CheckResult(check=NAME, outcome=Outcome.PASSED, evidence=seen)
    other = register.by_number is not None or register.by_file is not None
    return CheckResult(
        check=NAME,
        outcome=Outcome.FAILED,
        code=Code.NOT_LOGGED,
        evidence=seen,
        reason=Reason.REGISTER_OTHER_FILE if other else Reason.NOT_REGISTERED,
    )

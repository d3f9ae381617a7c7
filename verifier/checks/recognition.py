"""Check 15, recognition: the report is of a region that this house recognises.

A partner's report is recognised by an agreement; the bundle carries none yet, so only the
house's own region passes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from domain.reasons import Reason
from domain.verdict import CheckName, CheckResult, Code, Outcome
from verifier.evidence.model import Evidence
from verifier.policies.policy import VerificationPolicy

NAME: Final = CheckName.RECOGNITION


def check(evidence: Evidence, _policy: VerificationPolicy, _now: datetime) -> CheckResult:
    """Return PASSED for the bundle's own region."""
    content = evidence.report.content if evidence.report else None
    if content is None:
        return CheckResult(check=NAME, outcome=Outcome.NOT_RUN)
    seen = {"region": content.region.code, "house": evidence.trust.region}
    if content.region.code == evidence.trust.region:
        return CheckResult(check=NAME, outcome=Outcome.PASSED, evidence=seen)
    return CheckResult(
        check=NAME,
        outcome=Outcome.FAILED,
        code=Code.NOT_RECOGNISED,
        reason=Reason.NO_AGREEMENT,
        evidence=seen,
    )

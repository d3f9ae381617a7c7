"""Check 8, content: JSON, record tree, claim, environment and region file agree with each other."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from domain.verdict import CheckName, CheckResult, Code, Outcome
from verifier.evidence.model import Evidence
from verifier.policies.policy import VerificationPolicy

NAME: Final = CheckName.CONTENT


def check(evidence: Evidence, _policy: VerificationPolicy, _now: datetime) -> CheckResult:
    """Return PASSED when nothing in the signed content contradicts anything else in it or the bundle."""
    report = evidence.report
    if report is None:
        return CheckResult(check=NAME, outcome=Outcome.NOT_RUN)
    if report.problem is not None or report.content is None:
        return CheckResult(
            check=NAME, outcome=Outcome.FAILED, code=Code.CONTENT_MISMATCH, reason=report.problem
        )
    tree = report.content.tree
    return CheckResult(
        check=NAME,
        outcome=Outcome.PASSED,
        evidence={"root": tree.root, "size": tree.size, "region_sha256": report.content.region.sha256},
    )

"""Check 10, witnessed: outside witnesses cosigned the log's head; the bundle names none yet."""

from __future__ import annotations

from datetime import datetime

from domain.verdict import CheckName, CheckResult, Outcome
from verifier.evidence import Evidence
from verifier.policy import VerificationPolicy


def check(_evidence: Evidence, _policy: VerificationPolicy, _now: datetime) -> CheckResult:
    """Return NOT_RUN: a bundle of this version names no witness to ask for."""
    return CheckResult(check=CheckName.WITNESSED, outcome=Outcome.NOT_RUN)

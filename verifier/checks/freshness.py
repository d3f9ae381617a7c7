"""Check 13, freshness: not past ``fresh_until``, and young enough for the receiver (rule R11).

Age is counted from ``as_of``, never from the signing time.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from domain.reasons import Reason
from domain.times import rfc3339
from domain.verdict import CheckName, CheckResult, Code, JsonValue, Outcome
from verifier.evidence.model import Evidence
from verifier.policies.policy import VerificationPolicy

NAME: Final = CheckName.FRESHNESS


def check(evidence: Evidence, policy: VerificationPolicy, _now: datetime) -> CheckResult:
    """Return PASSED within the printed period and the policy's age."""
    content = evidence.report.content if evidence.report else None
    if content is None:
        return CheckResult(check=NAME, outcome=Outcome.NOT_RUN)
    until = content.fresh_until
    seen: dict[str, JsonValue] = {
        "as_of": rfc3339(content.as_of),
        "fresh_until": None if until is None else rfc3339(until),
        "max_age_days": policy.max_age_days,
    }
    if until is not None and evidence.moment > until:
        return _failed(Code.EXPIRED, Reason.PAST_FRESH_UNTIL, seen)
    limit = policy.max_age_days
    if limit is not None and evidence.moment - content.as_of > timedelta(days=limit):
        return _failed(Code.TOO_OLD_FOR_POLICY, Reason.OLDER_THAN_POLICY, seen)
    return CheckResult(check=NAME, outcome=Outcome.PASSED, evidence=seen)


def _failed(code: Code, reason: Reason, seen: dict[str, JsonValue]) -> CheckResult:
    return CheckResult(check=NAME, outcome=Outcome.FAILED, code=code, reason=reason, evidence=seen)

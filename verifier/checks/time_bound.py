"""Check 7, time_bound: claimed time, token and log time agree, and none lies in the future (threat 9)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from domain.reasons import Reason
from domain.times import rfc3339
from domain.verdict import CheckName, CheckResult, Code, JsonValue, Outcome
from verifier.evidence.model import Evidence
from verifier.policies.policy import VerificationPolicy

NAME: Final = CheckName.TIME_BOUND
MAX_DIFFERENCE: Final = timedelta(minutes=10)
"""Between any two of the three times, and between the signing and a reader's clock."""


def check(evidence: Evidence, _policy: VerificationPolicy, now: datetime) -> CheckResult:
    """Return PASSED when the times differ by at most ten minutes; the log's time must be proven."""
    times = evidence.times
    if times is None or times.log is None:
        return CheckResult(check=NAME, outcome=Outcome.NOT_RUN)
    known = [time for time in (times.claimed, times.token, times.log) if time is not None]
    content = evidence.report.content if evidence.report else None
    seen: dict[str, JsonValue] = {
        "claimed": rfc3339(times.claimed),
        "token": None if times.token is None else rfc3339(times.token),
        "log": rfc3339(times.log),
    }
    late_knowledge = content is not None and content.as_of > min(known) + MAX_DIFFERENCE
    if max(known) - min(known) > MAX_DIFFERENCE or late_knowledge:
        return _failed(Reason.TIMES_DIFFER, seen)
    if max(known) > now + MAX_DIFFERENCE:
        return _failed(Reason.SIGNED_IN_FUTURE, seen)
    return CheckResult(check=NAME, outcome=Outcome.PASSED, evidence=seen)


def _failed(reason: Reason, seen: dict[str, JsonValue]) -> CheckResult:
    return CheckResult(
        check=NAME, outcome=Outcome.FAILED, code=Code.TIME_INCONSISTENT, reason=reason, evidence=seen
    )

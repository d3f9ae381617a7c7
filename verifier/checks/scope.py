"""Check 14, scope: the report looked at what this receiver asks for (rule R1)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from domain.reasons import Reason
from domain.verdict import CheckName, CheckResult, Code, JsonValue, Outcome
from verifier.evidence.judged import JudgedContent
from verifier.evidence.model import Evidence
from verifier.policies.policy import VerificationPolicy

NAME: Final = CheckName.SCOPE


def check(evidence: Evidence, policy: VerificationPolicy, _now: datetime) -> CheckResult:
    """Return PASSED when domains, kinds, window, data states and narrowing meet the policy."""
    content = evidence.report.content if evidence.report else None
    if content is None:
        return CheckResult(check=NAME, outcome=Outcome.NOT_RUN)
    scope = content.scope
    uncounted = sorted(set(policy.kinds) - set(scope.profile.kinds_counted))
    weak = _weak(content, policy)
    missing = sorted(set(policy.domains) - set(scope.chosen))
    seen: dict[str, JsonValue] = {
        "narrowed": scope.narrowed,
        "chosen": len(scope.chosen),
        "omitted": len(scope.omitted),
        "missing": list[JsonValue](missing),
        "kinds_not_counted": list[JsonValue](uncounted),
        "states_too_weak": list[JsonValue](weak),
    }
    if missing:
        return _failed(Reason.DOMAIN_MISSING, seen)
    if scope.narrowed and not policy.allow_narrowed:
        return _failed(Reason.SCOPE_NARROWED, seen)
    span = scope.window_to - scope.window_from + timedelta(days=1)
    if policy.window_days is not None and span < timedelta(days=policy.window_days):
        return _failed(Reason.WINDOW_TOO_SHORT, seen)
    if uncounted:
        return _failed(Reason.KIND_NOT_COUNTED, seen)
    if weak:
        return _failed(Reason.DATA_STATE_INSUFFICIENT, seen)
    return CheckResult(check=NAME, outcome=Outcome.PASSED, evidence=seen)


def _weak(content: JudgedContent, policy: VerificationPolicy) -> list[str]:
    """Return the domains whose data state does not do: of those the policy asks for, else of all chosen."""
    asked = policy.domains or content.scope.chosen
    return sorted(
        line.id
        for line in content.domains
        if policy.states and line.id in asked and line.data_state.value not in policy.states
    )


def _failed(reason: Reason, seen: dict[str, JsonValue]) -> CheckResult:
    return CheckResult(
        check=NAME, outcome=Outcome.FAILED, code=Code.SCOPE_INSUFFICIENT, reason=reason, evidence=seen
    )

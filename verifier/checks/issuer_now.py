"""Check 6, issuer_now: what current evidence says of the signing and stamping certificates.

Revoked before the signing time: the report is not to be believed.  Revoked after: it
stands, with a note.  Evidence too old to say: the answer is stale, never green.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from domain.reasons import Reason
from domain.times import rfc3339
from domain.verdict import CheckName, CheckResult, Code, JsonValue, Outcome
from keys.trust import IssuerOutcome, IssuerState
from verifier.evidence.model import Evidence
from verifier.policies.policy import VerificationPolicy

NAME: Final = CheckName.ISSUER_NOW
_ORDER: Final = (
    IssuerOutcome.OK,
    IssuerOutcome.REVOKED_AFTER,
    IssuerOutcome.STALE,
    IssuerOutcome.UNKNOWN,
    IssuerOutcome.REVOKED_BEFORE,
)


def check(evidence: Evidence, _policy: VerificationPolicy, _now: datetime) -> CheckResult:
    """Return PASSED when signer and stamper are good as of the moment judged."""
    if evidence.issuers is None or evidence.times is None:
        return CheckResult(check=NAME, outcome=Outcome.NOT_RUN)
    states = [evidence.issuers.signer, *([evidence.issuers.stamper] if evidence.issuers.stamper else [])]
    worst = max(states, key=lambda state: _ORDER.index(state.outcome))
    seen = _seen(worst)
    if worst.outcome is IssuerOutcome.REVOKED_BEFORE:
        return _result(Outcome.FAILED, Code.ISSUER_REVOKED, Reason.REVOKED_BEFORE_SIGNING, seen)
    if evidence.moment > evidence.trust.expires_at:
        return _result(Outcome.UNKNOWN, Code.STATUS_STALE, Reason.BUNDLE_EXPIRED, seen)
    if evidence.historical and evidence.moment < evidence.times.signing:
        # Nothing was issued yet: "was it valid then" has no answer, and never a green one.
        return _result(Outcome.UNKNOWN, Code.STATUS_STALE, Reason.NOT_YET_ISSUED, seen)
    if worst.outcome is IssuerOutcome.STALE:
        return _result(Outcome.UNKNOWN, Code.STATUS_STALE, Reason.REVOCATION_STALE, seen)
    if worst.outcome is IssuerOutcome.UNKNOWN:
        return _result(Outcome.UNKNOWN, Code.STATUS_STALE, Reason.REVOCATION_MISSING, seen)
    note = Reason.REVOKED_AFTER_SIGNING if worst.outcome is IssuerOutcome.REVOKED_AFTER else None
    return CheckResult(check=NAME, outcome=Outcome.PASSED, reason=note, evidence=seen)


def _seen(state: IssuerState) -> dict[str, JsonValue]:
    return {
        "outcome": state.outcome.value,
        "this_update": _text(state.this_update),
        "next_update": _text(state.next_update),
        "revoked_at": _text(state.revoked_at),
        "reason": state.reason,
    }


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else rfc3339(instant)


def _result(outcome: Outcome, code: Code, reason: Reason, seen: dict[str, JsonValue]) -> CheckResult:
    return CheckResult(check=NAME, outcome=outcome, code=code, reason=reason, evidence=seen)

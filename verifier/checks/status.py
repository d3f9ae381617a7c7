"""Check 12, status: may the report be relied on, by the register's word as of the moment judged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from domain.reasons import Reason
from domain.times import rfc3339
from domain.verdict import CheckName, CheckResult, Code, JsonValue, Outcome
from verifier.evidence import Evidence
from verifier.policy import VerificationPolicy

NAME: Final = CheckName.STATUS
VALID: Final = "valid"
WORDS: Final[Mapping[str, tuple[Outcome, Code, Reason]]] = {
    "revoked": (Outcome.FAILED, Code.REVOKED, Reason.REGISTER_REVOKED),
    "superseded": (Outcome.FAILED, Code.SUPERSEDED, Reason.REGISTER_SUPERSEDED),
    "suspended": (Outcome.UNKNOWN, Code.SUSPENDED, Reason.REGISTER_SUSPENDED),
    "data_changed": (Outcome.UNKNOWN, Code.DATA_CHANGED, Reason.REGISTER_DATA_CHANGED),
}
"""The register's words and what follows; a word that is not here is never green."""


def check(evidence: Evidence, _policy: VerificationPolicy, _now: datetime) -> CheckResult:
    """Return PASSED for ``valid``, else the code of the register's word; UNKNOWN without a register."""
    register, entry = evidence.register, evidence.register.by_number
    if not register.asked:
        return _unavailable(Reason.NO_STATUS_SOURCE)
    if not register.reachable:
        return _unavailable(Reason.REGISTER_UNREACHABLE)
    if entry is None:
        return CheckResult(
            check=NAME, outcome=Outcome.FAILED, code=Code.NOT_LOGGED, reason=Reason.NOT_REGISTERED
        )
    seen: dict[str, JsonValue] = {
        "word": entry.status,
        "since": rfc3339(entry.status_at),
        "why": entry.reason,
    }
    # A word given after the moment asked about did not hold at that moment.
    if entry.status == VALID or (evidence.historical and entry.status_at > evidence.moment):
        return CheckResult(check=NAME, outcome=Outcome.PASSED, evidence=seen)
    if entry.status not in WORDS:
        return _unavailable(Reason.NO_STATUS_SOURCE)
    outcome, code, reason = WORDS[entry.status]
    return CheckResult(check=NAME, outcome=outcome, code=code, reason=reason, evidence=seen)


def _unavailable(reason: Reason) -> CheckResult:
    return CheckResult(check=NAME, outcome=Outcome.UNKNOWN, code=Code.STATUS_UNAVAILABLE, reason=reason)

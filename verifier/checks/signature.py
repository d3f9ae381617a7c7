"""Check 3, signature: the signed digest is the file's, and the pinned keys made signature and token."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from domain.reasons import Reason
from domain.verdict import CheckName, CheckResult, Code, JsonValue, Outcome
from verifier.evidence.model import Evidence
from verifier.policies.policy import VerificationPolicy

NAME: Final = CheckName.SIGNATURE


def check(evidence: Evidence, _policy: VerificationPolicy, _now: datetime) -> CheckResult:
    """Return PASSED when our own arithmetic holds; whether pyHanko agrees is check 5's question."""
    seal, cms = evidence.seal, evidence.gate.cms
    if seal is None or cms is None:
        return CheckResult(check=NAME, outcome=Outcome.NOT_RUN)
    seen: dict[str, JsonValue] = {
        "level": "B-B" if cms.token is None else "B-LT",
        "key_id": cms.pin.key_id.hex(),
    }
    if not seal.signature:
        return _failed(Code.SIGNATURE_BROKEN, Reason.SIGNATURE_MISMATCH, seen)
    if not seal.digest:
        return _failed(Code.ALTERED, Reason.CHANGED_BYTES, seen)
    if seal.token is False:
        return _failed(Code.SIGNATURE_BROKEN, Reason.TOKEN_MISMATCH, seen)
    return CheckResult(check=NAME, outcome=Outcome.PASSED, evidence=seen)


def _failed(code: Code, reason: Reason, seen: dict[str, JsonValue]) -> CheckResult:
    return CheckResult(check=NAME, outcome=Outcome.FAILED, code=code, reason=reason, evidence=seen)

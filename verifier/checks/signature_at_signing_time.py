"""Check 5, signature_at_signing_time: pyHanko at the time of signing, on embedded evidence alone.

An expired certificate or an old list does not change this answer in later years; whether
the issuer is still good now is check 6, on other evidence.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from domain.reasons import Reason
from domain.times import rfc3339
from domain.verdict import CheckName, CheckResult, Code, JsonValue, Outcome
from verifier.evidence.model import Evidence
from verifier.policies.policy import VerificationPolicy

NAME: Final = CheckName.SIGNATURE_AT_SIGNING_TIME
_REVOKED: Final = ("REVOKED", "REVOKED_NO_POE", "REVOKED_CA_NO_POE")
_STALE: Final = ("TRY_LATER", "NO_POE", "CERTIFICATE_CHAIN_GENERAL_FAILURE")


def check(evidence: Evidence, _policy: VerificationPolicy, _now: datetime) -> CheckResult:
    """Return PASSED when pyHanko passes the same single signature over the entire file."""
    opinion, times = evidence.opinion, evidence.times
    if opinion is None or times is None:
        return CheckResult(check=NAME, outcome=Outcome.NOT_RUN)
    seen: dict[str, JsonValue] = {
        "indication": opinion.indication,
        "sub_indication": opinion.sub_indication,
        "coverage": opinion.coverage,
        "at": rfc3339(times.signing),
    }
    if not _agrees(evidence):
        return _result(Outcome.FAILED, Code.SIGNATURE_BROKEN, Reason.READERS_DISAGREE, seen)
    if opinion.indication == "PASSED":
        return CheckResult(check=NAME, outcome=Outcome.PASSED, evidence=seen)
    if opinion.sub_indication in _REVOKED:
        return _result(Outcome.FAILED, Code.ISSUER_REVOKED, Reason.REVOKED_BEFORE_SIGNING, seen)
    if opinion.sub_indication in _STALE:
        return _result(Outcome.UNKNOWN, Code.STATUS_STALE, Reason.REVOCATION_MISSING, seen)
    return _result(Outcome.FAILED, Code.SIGNATURE_BROKEN, Reason.SIGNING_TIME_REJECTED, seen)


def _agrees(evidence: Evidence) -> bool:
    """Tell whether both readers speak of the same bytes and the same signer."""
    opinion, shape, pin = evidence.opinion, evidence.gate.shape, evidence.pin
    if opinion is None or shape is None or pin is None:
        return False
    same_range = opinion.byte_range == (0, shape.gap_start, shape.gap_end, evidence.size - shape.gap_end)
    return opinion.coverage == "ENTIRE_FILE" and same_range and opinion.signer_sha256 == pin.sha256


def _result(outcome: Outcome, code: Code, reason: Reason, seen: dict[str, JsonValue]) -> CheckResult:
    return CheckResult(check=NAME, outcome=outcome, code=code, reason=reason, evidence=seen)

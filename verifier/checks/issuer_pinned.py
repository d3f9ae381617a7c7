"""Check 4, issuer_pinned: the signing certificate is one that the trust bundle pins for reports.

By its bytes and its role, never by a name; and only for numbers of its own prefix, within
the time the bundle gives it (threats 1, 11, 31).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from domain.reasons import Reason
from domain.verdict import CheckName, CheckResult, Code, JsonValue, Outcome
from verifier.evidence import Evidence
from verifier.pins import Pin
from verifier.policy import VerificationPolicy

NAME: Final = CheckName.ISSUER_PINNED
CLOCK_TOLERANCE: Final = timedelta(minutes=10)


def check(evidence: Evidence, _policy: VerificationPolicy, _now: datetime) -> CheckResult:
    """Return PASSED for a pinned report certificate that may sign this number at that time."""
    if evidence.pin is None:
        return _stranger(evidence)
    pin = evidence.pin
    seen: dict[str, JsonValue] = {
        "role": pin.role,
        "key_id": pin.key_id.hex(),
        "number_prefix": pin.service.number_prefix,
    }
    if evidence.times is not None and not _in_force(pin, evidence.times.signing):
        return _failed(Reason.SERVICE_NOT_IN_FORCE, seen)
    content = evidence.report.content if evidence.report else None
    if content is not None and not content.number.startswith(pin.service.number_prefix or "-"):
        return _failed(Reason.NUMBER_OUT_OF_PREFIX, {**seen, "number": content.number})
    return CheckResult(check=NAME, outcome=Outcome.PASSED, evidence=seen)


def _stranger(evidence: Evidence) -> CheckResult:
    if evidence.gate.shape is None or evidence.gate.signer is None or evidence.gate.derived:
        return CheckResult(check=NAME, outcome=Outcome.NOT_RUN)
    seen: dict[str, JsonValue] = {"role": evidence.role}
    return _failed(Reason.WRONG_ROLE if evidence.role else Reason.UNKNOWN_CERTIFICATE, seen)


def _in_force(pin: Pin, signing: datetime) -> bool:
    service = pin.service
    return service.from_ - CLOCK_TOLERANCE <= signing and (service.to is None or signing <= service.to)


def _failed(reason: Reason, seen: dict[str, JsonValue]) -> CheckResult:
    return CheckResult(
        check=NAME, outcome=Outcome.FAILED, code=Code.UNTRUSTED_ISSUER, reason=reason, evidence=seen
    )

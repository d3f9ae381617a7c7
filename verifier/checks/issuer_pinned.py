"""Check 4, issuer_pinned: the signing certificate is one that the trust bundle pins for reports.

By its bytes and its role, never by a name; and only for numbers of its own prefix, within
the time the bundle gives it (threats 1, 11, 31).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from domain import canonical
from domain.errors import MalformedInput
from domain.identifiers import ReportNumber
from domain.reasons import Reason
from domain.verdict import CheckName, CheckResult, Code, JsonValue, Outcome
from verifier.evidence.model import Evidence
from verifier.gate.pins import Pin
from verifier.pdf.facts import REPORT
from verifier.policies.policy import VerificationPolicy

NAME: Final = CheckName.ISSUER_PINNED
MAX_JSON: Final = 4_000_000
"""Bytes of a stranger's report.json that are read to find its number."""
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
    if evidence.role:
        return _failed(Reason.WRONG_ROLE, seen)
    prefix = _number_prefix(evidence)
    if prefix is None or prefix == evidence.trust.region:
        return _failed(Reason.UNKNOWN_CERTIFICATE, seen)
    # A genuine report of another centre looks like this: say first that the bundle is the wrong one.
    seen |= {"bundle_region": evidence.trust.region, "number_prefix": prefix}
    return _failed(Reason.OTHER_REGION, seen)


def _number_prefix(evidence: Evidence) -> str | None:
    """Return the six digits a stranger's report number begins with: all of its content that is repeated."""
    data = evidence.contents.attachments.get(REPORT) if evidence.contents else None
    try:
        value = None if data is None else canonical.decode(data, max_bytes=MAX_JSON)
        number = value.get("number") if isinstance(value, dict) else None
        return ReportNumber.parse(number).region if isinstance(number, str) else None
    except MalformedInput:
        return None


def _in_force(pin: Pin, signing: datetime) -> bool:
    service = pin.service
    return service.from_ - CLOCK_TOLERANCE <= signing and (service.to is None or signing <= service.to)


def _failed(reason: Reason, seen: dict[str, JsonValue]) -> CheckResult:
    return CheckResult(
        check=NAME, outcome=Outcome.FAILED, code=Code.UNTRUSTED_ISSUER, reason=reason, evidence=seen
    )

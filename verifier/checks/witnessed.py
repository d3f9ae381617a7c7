"""Check 10, witnessed: outside witnesses cosigned the log's head, and the file's proof is of that log."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from domain.base_text import base64_encode
from domain.reasons import Reason
from domain.times import rfc3339
from domain.verdict import CheckName, CheckResult, Code, JsonValue, Outcome
from verifier.evidence.model import Evidence, Witnessed
from verifier.evidence.witness_facts import SPLIT
from verifier.policies.policy import VerificationPolicy

NAME: Final = CheckName.WITNESSED


def check(evidence: Evidence, _policy: VerificationPolicy, _now: datetime) -> CheckResult:
    """Return PASSED for a quorum over a head that holds the file's entry; FAILED for two histories.

    UNKNOWN offline, or while no quorum covers the entry; NOT_RUN where the bundle names no witness.
    """
    witnessed = evidence.witnessed
    if witnessed is None:
        return CheckResult(check=NAME, outcome=Outcome.NOT_RUN)
    seen = _seen(witnessed)
    if witnessed.cause == SPLIT and evidence.log is not None:
        seen |= {"file_size": evidence.log.size, "file_root": base64_encode(evidence.log.root or b"")}
        return CheckResult(
            check=NAME, outcome=Outcome.FAILED, code=Code.NOT_LOGGED, reason=Reason.LOG_SPLIT, evidence=seen
        )
    outcome = Outcome.PASSED if witnessed.cause is None else Outcome.UNKNOWN
    return CheckResult(check=NAME, outcome=outcome, evidence=seen)


def _seen(witnessed: Witnessed) -> dict[str, JsonValue]:
    if witnessed.size is None:
        return {"cause": witnessed.cause}
    at = witnessed.cosigned_at
    return {
        "cause": witnessed.cause,
        "size": witnessed.size,
        "root": base64_encode(witnessed.root or b""),
        "cosigners": list(witnessed.cosigners),
        "cosigned_at": None if at is None else rfc3339(at),
        "note": None if witnessed.note is None else witnessed.note.decode("utf-8"),
    }

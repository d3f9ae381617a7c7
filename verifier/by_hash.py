"""Judges bytes of which only the SHA-256 is known and which no register holds.

Of a SHA-256 that a register holds, the register's own copy has the same bytes and is judged
like any file; what no register holds is not, byte for byte, a report that was issued here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from domain.reasons import Reason
from domain.times import rfc3339
from domain.verdict import CheckName, CheckResult, Code, Outcome, Verdict
from verifier.engine import fold
from verifier.evidence.reading import Sources
from verifier.policies.policy import VerificationPolicy

_ASKED: Final = CheckName.REGISTERED


def judge_absent(
    sha256: str, name: str, sources: Sources, *, policy: VerificationPolicy, now: datetime
) -> Verdict:
    """Return the verdict on bytes with that SHA-256, which the register was asked for and does not know."""
    results = tuple(
        CheckResult(
            check=check,
            outcome=Outcome.FAILED,
            code=Code.NOT_LOGGED,
            reason=Reason.NOT_REGISTERED,
            evidence={"sha256": sha256},
        )
        if check is _ASKED
        else CheckResult(check=check, outcome=Outcome.NOT_RUN)
        for check in CheckName
    )
    folded = fold(results, policy)
    trust = sources.trust
    return Verdict(
        file=name,
        kind="document",
        status=folded.status,
        code=folded.code,
        reason=folded.reason,
        authenticity=folded.authenticity,
        content=None,
        checks=results,
        report=None,
        policy_id=policy.id,
        policy_sha256=policy.sha256,
        verified_at=now,
        sources={
            "trust_list": {
                "region": trust.bundle.region,
                "sequence": trust.bundle.sequence,
                "sha256": trust.sha256,
                "anchor_sha256": trust.anchor_sha256,
                "made_at": rfc3339(trust.bundle.made_at),
                "age_seconds": int((now - trust.bundle.made_at).total_seconds()),
            },
            "status_list": None,
            "checkpoint": None,
        },
    )

"""What one code amounts to, and the verdict that tells it: of kind ``claim``, never VALID."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from domain import claim as claim_format
from domain.reasons import Reason
from domain.times import rfc3339
from domain.verdict import (
    MEANING,
    Authenticity,
    CheckResult,
    ClaimStatus,
    Code,
    ContentSays,
    JsonValue,
    Outcome,
    Status,
    Verdict,
)
from verifier.checks.status import by_entry
from verifier.engine import list_source
from verifier.evidence.reading import Sources
from verifier.evidence.region_names import region_name
from verifier.evidence.status_lists import Listed
from verifier.policies.policy import VerificationPolicy
from verifier.ports import RegisterEntry

_OF_CODE: Final = {Status.INVALID: ClaimStatus.REFUTED, Status.INDETERMINATE: ClaimStatus.UNKNOWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one code amounts to."""

    status: ClaimStatus
    code: str
    reason: Reason | None
    authenticity: Authenticity = Authenticity.UNKNOWN
    claim: claim_format.Claim | None = None
    number: str | None = None
    status_check: CheckResult | None = None
    """What register or list said of the report, where one of them answered."""
    listed: Listed | None = None


def unknown(code: str, reason: Reason | None) -> Finding:
    """Return that nobody can tell, and why."""
    return Finding(status=ClaimStatus.UNKNOWN, code=code, reason=reason)


def refuted(reason: Reason) -> Finding:
    """Return that the code is not what it says it is."""
    return Finding(
        status=ClaimStatus.REFUTED, code="claim_refuted", reason=reason, authenticity=Authenticity.NOT_GENUINE
    )


def of_code(code: Code, reason: Reason, number: str | None = None) -> Finding:
    """Return what a code of verdicts means where a printed code is judged."""
    meaning = MEANING[code]
    return Finding(
        status=_OF_CODE[meaning.status],
        code=code,
        reason=reason,
        authenticity=meaning.authenticity,
        number=number,
    )


def refuted_code() -> Finding:
    """Return that no report was issued with this number and secret."""
    return Finding(
        status=ClaimStatus.REFUTED,
        code="code_unknown",
        reason=Reason.CODE_NOT_KNOWN,
        authenticity=Authenticity.NOT_GENUINE,
    )


def of_entry(entry: RegisterEntry) -> Finding:
    """Return what the register's line amounts to."""
    return of_check(by_entry(entry), entry.number)


def of_check(result: CheckResult, number: str) -> Finding:
    """Return what the status check means for a code whose report is known to be genuine."""
    if result.outcome is Outcome.PASSED:
        return Finding(
            status=ClaimStatus.STANDS,
            code="claim_stands",
            reason=None,
            authenticity=Authenticity.GENUINE,
            number=number,
            status_check=result,
        )
    finding = of_code(
        result.code or Code.STATUS_UNAVAILABLE, Reason(result.reason or Reason.NO_STATUS_SOURCE), number
    )
    return replace(finding, status_check=result)


def verdict_of(
    finding: Finding,
    name: str,
    sources: Sources,
    policy: VerificationPolicy,
    now: datetime,
    others: tuple[dict[str, JsonValue], ...] = (),
) -> Verdict:
    """Return the claim verdict that a finding is told as; ``others`` are further codes in the picture."""
    opened = sources.trust
    return Verdict(
        file=name,
        kind="claim",
        status=finding.status,
        code=str(finding.code),
        reason=finding.reason,
        authenticity=finding.authenticity,
        content=_content(finding.claim),
        checks=() if finding.status_check is None else (finding.status_check,),
        report=_facts(finding),
        policy_id=policy.id,
        policy_sha256=policy.sha256,
        verified_at=now,
        sources={
            "trust_list": {
                "region": opened.bundle.region,
                "region_name": region_name(opened.bundle.region_files, opened.bundle.region),
                "sequence": opened.bundle.sequence,
                "sha256": opened.sha256,
                "anchor_sha256": opened.anchor_sha256,
                "made_at": rfc3339(opened.bundle.made_at),
                "age_seconds": int((now - opened.bundle.made_at).total_seconds()),
            },
            "status_list": list_source(finding.listed, now),
            "checkpoint": None,
        },
        others=others,
    )


def _content(claim: claim_format.Claim | None) -> ContentSays | None:
    if claim is None:
        return None
    state = "records" if claim.records else "incomplete" if claim.incomplete else "no_record_in_scope"
    return ContentSays(state=state, records=claim.records, not_current=())


def _facts(finding: Finding) -> dict[str, JsonValue] | None:
    """Return the few facts a person compares with the paper."""
    claim = finding.claim
    if claim is None:
        return None if finding.number is None else {"number": finding.number}
    return {
        "number": claim.number,
        "environment": claim.environment.value,
        "subject": {"name": claim.subject_name, "uscc": claim.uscc},
        "as_of": rfc3339(claim.as_of),
        "scope": {
            "narrowed": claim.narrowed,
            "chosen": claim.domains_chosen,
            "total": claim.domains_total,
            "window_from": claim.window_from.isoformat(),
            "window_to": claim.window_to.isoformat(),
        },
        "totals": {
            "records": claim.records,
            "fine_fen": claim.fine_fen,
            "latest_date": None if claim.latest_date is None else claim.latest_date.isoformat(),
        },
    }

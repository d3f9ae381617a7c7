"""Judges evidence: fifteen checks in a visible order, one worst code, unknown never green.

Fold (design: verdict contract):

1. a FAILED check at level fail decides, the most severe code of them first; while the
   checks that make a report genuine are open, only a failure that denies it counts;
2. else an UNKNOWN, or a NOT_RUN that no earlier failure explains, at level fail decides:
   the answer is INDETERMINATE;
3. else, and only if every check at level fail PASSED, the answer is VALID with code ok.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from domain.report import DataState
from domain.times import rfc3339
from domain.verdict import (
    MEANING,
    Authenticity,
    CheckName,
    CheckResult,
    Code,
    ContentSays,
    JsonValue,
    Level,
    Outcome,
    Status,
    Verdict,
)
from verifier.checks import CHECKS
from verifier.evidence.judged import JudgedContent
from verifier.evidence.model import Evidence
from verifier.evidence.status_lists import Listed
from verifier.policies.policy import CORE, VerificationPolicy

_IF_FAILED: Final[Mapping[CheckName, Code]] = {
    CheckName.SHAPE: Code.NOT_A_REPORT,
    CheckName.STRUCTURE: Code.ALTERED,
    CheckName.SIGNATURE: Code.SIGNATURE_BROKEN,
    CheckName.ISSUER_PINNED: Code.UNTRUSTED_ISSUER,
    CheckName.SIGNATURE_AT_SIGNING_TIME: Code.SIGNATURE_BROKEN,
    CheckName.ISSUER_NOW: Code.ISSUER_REVOKED,
    CheckName.TIME_BOUND: Code.TIME_INCONSISTENT,
    CheckName.CONTENT: Code.CONTENT_MISMATCH,
    CheckName.LOGGED: Code.NOT_LOGGED,
    CheckName.WITNESSED: Code.NOT_LOGGED,
    CheckName.REGISTERED: Code.NOT_LOGGED,
    CheckName.STATUS: Code.REVOKED,
    CheckName.FRESHNESS: Code.EXPIRED,
    CheckName.SCOPE: Code.SCOPE_INSUFFICIENT,
    CheckName.RECOGNITION: Code.NOT_RECOGNISED,
}
"""The code of a failure that names none, so that a failure can never fold to ok."""
_ABOUT_NOW: Final = frozenset({CheckName.STATUS, CheckName.REGISTERED, CheckName.WITNESSED})
_MAY_BE_STALE: Final = frozenset({CheckName.ISSUER_NOW, CheckName.SIGNATURE_AT_SIGNING_TIME})
_UNREAD: Final = frozenset({Code.UNREADABLE, Code.ENCRYPTED, Code.LIMITS_EXCEEDED})
_ABSENT: Final = frozenset({None, Code.STATUS_UNAVAILABLE})


@dataclass(frozen=True, slots=True)
class Folded:
    """What the results amount to."""

    status: Status
    code: Code
    reason: str | None
    authenticity: Authenticity


def judge(evidence: Evidence, policy: VerificationPolicy, now: datetime) -> Verdict:
    """Return the verdict on one document; pure: same evidence, policy and time, same verdict."""
    results = explained([check(evidence, policy, now) for _, check in CHECKS], policy)
    folded = fold(results, policy)
    # Content is repeated only from a file that this authority issued: a forger's words never are.
    genuine = folded.authenticity is Authenticity.GENUINE and evidence.report is not None
    report = evidence.report if genuine else None
    return Verdict(
        file=evidence.name,
        kind="document",
        status=folded.status,
        code=folded.code,
        reason=folded.reason,
        authenticity=folded.authenticity,
        content=content_says(report.content) if report and report.content else None,
        checks=tuple(results),
        report=report.json if report else None,
        policy_id=policy.id,
        policy_sha256=policy.sha256,
        verified_at=now,
        sources=sources(evidence, now),
    )


def explained(results: Sequence[CheckResult], policy: VerificationPolicy) -> list[CheckResult]:
    """Return the results with the name of the earlier check that stopped each NOT_RUN one."""
    out: list[CheckResult] = []
    stopped: CheckName | None = None
    for result in results:
        if result.outcome is Outcome.NOT_RUN and stopped is not None and result.check not in _ABOUT_NOW:
            out.append(replace(result, evidence={**result.evidence, "after": stopped.value}))
            continue
        out.append(result)
        weighs = policy.levels[result.check] is Level.FAIL
        if stopped is None and weighs and result.outcome in (Outcome.FAILED, Outcome.UNKNOWN):
            stopped = result.check
    return out


def fold(results: Sequence[CheckResult], policy: VerificationPolicy) -> Folded:
    """Return status, code and authenticity; VALID only if every check at level fail passed."""
    weighing = [result for result in results if _level(result, policy) is Level.FAIL]
    # SECURITY: a check that is missing from the results is not a check that passed.
    absent = set(CheckName) - {result.check for result in results}
    proven = not absent & CORE and all(_settled(result) for result in results if result.check in CORE)
    failed = [(code_of_failure(r), r.reason) for r in weighing if r.outcome is Outcome.FAILED]
    if not proven:
        # "Genuine, but expired" must not be said of a file that nobody could prove genuine.
        failed = [pair for pair in failed if MEANING[pair[0]].authenticity is not Authenticity.GENUINE]
    if failed:
        return _folded(failed)
    open_ones = [r for r in weighing if r.outcome is not Outcome.PASSED]
    unknown = [(_code_of_unknown(r), r.reason) for r in open_ones] + [(Code.UNREADABLE, None)] * len(absent)
    if unknown:
        return _folded(unknown)
    note = next((r.reason for r in results if r.outcome is Outcome.PASSED and r.reason), None)
    meaning = MEANING[Code.OK]
    return Folded(meaning.status, Code.OK, note, meaning.authenticity)


def _settled(result: CheckResult) -> bool:
    """Tell whether a core check leaves no doubt that the file is genuine; old lists cast none."""
    stale = result.outcome is Outcome.UNKNOWN and _code_of_unknown(result) is Code.STATUS_STALE
    return result.outcome is Outcome.PASSED or stale


def _level(result: CheckResult, policy: VerificationPolicy) -> Level:
    # A list too old to answer with is a source that is missing, not a word on the report.
    old_list = result.check is CheckName.STATUS and result.code is Code.STATUS_STALE
    absent = result.outcome is Outcome.NOT_RUN or (
        result.outcome is Outcome.UNKNOWN and (result.code in _ABSENT or old_list)
    )
    return (policy.absent if absent else policy.levels)[result.check]


def code_of_failure(result: CheckResult) -> Code:
    """Return a failed check's code, or the check's own where the code does not mean such a failure."""
    code = result.code
    if code is None or MEANING[code].status is not Status.INVALID:
        return _IF_FAILED[result.check]
    if result.check in CORE and MEANING[code].authenticity is Authenticity.GENUINE:
        return _IF_FAILED[result.check]
    return code


def _code_of_unknown(result: CheckResult) -> Code:
    code = result.code
    if result.check not in CORE:
        told = code is not None and MEANING[code].status is Status.INDETERMINATE
        return code if told and code is not None else Code.STATUS_UNAVAILABLE
    # What was not looked at cannot be called genuine: only an old list leaves that untouched.
    if code is Code.STATUS_STALE and result.check in _MAY_BE_STALE:
        return code
    return code if code in _UNREAD else Code.UNREADABLE


def _folded(found: Iterable[tuple[Code, str | None]]) -> Folded:
    code, reason = max(found, key=lambda item: MEANING[item[0]].severity)
    meaning = MEANING[code]
    return Folded(meaning.status, code, None if reason is None else str(reason), meaning.authenticity)


def content_says(content: JudgedContent) -> ContentSays:
    """Return the second line: what the report says within its scope (rule R1)."""
    chosen = [line for line in content.domains if line.id in content.scope.chosen]
    pending = any(line.data_state is DataState.PENDING for line in chosen)
    state = "records" if content.totals.records else "incomplete" if pending else "no_record_in_scope"
    return ContentSays(
        state=state,
        records=content.totals.records,
        not_current=tuple(line.id for line in chosen if line.data_state is not DataState.CURRENT),
    )


def sources(evidence: Evidence, now: datetime) -> dict[str, JsonValue]:
    """Return what the verdict rests on and how old each part is, in whole seconds."""
    trust, issuers, log = evidence.trust, evidence.issuers, evidence.log
    updated = issuers.signer.this_update if issuers else None
    return {
        "trust_list": {
            "region": trust.region,
            "region_name": trust.region_name,
            "sequence": trust.sequence,
            "sha256": trust.sha256,
            "anchor_sha256": trust.anchor_sha256,
            "made_at": rfc3339(trust.made_at),
            "expires_at": rfc3339(trust.expires_at),
            "age_seconds": _age(trust.made_at, now),
        },
        "revocation": None
        if updated is None
        else {"made_at": rfc3339(updated), "age_seconds": _age(updated, now)},
        "status_list": list_source(evidence.listed, now),
        "checkpoint": None
        if log is None or log.origin is None
        else {"origin": log.origin, "size": log.size, **_witnessed(evidence, now)},
        "as_of": rfc3339(evidence.moment),
    }


def list_source(listed: Listed | None, now: datetime) -> JsonValue:
    """Return which status list was read and how old it is; None where none could be opened."""
    if listed is None or listed.made_at is None:
        return None
    return {
        "uri": listed.uri,
        "version": listed.version,
        "made_at": rfc3339(listed.made_at),
        "age_seconds": _age(listed.made_at, now),
    }


def _witnessed(evidence: Evidence, now: datetime) -> dict[str, JsonValue]:
    """Return which head witnesses signed and how long ago; nulls where none was seen."""
    seen = evidence.witnessed
    at = None if seen is None else seen.cosigned_at
    return {
        "witnessed_size": None if seen is None or at is None else seen.size,
        "witnessed_at": None if at is None else rfc3339(at),
        "age_seconds": None if at is None else _age(at, now),
    }


def _age(instant: datetime, now: datetime) -> int:
    return int((now - instant).total_seconds())

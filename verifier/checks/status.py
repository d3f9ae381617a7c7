"""Check 12, status: may the report be relied on, as of the moment judged.

Inside a house the register answers; elsewhere a signed status list, if one is at hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from domain.reasons import Reason
from domain.times import rfc3339
from domain.verdict import CheckName, CheckResult, Code, JsonValue, Outcome
from verifier.evidence.model import Evidence
from verifier.evidence.status_lists import Listed
from verifier.policies.policy import VerificationPolicy
from verifier.ports import RegisterEntry

NAME: Final = CheckName.STATUS
VALID: Final = "valid"
WORDS: Final[Mapping[str, tuple[Outcome, Code, Reason, Reason]]] = {
    "revoked": (Outcome.FAILED, Code.REVOKED, Reason.REGISTER_REVOKED, Reason.LIST_REVOKED),
    "superseded": (Outcome.FAILED, Code.SUPERSEDED, Reason.REGISTER_SUPERSEDED, Reason.LIST_SUPERSEDED),
    "suspended": (Outcome.UNKNOWN, Code.SUSPENDED, Reason.REGISTER_SUSPENDED, Reason.LIST_SUSPENDED),
    "data_changed": (
        Outcome.UNKNOWN,
        Code.DATA_CHANGED,
        Reason.REGISTER_DATA_CHANGED,
        Reason.LIST_DATA_CHANGED,
    ),
}
"""A word and what follows: outcome, code, the reason when the register says it, and when a list does.
A word that is not here is never green."""


def check(evidence: Evidence, _policy: VerificationPolicy, _now: datetime) -> CheckResult:
    """Return PASSED for ``valid``, else the code of the word; UNKNOWN where nobody answers."""
    register, entry = evidence.register, evidence.register.by_number
    if register.asked and register.reachable:
        return by_entry(entry)
    if evidence.listed is not None:
        return by_list(evidence.listed)
    return _unavailable(Reason.REGISTER_UNREACHABLE if register.asked else Reason.NO_STATUS_SOURCE)


def by_entry(entry: RegisterEntry | None) -> CheckResult:
    """Return what the register's line amounts to; a report it does not have is not one of the house's."""
    if entry is None:
        return CheckResult(
            check=NAME, outcome=Outcome.FAILED, code=Code.NOT_LOGGED, reason=Reason.NOT_REGISTERED
        )
    seen: dict[str, JsonValue] = {
        "word": entry.status,
        "since": rfc3339(entry.status_at),
        "why": entry.reason,
    }
    if entry.status == VALID:
        return CheckResult(check=NAME, outcome=Outcome.PASSED, evidence=seen)
    if entry.status not in WORDS:
        return _unavailable(Reason.NO_STATUS_SOURCE)
    outcome, code, reason, _ = WORDS[entry.status]
    return CheckResult(check=NAME, outcome=outcome, code=code, reason=reason, evidence=seen)


def by_list(listed: Listed) -> CheckResult:
    """Return what a status list amounts to; one that cannot be relied on says nothing, whatever it says."""
    seen: dict[str, JsonValue] = {
        "word": listed.word,
        "list": listed.uri,
        "version": listed.version,
        "made_at": None if listed.made_at is None else rfc3339(listed.made_at),
    }
    if listed.problem is not None:
        code = Code.STATUS_STALE if listed.stale else Code.STATUS_UNAVAILABLE
        return CheckResult(
            check=NAME, outcome=Outcome.UNKNOWN, code=code, reason=listed.problem, evidence=seen
        )
    if listed.word == VALID:
        return CheckResult(check=NAME, outcome=Outcome.PASSED, evidence=seen)
    if listed.word is None or listed.word not in WORDS:
        return _unavailable(Reason.STATUS_VALUE_UNKNOWN)
    outcome, code, _, reason = WORDS[listed.word]
    return CheckResult(check=NAME, outcome=outcome, code=code, reason=reason, evidence=seen)


def _unavailable(reason: Reason) -> CheckResult:
    return CheckResult(check=NAME, outcome=Outcome.UNKNOWN, code=Code.STATUS_UNAVAILABLE, reason=reason)

"""The verdict contract: closed words for what a check, a document and its content say.

Three states and one closed code for the document; apart from it, what the content
says; apart from both, how narrow its scope is (rule R1).  No prose lives here:
``templates/messages/verdicts.<lang>.toml`` has the words for each code.

The vocabulary follows ETSI EN 319 102-1 clause 5.1.3 (TOTAL-PASSED, TOTAL-FAILED,
INDETERMINATE) with words of the field in place of its sub-indications.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, NoReturn

JsonValue = None | bool | int | str | list["JsonValue"] | dict[str, "JsonValue"]


class Status(StrEnum):
    """May I rely on it now?"""

    VALID = "VALID"
    INVALID = "INVALID"
    INDETERMINATE = "INDETERMINATE"


class ClaimStatus(StrEnum):
    """What a QR code or a typed number says: never that a file is valid."""

    STANDS = "STANDS"
    REFUTED = "REFUTED"
    UNKNOWN = "UNKNOWN"


class Authenticity(StrEnum):
    """Did this authority issue exactly this?"""

    GENUINE = "genuine"
    NOT_GENUINE = "not_genuine"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """What one check found."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"
    NOT_RUN = "NOT_RUN"


class CheckName(StrEnum):
    """The checks, in the order in which they run and are shown."""

    SHAPE = "shape"
    STRUCTURE = "structure"
    SIGNATURE = "signature"
    ISSUER_PINNED = "issuer_pinned"
    SIGNATURE_AT_SIGNING_TIME = "signature_at_signing_time"
    ISSUER_NOW = "issuer_now"
    TIME_BOUND = "time_bound"
    CONTENT = "content"
    LOGGED = "logged"
    WITNESSED = "witnessed"
    REGISTERED = "registered"
    STATUS = "status"
    FRESHNESS = "freshness"
    SCOPE = "scope"
    RECOGNITION = "recognition"


class Code(StrEnum):
    """The closed list of verdict codes; the order here carries no meaning."""

    OK = "ok"
    DATA_CHANGED = "data_changed"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    TOO_OLD_FOR_POLICY = "too_old_for_policy"
    SCOPE_INSUFFICIENT = "scope_insufficient"
    NOT_RECOGNISED = "not_recognised"
    STATUS_UNAVAILABLE = "status_unavailable"
    STATUS_STALE = "status_stale"
    ALTERED = "altered"
    APPENDED_DATA = "appended_data"
    MULTIPLE_SIGNATURES = "multiple_signatures"
    SIGNATURE_BROKEN = "signature_broken"
    TIME_INCONSISTENT = "time_inconsistent"
    CONTENT_MISMATCH = "content_mismatch"
    NOT_A_REPORT = "not_a_report"
    UNTRUSTED_ISSUER = "untrusted_issuer"
    NOT_LOGGED = "not_logged"
    ISSUER_REVOKED = "issuer_revoked"
    UNREADABLE = "unreadable"
    ENCRYPTED = "encrypted"
    LIMITS_EXCEEDED = "limits_exceeded"


@dataclass(frozen=True, slots=True)
class CodeMeaning:
    """What a code means for the two questions, and how bad it is."""

    status: Status
    authenticity: Authenticity
    severity: int
    """Greater is worse; the worst code found becomes the verdict's code."""


def _meanings() -> dict[Code, CodeMeaning]:
    # design.md: the table's rows from the bottom, except that its last row
    # (unreadable ...) ranks below every INVALID.
    s, a = Status, Authenticity
    rows: list[tuple[int, Status, Authenticity, tuple[Code, ...]]] = [
        (0, s.VALID, a.GENUINE, (Code.OK,)),
        (10, s.INDETERMINATE, a.GENUINE, (Code.DATA_CHANGED, Code.SUSPENDED)),
        (15, s.INDETERMINATE, a.GENUINE, (Code.STATUS_UNAVAILABLE, Code.STATUS_STALE)),
        (20, s.INDETERMINATE, a.UNKNOWN, (Code.UNREADABLE, Code.ENCRYPTED, Code.LIMITS_EXCEEDED)),
        (30, s.INVALID, a.GENUINE, (Code.EXPIRED, Code.SUPERSEDED, Code.REVOKED)),
        (40, s.INVALID, a.GENUINE, (Code.TOO_OLD_FOR_POLICY, Code.SCOPE_INSUFFICIENT, Code.NOT_RECOGNISED)),
        (
            60,
            s.INVALID,
            a.NOT_GENUINE,
            (
                Code.CONTENT_MISMATCH,
                Code.TIME_INCONSISTENT,
                Code.SIGNATURE_BROKEN,
                Code.MULTIPLE_SIGNATURES,
                Code.APPENDED_DATA,
                Code.ALTERED,
            ),
        ),
        (70, s.INVALID, a.NOT_GENUINE, (Code.NOT_LOGGED, Code.UNTRUSTED_ISSUER, Code.NOT_A_REPORT)),
        (80, s.INVALID, a.UNKNOWN, (Code.ISSUER_REVOKED,)),
    ]
    return {
        code: CodeMeaning(status, authenticity, base + place)
        for base, status, authenticity, codes in rows
        for place, code in enumerate(codes)
    }


MEANING: Final[Mapping[Code, CodeMeaning]] = _meanings()


UNMET: Final = frozenset({Code.TOO_OLD_FOR_POLICY, Code.SCOPE_INSUFFICIENT, Code.NOT_RECOGNISED})
"""Codes of a genuine file in force that the chosen purpose does not take: INVALID, and never a forgery."""


class Level(StrEnum):
    """How much a policy lets one check weigh."""

    FAIL = "fail"
    WARN = "warn"
    INFORM = "inform"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One check's outcome with the evidence a reader needs to repeat it."""

    check: CheckName
    outcome: Outcome
    code: Code | None = None
    """The verdict code this check argues for; None when PASSED, or NOT_RUN without cause."""
    reason: str | None = None
    """A word of the closed reason list (:mod:`domain.reasons`)."""
    evidence: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentSays:
    """The second line (rule R1): what the report says within its scope."""

    state: str
    """``records``, ``incomplete`` or ``no_record_in_scope``."""
    records: int
    not_current: tuple[str, ...]
    """Ids of chosen domains whose data state is not ``current``."""


class OverlayCode(StrEnum):
    """What may have become of a record after the file was issued (rule R21)."""

    REPAIRED = "repaired"
    """信用修复 has been recorded since."""
    CORRECTED = "corrected"
    """The unit has sent another version of the record."""
    REMOVED = "removed"
    """The record stands no more: taken back, or moved off its list."""
    OBJECTED = "objected"
    """The unit has marked it as objected to."""
    OBJECTION = "objection"
    """An objection to this report is open; the count is of objections, not of records."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """One kind of later news, and how many of the file's own records it concerns; no detail."""

    code: OverlayCode
    count: int
    leaves: tuple[int, ...]
    """Which records, by their place in the file; empty where the file shows none singly."""


REFRESH: Final = frozenset(
    {Code.DATA_CHANGED, Code.SUPERSEDED, Code.EXPIRED, Code.TOO_OLD_FOR_POLICY, Code.SCOPE_INSUFFICIENT}
)
"""Codes that a newer or wider report of the same subject would answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Everything one verification found; a document's or, by ``kind``, a code's or a receipt's."""

    file: str
    kind: str
    """``document``, ``claim`` or ``receipt``."""
    status: Status | ClaimStatus
    code: Code | str
    """For a document a :class:`Code`; for a claim a :class:`Code` or a word of ``CLAIM_CODES``.

    For a receipt a word of ``RECEIPT_CODES``.
    """
    reason: str | None
    authenticity: Authenticity
    content: ContentSays | None
    checks: tuple[CheckResult, ...]
    report: Mapping[str, JsonValue] | None
    policy_id: str
    policy_sha256: str
    verified_at: datetime
    sources: Mapping[str, JsonValue]
    """Age of the trust list, status list and checkpoint used."""
    others: tuple[Mapping[str, JsonValue], ...] = ()
    """Further codes seen in the same picture, listed and not judged."""
    at: datetime | None = None
    """The instant asked about, None for ``verified_at``."""
    overlay: tuple[Overlay, ...] | None = None
    """What became known later of the records the file itself counts; None where nobody was asked."""
    refresh: str | None = None
    """Address that tells how a newer or wider report is had, where one would answer the code."""
    presented: Mapping[str, JsonValue] | None = None
    """Of a receipt alone: what was found of it, and all that it says if a pinned key signed it."""

    def __bool__(self) -> NoReturn:
        """Refuse: a verdict is not a boolean; match on ``status``."""
        raise TypeError("a verdict is not a boolean; match on .status")


CLAIM_CODES: Final = frozenset(
    {"claim_stands", "claim_refuted", "online_needed", "code_unknown", "code_unreadable", "page_mark"}
)
"""Codes a claim may carry beside :class:`Code`: a register hit, a contradiction, no network, no such
code, not ours to read, a page that says only which page it is."""

RECEIPT_CODES: Final = frozenset({"receipt_stands", "receipt_unsure", "receipt_refuted"})
"""Codes of a receipt handed in for a report: signed and logged, not all could be told, not genuine.

Its status is that of a claim, never VALID, so that no program takes a receipt for the report itself.
"""

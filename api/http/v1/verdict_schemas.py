"""Shapes of what programs have judged, and of the verdicts and receipts they get."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from api.http.v1.schemas import In, Instant, InstantIn, Out, Sha256


class CheckIn(In):
    """How something is judged; what is left out is the usual."""

    policy: Annotated[
        str | None,
        Field(max_length=16_384, description="`id` or `id@version` of a policy, or a whole policy in TOML"),
    ] = None
    at: Annotated[InstantIn | None, Field(description="was it valid then?  null: now")] = None
    receipt: Annotated[bool, Field(description="give a signed, logged receipt too")] = False


class HashIn(CheckIn):
    """The SHA-256 of a file that stays where it is."""

    sha256: Annotated[str, Field(pattern="^[0-9a-fA-F]{64}$", description="of the whole file, hex")]


class NumberIn(CheckIn):
    """What stands on a paper: the report number and its 核验码."""

    number: Annotated[str, Field(min_length=1, max_length=80)]
    code: Annotated[str, Field(min_length=1, max_length=80, description="核验码, twelve digits")]


class ClaimIn(CheckIn):
    """The text of one scanned code: the cover's or the technical page's."""

    claim: Annotated[str, Field(min_length=1, max_length=4096)]


class ContentOut(Out):
    """The second line of a verdict: what the report says within its scope."""

    state: str
    records: int
    not_current: list[str]


class CheckOut(Out):
    """One check with the evidence to repeat it."""

    check: str
    outcome: Literal["PASSED", "FAILED", "UNKNOWN", "NOT_RUN"]
    code: str | None
    reason: str | None
    evidence: dict[str, Any]


class PolicyOut(Out):
    """Under which policy was judged."""

    id: str
    sha256: Sha256


class TicketIn(In):
    """What a verification with `receipt` gave, and the form in which the receipt is wanted."""

    ticket: Annotated[str, Field(min_length=1, max_length=24_000)]
    form: Literal["json", "pdf"] = "pdf"


class ReceiptOut(Out):
    """A receipt: the JWS with its log proof, and the ticket with which its PDF is had."""

    id: UUID
    sha256: Annotated[Sha256, Field(description="of the compact JWS, as the log holds it")]
    file: Annotated[
        dict[str, Any], Field(description="flattened JWS (RFC 7515) with `header.log`, a C2SP tlog-proof")
    ]
    ticket: str


class OverlayOut(Out):
    """What became known, after the file was issued, of records that it counts; no detail."""

    code: Literal["repaired", "corrected", "removed", "objected", "objection"]
    count: int
    leaves: Annotated[list[int], Field(description="their places, where the file shows records singly")]


class PlaceOut(Out):
    """Where a receipt's leaf stands in the log."""

    origin: str
    index: int
    size: int
    time: Instant


class PresentedOut(Out):
    """What was found of a receipt that was handed in where a report is expected."""

    code: Annotated[str, Field(description="as `daizheng verify-receipt` gives it: `ok`, `altered` ...")]
    pdf: bool
    sha256: Annotated[str | None, Field(description="of the receipt's compact form, as the log has it")]
    receipt: Annotated[
        dict[str, Any] | None, Field(description="the signed payload; null unless a pinned key signed it")
    ]
    log: PlaceOut | None


class VerdictOut(Out):
    """The verdict contract of docs/verdicts.md, the same as ``daizheng verify --json``."""

    file: str
    kind: Literal["document", "claim", "receipt"]
    status: Literal["VALID", "INVALID", "INDETERMINATE", "STANDS", "REFUTED", "UNKNOWN"]
    code: str
    reason: str | None
    authenticity: Literal["genuine", "not_genuine", "unknown"]
    content: ContentOut | None
    checks: list[CheckOut]
    report: Annotated[dict[str, Any] | None, Field(description="the signed JSON, unchanged")]
    policy: PolicyOut
    verified_at: Instant
    sources: dict[str, Any]
    at: Annotated[Instant | None, Field(description="the instant asked about; null: `verified_at`")]
    overlay: Annotated[
        list[OverlayOut] | None,
        Field(description="later news of the file's own records; null where nobody was asked"),
    ]
    refresh: Annotated[str | None, Field(description="where to learn how a newer report is had")]
    others: Annotated[list[dict[str, Any]], Field(description="of a claim: further codes in the picture")] = (
        Field(default=[])
    )
    presented: Annotated[
        PresentedOut | None, Field(description="of a receipt handed in for a report; else left out")
    ] = None
    receipt: Annotated[
        ReceiptOut | None, Field(description="where `receipt` was wished for; none is made of a receipt")
    ] = None

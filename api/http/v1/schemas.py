"""Shapes of what programs send and get; what they send may hold nothing else."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Names = Annotated[list[Annotated[str, Field(max_length=64)]], Field(min_length=1, max_length=200)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Instant = datetime
_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
InstantIn = Annotated[AwareDatetime, Field(ge=_FIRST, lt=_LAST, description="with its offset")]
DayIn = Annotated[date, Field(ge=_FIRST.date(), lt=_LAST.date())]


class In(BaseModel):
    """What is sent: nothing beside the named fields."""

    model_config = ConfigDict(extra="forbid")


class Out(BaseModel):
    """What is answered."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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


class OrderIn(In):
    """What a report shall cover; what is left out is as the matter or the region says."""

    matter: Annotated[str | None, Field(max_length=64, description="id in the catalogue of matters")] = None
    domains: Annotated[Names | None, Field(description="ids of the chosen domains; null: all")] = None
    window_from: DayIn | None = None
    window_to: DayIn | None = None
    purpose: Annotated[str, Field(max_length=60, description="for a free choice")] = ""
    variant: Literal["summary", "full"] = "summary"


class ScopeIn(In):
    """Which details a grant opens; null on an axis: all."""

    domains: Names | None = None
    kinds: Names | None = None
    fields: Names | None = None
    years: Annotated[
        list[Annotated[str, Field(pattern="^(19|20)[0-9]{2}$")]] | None, Field(max_length=80)
    ] = None


class GrantIn(In):
    """What somebody else may see of a report; what is left out is as the region says."""

    purpose: Annotated[str, Field(min_length=1, max_length=100)]
    scope: ScopeIn = ScopeIn()
    allows: Annotated[
        list[Literal["view", "download", "query", "watch"]], Field(min_length=1, max_length=4)
    ] = ["view"]
    receiver: Annotated[
        str | None, Field(max_length=40, description="USCC; null: whoever holds the code")
    ] = None
    receiver_name: Annotated[str | None, Field(max_length=100)] = None
    not_before: InstantIn | None = None
    expires_at: InstantIn | None = None
    uses: Annotated[int | None, Field(ge=1, le=1_000_000)] = None
    factor: Literal["none", "sign_in", "code"] = "none"
    factor_code: Annotated[str | None, Field(max_length=12, description="six digits, told apart")] = None


class RedeemIn(In):
    """The secret of a grant (授权码)."""

    token: Annotated[str, Field(min_length=1, max_length=2048)]
    factor_code: Annotated[str | None, Field(max_length=12)] = None


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


class VerdictOut(Out):
    """The verdict contract of docs/verdicts.md, the same as ``daizheng verify --json``."""

    file: str
    kind: Literal["document", "claim"]
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
    others: Annotated[
        list[dict[str, Any]], Field(description="of a claim: further codes in the picture")
    ] = []
    receipt: Annotated[ReceiptOut | None, Field(description="where `receipt` was wished for")] = None


class ReportOut(Out):
    """One line of the register."""

    number: str
    status: str
    status_at: Instant
    status_reason: str | None
    level: str
    variant: str
    purpose: str
    matter: str | None
    as_of: Instant
    window_from: date
    window_to: date
    domains: list[str]
    records: int
    fresh_until: Instant | None
    file_sha256: Sha256
    content_sha256: Sha256
    released_at: Instant
    file: Annotated[str, Field(description="path of the signed PDF")]


class ReportsOut(Out):
    """Some of one's own reports, newest first."""

    items: list[ReportOut]
    next: Annotated[str | None, Field(description="cursor of the next page; null on the last")]


class ApplicationOut(Out):
    """An application that a person looks at first (R26)."""

    application: UUID
    state: Literal["waiting", "approved", "refused"]
    reasons: Annotated[list[str], Field(description="pending:DOMAIN for each domain in 待核")]
    since: Instant
    number: Annotated[str | None, Field(description="the report, once there is one")]
    reason: Annotated[str | None, Field(description="why it was refused")]
    self: Annotated[str, Field(description="path to ask again")]


class ScopeOut(Out):
    """Which details are open; null on an axis: all."""

    domains: list[str] | None
    kinds: list[str] | None
    fields: list[str] | None
    years: list[str] | None


class GrantOut(Out):
    """A grant without its secret."""

    id: UUID
    number: str
    state: str
    purpose: str
    scope: ScopeOut
    allows: list[str]
    receiver: str | None
    receiver_name: str | None
    not_before: Instant
    expires_at: Instant
    uses: int
    max_uses: int | None
    factor: str
    prefix: Annotated[str, Field(description="first characters of the secret")]
    made_at: Instant


class GrantMadeOut(Out):
    """A new grant with its secret, which nobody can show again."""

    grant: GrantOut
    token: str
    fragment: Annotated[str, Field(description="what stands behind # in the link of a QR code")]


class RedeemedOut(Out):
    """One use of a grant: open for a while, as long as the grant stands."""

    opening: Annotated[str, Field(description="secret for the header X-Daizheng-Grant")]
    grant: UUID
    number: str
    purpose: str
    scope: ScopeOut
    allows: list[str]
    until: Instant


class FreshOut(Out):
    """A fresh report on the subject's behalf."""

    number: Annotated[str | None, Field(description="its file is opened by the same opening")]
    waiting: Annotated[bool, Field(description="a person looks first (R26)")]


class UseOut(Out):
    """One use or refusal of a grant."""

    at: Instant
    act: str
    grant: UUID | None
    viewer_name: str
    viewer_role: str
    organisation: str | None
    organisation_name: str | None
    purpose: str
    fields: Annotated[list[str], Field(description="ids of what was shown; of a refusal its code")]


class UsesOut(Out):
    """Some uses, newest first."""

    items: list[UseOut]
    next: str | None


class EndedOut(Out):
    """How many grants ended: the one named and those made from it; 0 when it had ended before."""

    ended: int


class KeyOut(Out):
    """One certificate of the house."""

    role: str
    key_id: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
    certificate_sha256: Sha256
    number_prefix: str | None
    valid_from: Instant
    valid_to: Instant | None
    state: str


class LogOut(Out):
    """The signature log."""

    origin: str
    vkeys: list[str]


class TrustOut(Out):
    """Where the signed bundle is, by which everything here can be checked."""

    url: str
    sha256: Sha256
    sequence: int
    expires_at: Instant


class HouseOut(Out):
    """Who this house is; unsigned, so compare the anchor with what the authority published."""

    type: Literal["urn:daizheng:schema:house:1"]
    host: str
    region: str
    environment: str
    issuer: str
    anchor_sha256: Sha256
    keys: list[KeyOut]
    log: LogOut
    trust_bundle: TrustOut
    endpoints: Annotated[dict[str, str], Field(description="addresses by name; {..} to be filled in")]
    sandbox: Annotated[
        str | None, Field(description="address of the region's house for trying things out, with other keys")
    ]


class ProblemOut(BaseModel):
    """RFC 9457."""

    model_config = ConfigDict(extra="allow")

    type: Annotated[str, Field(pattern="^urn:daizheng:problem:")]
    title: str
    status: int
    detail: Annotated[str, Field(description="what happened and what to do next, in zh or en")]
    code: Annotated[str, Field(description="stable; the tail of type")]
    request_id: str
    retry_after: Annotated[int | None, Field(description="seconds")] = None


class ChangesOut(Out):
    """One word about the time since a report, and the signed statement that says it."""

    answer: Literal["no_new_record", "changed"]
    since: Instant
    domains: list[str]
    watermark: Annotated[date | None, Field(description="up to when the units attested their data")]
    made_at: Instant
    statement: Annotated[str, Field(description="compact JWS, for `daizheng verify-statement`")]

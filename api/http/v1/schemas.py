"""Shapes of what programs send and get; what they send may hold nothing else."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Literal
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


class OrderIn(In):
    """What a report shall cover; what is left out is as the matter or the region says."""

    matter: Annotated[str | None, Field(max_length=64, description="id in the catalogue of matters")] = None
    domains: Annotated[Names | None, Field(description="ids of the chosen domains; null: all")] = None
    window_from: DayIn | None = None
    window_to: DayIn | None = None
    purpose: Annotated[str, Field(max_length=60, description="for a free choice")] = ""
    variant: Literal["summary", "full"] = "summary"


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

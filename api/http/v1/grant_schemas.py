"""Shapes of grants and of what they open, as programs send and get them."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from api.http.v1.schemas import In, Instant, InstantIn, Names, Out


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
    ] = Field(default=["view"])
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

"""授权 for programs: made, redeemed, withdrawn, and who used it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from api.http.identity import fact, fresh_sign_in
from api.http.v1.answering import Opening, Served, WriteKey, json_answer, once, paced
from api.http.v1.bodies import Body, json_body
from api.http.v1.documented import ANYBODY, SIGNED_IN, answers, takes
from api.http.v1.grant_schemas import (
    EndedOut,
    FreshOut,
    GrantIn,
    GrantMadeOut,
    GrantOut,
    RedeemedOut,
    RedeemIn,
    ScopeOut,
    UseOut,
    UsesOut,
)
from api.services.access.principal import Principal
from api.services.grants import querying, withdrawing
from api.services.grants.making import Made, make
from api.services.grants.redeeming import Redeemed, redeem
from api.services.grants.wishes import Wish
from api.services.issuing.issue import Issued
from api.services.machines import uses
from api.services.machines.cursors import MAX_CURSOR
from api.services.machines.once import Answer
from api.store.entries_access import Look
from api.store.entries_grants import Grant
from domain.errors import Refused
from domain.grant_rights import AXES, GrantScope, scope_to_json
from domain.times import require_aware

router = APIRouter(prefix="/api/v1", tags=["grants"])

MOST = 200
_GRANT = {"purpose": "贷款审批", "allows": ["view", "download"], "receiver": None, "uses": 3}
_TOKEN = {"token": "dzg_..."}


@router.post(
    "/reports/{number}/grants",
    status_code=201,
    response_model=GrantMadeOut,
    responses=answers(401, 403, 404, 409, 415),
    dependencies=[Depends(fresh_sign_in), paced("api_grant", "30/minute")],
    openapi_extra={"requestBody": takes(GrantIn, _GRANT), "security": SIGNED_IN},
)
def make_grant(
    request: Request,
    web: Served,
    viewer: Annotated[Principal, Depends(fact("grant_make"))],
    asked: Annotated[Body[GrantIn], Depends(json_body(GrantIn))],
    number: str,
    key: WriteKey = None,
) -> Response:
    """Let somebody see a report; needs a sign-in of the last five minutes.  The secret is shown this once."""

    def act() -> Answer:
        made = make(web.context, viewer, number, wish_of(asked.said))
        return Answer(status=201, body=made_out(made).model_dump_json())

    return once(request, web, viewer, key, asked.raw, act)


@router.post(
    "/grants/redeem",
    response_model=RedeemedOut,
    responses=answers(401, 403, 404, 409, 415),
    dependencies=[paced("api_redeem", "30/minute")],
    openapi_extra={"requestBody": takes(RedeemIn, _TOKEN), "security": ANYBODY},
)
def redeem_grant(
    request: Request,
    web: Served,
    viewer: Annotated[Principal, Depends(fact("grant_redeem"))],
    asked: Annotated[Body[RedeemIn], Depends(json_body(RedeemIn))],
    key: WriteKey = None,
) -> Response:
    """Use a grant once; what comes back opens file and details until it ends or is withdrawn."""

    def act() -> Answer:
        done = redeem(web.context, viewer, asked.said.token, factor=asked.said.factor_code)
        return Answer(status=200, body=redeemed_out(done).model_dump_json())

    return once(request, web, viewer, key, asked.raw, act)


@router.post(
    "/grants/fresh-report",
    response_model=FreshOut,
    responses=answers(401, 403, 404, 409),
    dependencies=[paced("api_issue", "30/minute")],
    openapi_extra={"security": ANYBODY},
)
def fresh_report(
    request: Request,
    web: Served,
    viewer: Annotated[Principal, Depends(fact("fresh_report"))],
    opening: Opening = None,
    key: WriteKey = None,
) -> Response:
    """Have a fresh report issued on the subject's behalf, once a use, where the grant allows ``query``."""
    if opening is None:
        raise Refused("grant_needed")

    def act() -> Answer:
        done = querying.query(web.context, web.issuing.issue, viewer, opening)
        number = done.number if isinstance(done, Issued) else None
        return Answer(status=200, body=FreshOut(number=number, waiting=number is None).model_dump_json())

    return once(request, web, viewer, key, opening.encode(), act)


@router.delete(
    "/grants/{id:uuid}",
    response_model=EndedOut,
    responses=answers(401, 403, 404),
    dependencies=[Depends(fresh_sign_in), paced("api_grant", "30/minute")],
    openapi_extra={"security": SIGNED_IN},
)
def withdraw_grant(
    web: Served,
    viewer: Annotated[Principal, Depends(fact("grant_withdraw"))],
    id: UUID,  # noqa: A002
) -> Response:
    """Take a grant back with all that were made from it; needs a sign-in of the last five minutes."""
    return json_answer(EndedOut(ended=withdrawing.withdraw(web.context, viewer, id)))


@router.get(
    "/grants/{id:uuid}/uses",
    response_model=UsesOut,
    responses=answers(401, 403, 404),
    dependencies=[paced("api_read", "600/minute")],
    openapi_extra={"security": SIGNED_IN},
)
def grant_uses(
    web: Served,
    viewer: Annotated[Principal, Depends(fact("grant_uses"))],
    id: UUID,  # noqa: A002
    cursor: Annotated[str | None, Query(max_length=MAX_CURSOR)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> Response:
    """Give every use and refusal of a grant and of those made from it, newest first."""
    found = uses.page_of(web.context, viewer, id, cursor, limit)
    return json_answer(UsesOut(items=[use_out(look) for look in found.looks], next=found.next))


def wish_of(said: GrantIn) -> Wish:
    """Give what was asked for as the room of grants takes it."""
    axes = {axis: getattr(said.scope, axis) for axis in AXES}
    return Wish(
        purpose=said.purpose,
        scope=GrantScope(
            **{axis: None if names is None else frozenset(names) for axis, names in axes.items()}
        ),
        allows=frozenset(said.allows),
        receiver=said.receiver,
        receiver_name=said.receiver_name,
        not_before=None if said.not_before is None else require_aware(said.not_before),
        expires_at=None if said.expires_at is None else require_aware(said.expires_at),
        uses=said.uses,
        factor=said.factor,
        factor_code=said.factor_code,
    )


def made_out(made: Made) -> GrantMadeOut:
    """Give a new grant with its secret."""
    return GrantMadeOut(grant=grant_out(made.grant), token=made.token, fragment=made.fragment)


def grant_out(grant: Grant) -> GrantOut:
    """Give a grant as it is answered."""
    names = set(GrantOut.model_fields) - {"scope", "allows"}
    shown: dict[str, Any] = {name: getattr(grant, name) for name in names}
    return GrantOut(**shown, scope=ScopeOut.model_validate(grant.scope), allows=[*grant.allows])


def redeemed_out(done: Redeemed) -> RedeemedOut:
    """Give a use with the secret by which a program goes on."""
    grant, right = done.opened.held.grant, done.opened.right
    return RedeemedOut(
        opening=done.token,
        grant=grant.id,
        number=grant.number,
        purpose=grant.purpose,
        scope=ScopeOut.model_validate(scope_to_json(right.scope)),
        allows=sorted(right.allows),
        until=done.opened.until,
    )


def use_out(look: Look) -> UseOut:
    """Give one use as it is answered."""
    names = set(UseOut.model_fields) - {"fields"}
    shown: dict[str, Any] = {name: getattr(look, name) for name in names}
    return UseOut(**shown, fields=[*look.fields])

"""A file, a hash, a number or a code in; its verdict out.  Public; nothing handed in is kept."""

from __future__ import annotations

import json
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from limits import parse

from api.http.identity import fact
from api.http.rate import client_address
from api.http.request_log import count_verdict
from api.http.v1.answering import NO_STORE, Served, paced
from api.http.v1.bodies import JSON, Body, Submission, Upload, json_body, submission
from api.http.v1.documented import ANYBODY, FILE, FILE_OR_NAME, answers, takes
from api.http.v1.verdict_schemas import HashIn, NumberIn, TicketIn, VerdictOut
from api.http.web import Web
from api.services.access.principal import Principal
from api.services.checking import receipts
from api.services.checking.etsi import etsi_report
from api.services.machines.verdicts import Answered, VerdictDesk, Wishes
from domain.errors import MalformedInput
from domain.verdict import JsonValue
from verifier.answers.verdict_json import to_line

router = APIRouter(prefix="/api/v1", tags=["verifications"])

_PLAIN: Final[dict[str, Any]] = {"schema": {"type": "string", "format": "binary"}}
_RECEIPT: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The receipt, signed by the house's receipt key.",
        "content": {"application/pdf": _PLAIN, "application/jose+json": {"schema": {"type": "object"}}},
    }
}
_ETSI: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "ETSI TS 119 102-2, ValidationReport.", "content": {"application/xml": _PLAIN}}
}
TYPED_CODES: Final = parse("10/minute")
"""Codes that one address may try, here and on the pages together."""
RECEIPTS: Final = parse("20/minute")
"""Receipts that one address may have made, here and on the pages together."""
RECEIPTS_BY_KEY: Final = parse("600/minute")
TYPED_BY_KEY: Final = parse("600/minute")
"""Codes that one signed-in organisation may try; each number has its own lock beside this."""


@router.post(
    "/verifications",
    response_model=VerdictOut,
    responses=answers(401, 403, 415),
    dependencies=[paced("api_verify", "1200/minute")],
    openapi_extra={"requestBody": FILE_OR_NAME, "security": ANYBODY},
)
def verify(
    request: Request,
    web: Served,
    viewer: Annotated[Principal, Depends(fact("file_verdict"))],
    given: Annotated[Submission, Depends(submission)],
) -> Response:
    """Give the verdict on a PDF or picture, on the file with a SHA-256, on number and 核验码, or on a code.

    A bad document is an answer (200 with its verdict), not an error.
    """
    now = web.context.clock()
    said = given.wishes if isinstance(given, Upload) else given
    wishes = Wishes(policy=said.policy or "", at=said.at, receipt=said.receipt)
    if wishes.receipt:
        _pace_receipts(request, web, viewer)
    desk = VerdictDesk(web.context, web.verifier.at(now), now, wishes)
    if isinstance(given, Upload):
        found = desk.file(given.data, given.name)
    elif isinstance(given, HashIn):
        found = desk.sha256(given.sha256)
    else:
        _pace(request, web, viewer)
        found = (
            desk.number(given.number, given.code) if isinstance(given, NumberIn) else desk.claim(given.claim)
        )
    return _answer(found)


@router.post(
    "/receipts",
    response_class=Response,
    responses=_RECEIPT | answers(403, 415),
    openapi_extra={"requestBody": takes(TicketIn, {"ticket": "...", "form": "pdf"}), "security": ANYBODY},
)
def receipt(
    request: Request,
    web: Served,
    viewer: Annotated[Principal, Depends(fact("receipt"))],
    asked: Annotated[Body[TicketIn], Depends(json_body(TicketIn))],
) -> Response:
    """Give the receipt of a verification again, as data or as a signed PDF, for seven days."""
    _pace_receipts(request, web, viewer)
    now = web.context.clock()
    given = receipts.give(web.context, asked.said.ticket, now)
    kind, data = ("application/pdf", receipts.pdf(web.context, given, now))
    if asked.said.form == "json":
        kind, data = ("application/jose+json", given.data)
    return Response(data, media_type=kind, headers=NO_STORE)


@router.post(
    "/verifications/etsi",
    response_class=Response,
    responses=_ETSI | answers(401, 403, 415),
    dependencies=[paced("api_etsi", "30/minute")],
    openapi_extra={"requestBody": FILE, "security": ANYBODY},
)
def etsi(
    web: Served,
    viewer: Annotated[Principal, Depends(fact("file_verdict"))],  # noqa: ARG001 - the table must allow it
    given: Annotated[Submission, Depends(submission)],
) -> Response:
    """Give the signature of a PDF as ETSI TS 119 102-2 tells it; status and content are not in it."""
    if not isinstance(given, Upload):
        raise MalformedInput("portal_nothing_given")
    xml = etsi_report(web.verifier.at(web.context.clock()), given.data)
    return Response(xml, media_type="application/xml", headers=NO_STORE)


def _pace_receipts(request: Request, web: Web, viewer: Principal) -> None:
    """Each receipt is an entry of the log for good, so they are counted by themselves."""
    if viewer.signed_in:
        web.limiter.take(RECEIPTS_BY_KEY, "receipt", viewer.sub)
    else:
        web.limiter.take(RECEIPTS, "receipt", client_address(request))


def _pace(request: Request, web: Web, viewer: Principal) -> None:
    if viewer.signed_in:
        web.limiter.take(TYPED_BY_KEY, "code", viewer.sub)
    else:
        web.limiter.take(TYPED_CODES, "code", client_address(request))


def _answer(found: Answered) -> Response:
    verdict, given = found.verdict, found.receipt
    count_verdict(verdict)
    beside: dict[str, JsonValue] = {}
    if given is not None:
        beside["receipt"] = {
            "id": str(given.receipt.id),
            "sha256": given.file.sha256,
            "file": json.loads(given.data),
            "ticket": found.ticket,
        }
    return Response(to_line(verdict, **beside), media_type=JSON, headers=NO_STORE)

"""A file, a hash, a number or a code in; its verdict out.  Public; nothing handed in is kept."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from limits import parse

from api.http.identity import fact
from api.http.rate import client_address
from api.http.request_log import count_verdict
from api.http.v1.answering import NO_STORE, Served, paced
from api.http.v1.bodies import JSON, Submission, Upload, submission
from api.http.v1.documented import ANYBODY, FILE_OR_NAME, answers
from api.http.v1.schemas import HashIn, NumberIn, VerdictOut
from api.http.web import Web
from api.services.access.principal import Principal
from api.services.machines.verdicts import VerdictDesk
from domain.verdict import Verdict
from verifier.verdict_json import to_line

router = APIRouter(prefix="/api/v1", tags=["verifications"])

TYPED_CODES: Final = parse("10/minute")
"""Codes that one address may try, here and on the pages together."""
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
    desk = VerdictDesk(web.context, web.verifier.at(now), now)
    if isinstance(given, Upload):
        verdict = desk.file(given.data, given.name)
    elif isinstance(given, HashIn):
        verdict = desk.sha256(given.sha256)
    else:
        _pace(request, web, viewer)
        verdict = (
            desk.number(given.number, given.code) if isinstance(given, NumberIn) else desk.claim(given.claim)
        )
    return _answer(verdict)


def _pace(request: Request, web: Web, viewer: Principal) -> None:
    if viewer.signed_in:
        web.limiter.take(TYPED_BY_KEY, "code", viewer.sub)
    else:
        web.limiter.take(TYPED_CODES, "code", client_address(request))


def _answer(verdict: Verdict) -> Response:
    count_verdict(verdict)
    return Response(to_line(verdict), media_type=JSON, headers=NO_STORE)

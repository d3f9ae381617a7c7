"""After a verdict: the same file for another purpose or day, a receipt, the ETSI report."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Request, Response
from limits import parse

from api.http.identity import fact
from api.http.pages.portal import uploads
from api.http.pages.portal.asked import Wished
from api.http.pages.portal.verify import result
from api.http.rate import client_address
from api.http.web import Web, web_of
from api.services.checking import originals, receipts
from api.services.checking.etsi import etsi_report
from domain.errors import NotFound

router = APIRouter(include_in_schema=False)

RECEIPTS: Final = parse("20/minute")
"""Receipts that one address may have made, here and by programs together: each is a log entry for good."""
REPORTS: Final = parse("6/minute")
_Web = Annotated[Web, Depends(web_of)]
_Handle = Annotated[str, Form(max_length=600)]


@router.post("/verify/again", dependencies=[Depends(fact("file_verdict"))])
def again(request: Request, web: _Web, asked: Wished, handle: _Handle) -> Response:
    """Judge the registered copy of the file one has just shown to hold, for another purpose or day."""
    number = originals.number_of(web.context, handle, web.context.clock())
    return result(request, web, uploads.checker(web, asked).again(number), asked=asked)


@router.post("/verify/receipt", dependencies=[Depends(fact("receipt"))])
def receipt(
    request: Request,
    web: _Web,
    ticket: Annotated[str, Form(max_length=receipts.MAX_TICKET)],
    form: Annotated[str, Form(max_length=8)] = "pdf",
) -> Response:
    """Send the receipt of the verdict that gave the ticket, as a signed PDF or as data."""
    web.limiter.take(RECEIPTS, "receipt", client_address(request))
    now = web.context.clock()
    given = receipts.give(web.context, ticket, now)
    if form == "pdf":
        return attached(receipts.pdf(web.context, given, now), "application/pdf", f"{given.name}.pdf")
    if form == "json":
        return attached(given.data, "application/jose+json", f"{given.name}.json")
    raise NotFound("page_unknown")


@router.post("/verify/etsi", dependencies=[Depends(fact("file_verdict"))])
def etsi(request: Request, web: _Web, handle: _Handle) -> Response:
    """Send the ETSI report on the signature of the file one has just shown to hold."""
    web.limiter.take(REPORTS, "etsi", client_address(request))
    now = web.context.clock()
    number = originals.number_of(web.context, handle, now)
    xml = etsi_report(web.verifier.at(now), originals.original(web.context, number))
    return attached(xml, "application/xml", f"{number}-etsi.xml")


def attached(data: bytes, kind: str, name: str) -> Response:
    """Give a download; names are plain ASCII."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(data, media_type=kind, headers=headers)

"""What a report's QR codes open; the part after "#" is read by the page's script and posted, never logged."""

from __future__ import annotations

import base64
from typing import Annotated, Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_der_x509_certificate
from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse
from limits import parse

from api.http.identity import fact
from api.http.pages.portal import uploads, verify
from api.http.rate import client_address
from api.http.rendering import page
from api.http.web import Web, web_of
from domain.errors import MalformedInput, NotFound
from domain.identifiers import ReportNumber, key_id
from domain.qr_link import PAPER_SECRET
from keys.roles import Role

router = APIRouter(include_in_schema=False, dependencies=[Depends(fact("file_verdict"))])

CLAIMS_A_MINUTE: Final = parse("60/minute")
"""Signed claims that one address may ask about; they are no secrets, so only the load is limited."""
_Web = Annotated[Web, Depends(web_of)]


@router.get("/q-keys.json")
def keys(web: _Web) -> JSONResponse:
    """Give the public keys that sign this house's claims, as the page's script needs them."""
    bundle = web.verifier.at(web.context.clock()).trust.bundle
    found = []
    for service in bundle.services:
        if service.role != Role.QR:
            continue
        public = load_der_x509_certificate(service.cert).public_key()
        spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        found.append(
            {
                "kid": key_id(spki).hex(),
                "spki": base64.b64encode(spki).decode("ascii"),
                "number_prefix": service.number_prefix or bundle.region,
                "state": service.state.value,
            }
        )
    said = {"host": web.context.house.host, "environment": bundle.environment.value, "keys": found}
    return JSONResponse(said, headers={"Cache-Control": "no-store"})


@router.post("/q/check")
def check(
    request: Request,
    web: _Web,
    number: Annotated[str, Form(max_length=40)],
    fragment: Annotated[str, Form(max_length=900)],
) -> HTMLResponse:
    """Give the answer on one scanned code as a part of the page that asks."""
    secret = fragment[:1].upper() == PAPER_SECRET
    limit = verify.CODES_A_MINUTE if secret else CLAIMS_A_MINUTE
    web.limiter.take(limit, "code" if secret else "claim", client_address(request))
    parsed = ReportNumber.parse(number.upper())
    text = f"https://{web.context.house.host}/q/{parsed}#{fragment}"
    return verify.result(request, web, uploads.checker(web).link(text), part=True)


@router.get("/q/{number}")
@router.get("/Q/{number}")
def scanned(request: Request, web: _Web, number: str) -> HTMLResponse:
    """Show the same page for every well-formed number: whether it exists is not told by number alone."""
    try:
        parsed = ReportNumber.parse(number.upper())
    except MalformedInput as error:
        raise NotFound("page_unknown") from error
    return page(request, "portal/q.html", number=str(parsed), visited=verify.visited(request, web))

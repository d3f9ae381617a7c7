"""Who this house is, by which keys, and where its interface and trust bundle are."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any, Final

from fastapi import APIRouter, Depends, FastAPI, Request, Response

from api.http.identity import fact
from api.http.v1.answering import Served, paced
from api.http.v1.documented import answers, openapi
from api.http.v1.schemas import HouseOut, KeyOut, LogOut, TrustOut
from api.http.web import Web
from api.services.house.trust import Exported, current
from domain.identifiers import key_id
from domain.trust_format import Service
from keys.trust.signatures import spki_of

router = APIRouter(tags=["house"], dependencies=[Depends(fact("public_page"))])

WELL_KNOWN: Final = "/.well-known/daizheng.json"
BUNDLE: Final = "/.well-known/daizheng.trust"
DOCUMENT: Final = "/api/v1/openapi.json"
_FIVE_MINUTES: Final = {"Cache-Control": "public, max-age=300"}
_JOSE: dict[int | str, dict[str, Any]] = {
    200: {"description": "One compact JWS.", "content": {"application/jose": {"schema": {"type": "string"}}}}
}
_OBJECT: dict[int | str, dict[str, Any]] = {
    200: {"description": "OpenAPI 3.1.", "content": {"application/json": {"schema": {"type": "object"}}}}
}
_ENDPOINTS: Final = {
    "verifications": "/api/v1/verifications",
    "reports": "/api/v1/reports",
    "report_file": "/api/v1/reports/{number}/file",
    "report_details": "/api/v1/reports/{number}/details",
    "report_grants": "/api/v1/reports/{number}/grants",
    "redeem": "/api/v1/grants/redeem",
    "openapi": DOCUMENT,
    "portal": "/verify",
}


@router.get(
    WELL_KNOWN,
    response_model=HouseOut,
    responses=answers(),
    dependencies=[paced("api_house", "120/minute")],
    openapi_extra={"security": []},
)
def house(request: Request, web: Served) -> Response:
    """Give region, environment, keys and endpoints of this house."""
    kept = current(web.context, web.context.clock())
    shown = house_out(web, kept, base_of(request, web))
    return Response(shown.model_dump_json(), media_type="application/json", headers=_FIVE_MINUTES)


@router.get(
    BUNDLE,
    response_class=Response,
    responses=_JOSE | answers(),
    dependencies=[paced("api_house", "120/minute")],
    openapi_extra={"security": []},
)
def trust_bundle(web: Served) -> Response:
    """Give the signed trust bundle: all that is needed to judge a report without this service."""
    kept = current(web.context, web.context.clock())
    name = f"{web.context.house.region}-{kept.opened.bundle.sequence}.trust"
    headers = _FIVE_MINUTES | {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(kept.data, media_type="application/jose", headers=headers)


@router.get(
    DOCUMENT,
    response_class=Response,
    responses=_OBJECT | answers(),
    dependencies=[paced("api_house", "120/minute")],
    openapi_extra={"security": []},
)
def document(request: Request) -> Response:
    """Give this document."""
    return Response(_document(request.app), media_type="application/json", headers=_FIVE_MINUTES)


@cache
def _document(app: FastAPI) -> bytes:
    return json.dumps(openapi(app), ensure_ascii=False).encode()


def base_of(request: Request, web: Web) -> str:
    """Give the address of this service with scheme, as others reach it."""
    if web.settings.service.public_url:
        return web.settings.service.public_url.rstrip("/")
    return str(request.base_url).rstrip("/") if web.loopback else f"https://{web.context.house.host}"


def house_out(web: Web, kept: Exported, base: str) -> HouseOut:
    """Give what the house says of itself, with addresses that begin with ``base``."""
    known, bundle = web.context.house, kept.opened.bundle
    return HouseOut(
        type="urn:daizheng:schema:house:1",
        host=known.host,
        region=known.region,
        environment=known.environment,
        issuer=known.issuer_name,
        anchor_sha256=known.anchor_sha256,
        keys=[_key(service) for service in bundle.services],
        log=LogOut(origin=bundle.log.origin, vkeys=[*bundle.log.vkeys]),
        trust_bundle=TrustOut(
            url=base + BUNDLE,
            sha256=hashlib.sha256(kept.data).hexdigest(),
            sequence=bundle.sequence,
            expires_at=bundle.expires_at,
        ),
        endpoints={name: base + path for name, path in _ENDPOINTS.items()},
        sandbox=web.settings.service.sandbox,
    )


def _key(service: Service) -> KeyOut:
    return KeyOut(
        role=service.role,
        key_id=key_id(spki_of(service.cert)).hex(),
        certificate_sha256=hashlib.sha256(service.cert).hexdigest(),
        number_prefix=service.number_prefix,
        valid_from=service.from_,
        valid_to=service.to,
        state=service.state.value,
    )

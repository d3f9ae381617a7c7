"""What the OpenAPI document says of each route: who may call it, what it takes, each way it answers."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.http.v1.bodies import FORM, JSON
from api.http.v1.grant_schemas import GrantIn, RedeemIn
from api.http.v1.schemas import OrderIn, ProblemOut
from api.http.v1.verdict_schemas import ClaimIn, HashIn, NumberIn, TicketIn
from api.http.v1.watch_schemas import WatchIn

PROBLEM: Final = "application/problem+json"
OPENING_HEADER: Final = "X-Daizheng-Grant"
KEY_HEADER: Final = "Idempotency-Key"
SIGNED_IN: Final[list[dict[str, list[str]]]] = [{"bearer": []}, {"session": []}]
ANYBODY: Final[list[dict[str, list[str]]]] = [{}, {"bearer": []}]
BODIES: Final = (HashIn, NumberIn, ClaimIn, OrderIn, GrantIn, RedeemIn, WatchIn, TicketIn)
_REF: Final = "#/components/schemas/{model}"
_ABOUT: Final = """
Reports issued, checked and opened by programs.  Times are UTC (RFC 3339), money is fen, every error is
RFC 9457 with a stable `code`, sentences in English or, with `Accept-Language: zh`, Chinese.  A bad
*document* is no error: it gets a verdict with 200.
""".strip()
_MEANS: Final[dict[int, tuple[str, str, str]]] = {
    # status: what it means here, the example's code and its sentence
    400: ("The request is malformed.", "json_form", "The data is not JSON in UTF-8."),
    401: ("Nobody signed in, or the key or token does not hold.", "sign_in_needed", "Sign in first."),
    403: ("Refused; `code` says why.", "grant_expired", "The grant has expired."),
    404: (
        "Not here, or not for this caller; the two look alike.",
        "not_found",
        "There is no such thing here.",
    ),
    405: ("Another method.", "method_not_allowed", "This address does not take this kind of request."),
    409: (
        "Not now: the same write is at work, or something changed.",
        "idempotency_at_work",
        "Still at work.",
    ),
    413: ("The body is too large.", "body_too_large", "What you sent is too large."),
    415: ("Another media type is taken here.", "media_type_unsupported", "Send application/json."),
    422: ("A field does not have the form it must have.", "field_malformed", 'The field "x" is wrong.'),
    429: ("Too many requests.", "too_many_requests", "Too many requests. Try again in 30 seconds."),
    500: ("An error inside the service; nothing was done.", "fault_here", "An error inside this service."),
    503: ("Something the service needs does not answer.", "database_busy", "Try again shortly."),
}
_ALWAYS: Final = (400, 413, 422, 429, 500, 503)


def answers(*problems: int, **_never: None) -> dict[int | str, dict[str, Any]]:
    """Give FastAPI's ``responses``: the problems any route may answer with, and ``problems``."""
    return {status: _problem(status) for status in sorted({*_ALWAYS, *problems})}


def _problem(status: int) -> dict[str, Any]:
    meaning, code, sentence = _MEANS[status]
    example = {
        "type": f"urn:daizheng:problem:{code}", "title": meaning, "status": status, "detail": sentence,
        "code": code, "request_id": "8c1f0e5a92d34b67",
    }  # fmt: skip
    said: dict[str, Any] = {
        "description": meaning,
        "content": {PROBLEM: {"schema": {"$ref": _REF.format(model="ProblemOut")}, "example": example}},
    }
    if status in (409, 429):
        wait = {"description": "seconds to wait", "schema": {"type": "integer", "minimum": 1}}
        said["headers"] = {"Retry-After": wait}
    if status == 401:
        said["headers"] = {"WWW-Authenticate": {"description": "Bearer", "schema": {"type": "string"}}}
    return said


def takes(model: type[BaseModel], example: dict[str, Any]) -> dict[str, Any]:
    """Give the part of an operation that says: a JSON object of that shape."""
    return {"required": True, "content": {JSON: _of(model, example)}}


def _of(model: type[BaseModel], example: dict[str, Any]) -> dict[str, Any]:
    return {"schema": {"$ref": _REF.format(model=model.__name__)}, "example": example}


FILE: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        FORM: {
            "schema": {
                "type": "object",
                "properties": {"file": {"type": "string", "format": "binary", "description": "a PDF"}},
                "required": ["file"],
                "additionalProperties": False,
            }
        }
    },
}
FILE_OR_NAME: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        FORM: {
            "schema": {
                "type": "object",
                "properties": {
                    "file": {"type": "string", "format": "binary", "description": "PDF or picture"},
                    "policy": {"type": "string", "description": "as in `HashIn`"},
                    "at": {"type": "string", "format": "date-time"},
                    "receipt": {"type": "string", "enum": ["true", "false"]},
                },
                "required": ["file"],
                "additionalProperties": False,
            }
        },
        JSON: {
            "schema": {
                "anyOf": [{"$ref": _REF.format(model=m.__name__)} for m in (HashIn, NumberIn, ClaimIn)]
            },
            "examples": {
                "by hash": {"value": {"sha256": "0" * 64}},
                "by number": {"value": {"number": "1503-2606-K7M4-Q2XD-9H", "code": "0000 0000 0000"}},
                "by code": {"value": {"claim": "HTTPS://DZ.EXAMPLE/Q/150326..."}},
            },
        },
    },
}


def openapi(app: FastAPI) -> dict[str, Any]:
    """Give the OpenAPI document of the routes under ``/api/v1`` and ``/.well-known``."""
    made = get_openapi(
        title="Daizheng 代证", version="1", summary="信用代证接口 v1", description=_ABOUT,
        routes=app.routes,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        servers=[{"url": "/", "description": "this house"}],
    )  # fmt: skip
    _, defined = models_json_schema(
        [(model, "validation") for model in BODIES] + [(ProblemOut, "serialization")],
        ref_template=_REF,
    )
    made["components"]["schemas"] |= defined["$defs"]
    made["components"]["securitySchemes"] = {
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "an organisation's API key (`dzk_...`) or an access token of the sign-in provider",
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": "__Host-session",
            "description": "the pages' own",
        },
    }
    for path in made["paths"].values():
        for operation in path.values():
            # FastAPI's own description of a validation error is not what is answered here.
            operation["responses"].pop("HTTPValidationError", None)
    for unused in ("HTTPValidationError", "ValidationError"):
        made["components"]["schemas"].pop(unused, None)
    return made

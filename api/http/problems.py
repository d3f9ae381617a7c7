"""Errors as answers: a page for a person, problem+json (RFC 9457) for a machine; the code is the same."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from api.http.guard import TooLarge
from api.http.language import machine_language
from api.http.rendering import page
from api.http.request_log import fault
from domain.errors import (
    Conflict,
    CreditDocError,
    DependencyUnavailable,
    InvariantBroken,
    MalformedInput,
    NotFound,
    Refused,
    TooMany,
)
from domain.wording import Wording

PROBLEM: Final = "application/problem+json"
SIGN_IN_NEEDED: Final = "sign_in_needed"
SIGN_IN_AGAIN: Final = "sign_in_again"
_HALL: Final = "/kiosk"
"""A screen that anybody walks up to; it goes back to its start by itself."""
_HALL_SECONDS: Final = 20
_BY_CODE: Final = {
    SIGN_IN_NEEDED: 401,
    "api_key_unknown": 401,
    "token_invalid": 401,
    "media_type_unsupported": 415,
    "idempotency_key_reused": 422,
}
_STATUS: Final = (
    (TooLarge, 413),
    (TooMany, 429),
    (MalformedInput, 400),
    (NotFound, 404),
    (Conflict, 409),
    (DependencyUnavailable, 503),
    (InvariantBroken, 500),
    (Refused, 403),
)
_HTTP_CODES: Final = {
    404: "page_unknown",
    405: "method_not_allowed",
    413: "body_too_large",
    400: "form_malformed",
}


def status_of(error: CreditDocError) -> int:
    """Give the HTTP status of an error of ours."""
    if error.code in _BY_CODE:
        return _BY_CODE[error.code]
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def for_machine(request: Request) -> bool:
    """Say whether the answer goes to a program."""
    return request.url.path.startswith(("/api/", "/.well-known/"))


def answer(request: Request, error: CreditDocError, status: int | None = None) -> Response:
    """Give the answer for ``error``; a page where a person asked, a problem where a program did."""
    status = status or status_of(error)
    request.state.error_code = error.code
    wait = error.fields.get("retry_after")
    headers = {} if wait is None else {"Retry-After": str(wait)}
    if for_machine(request):
        return problem(request, error, status, headers)
    if error.code in (SIGN_IN_NEEDED, SIGN_IN_AGAIN) and request.method == "GET":
        again = "&again=1" if error.code == SIGN_IN_AGAIN else ""
        return RedirectResponse(f"/sign-in?next={quote(request.url.path, safe='/')}{again}", status_code=303)
    shown = page(request, "problem.html", status=status, error=error, status_code=status)
    if request.url.path.startswith(_HALL):
        headers["Refresh"] = f"{_HALL_SECONDS}; url={_HALL}"
    shown.headers.update(headers)
    return shown


def problem(
    request: Request, error: CreditDocError, status: int, headers: dict[str, str] | None = None
) -> JSONResponse:
    """Give problem+json with type, title, status, detail, code and the request's id."""
    words = Wording.load(machine_language(request))
    body = {
        "type": f"urn:daizheng:problem:{error.code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": words.of_error(error),
        "code": error.code,
        "request_id": request.state.request_id,
    }
    if (wait := error.fields.get("retry_after")) is not None:
        body["retry_after"] = wait
    if status == 401:
        headers = {"WWW-Authenticate": "Bearer", **(headers or {})}
    return JSONResponse(body, status_code=status, headers=headers, media_type=PROBLEM)


def install(app: FastAPI) -> None:
    """Every error that leaves an endpoint of ``app`` becomes such an answer."""
    app.add_exception_handler(CreditDocError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, unforeseen)


def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, CreditDocError)
    return answer(request, error)


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0] if error.errors() else {}
    # Where it is wrong, never what was written there.
    place = ".".join(str(part) for part in first.get("loc", ())[1:]) or "body"
    status = 422 if for_machine(request) else 400
    return answer(request, MalformedInput("field_malformed", field=place), status)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _HTTP_CODES.get(error.status_code, "form_malformed" if error.status_code < 500 else "fault_here")
    if error.status_code == 404:
        return answer(request, NotFound(code))
    shown = answer(request, MalformedInput(code, limit_kib=0), error.status_code)
    shown.headers.update(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        shown.headers["Allow"] = ", ".join(_methods(request))
    return shown


def _methods(request: Request) -> list[str]:
    """All methods of this address: the framework names those of the first route alone (RFC 9110, 10.2.1)."""
    routes: Sequence[APIRoute] = request.app.state.routes
    fitting = [route for route in routes if route.path_regex.match(request.url.path)]
    return sorted({method for route in fitting for method in route.methods or ()})


def unforeseen(request: Request, error: Exception) -> Response:
    """Give the answer for an error nobody foresaw: its request id, no words of its own."""
    fault(request, error)
    return answer(request, InvariantBroken("fault_here", request_id=request.state.request_id), 500)

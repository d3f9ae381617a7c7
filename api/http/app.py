"""The service as one application: the ring around it, its pages, its interface for machines."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.middleware.gzip import GZipMiddleware

from api.http import assets, problems
from api.http.guard import Guard
from api.http.pages.enterprise import agents, asking, desk, grants, kiosk, live, objections
from api.http.pages.house import audit, review, running, staff, status, window
from api.http.pages.portal import batch, offline, q, receipts, verify
from api.http.pages.public import account, feedback, guide, health, log, status_list
from api.http.pages.receiver import opening, organisations, watching
from api.http.request_log import answered
from api.http.security import headers_for, nonce_from, require_same_site
from api.http.v1 import grants as api_grants
from api.http.v1 import house as api_house
from api.http.v1 import reports as api_reports
from api.http.v1 import verifications as api_verifications
from api.http.v1 import watches as api_watches
from api.http.web import Web
from domain.errors import CreditDocError

PAGES: tuple[APIRouter, ...] = (
    health.router,
    account.router,
    agents.router,
    organisations.router,
    staff.router,
    verify.router,
    receipts.router,
    q.router,
    offline.router,
    status_list.router,
    status.router,
    batch.router,
    guide.router,
    desk.router,
    asking.router,
    grants.router,
    opening.router,
    live.router,
    objections.router,  # before review, whose last word of a path is any application
    review.router,
    window.router,
    kiosk.router,
    watching.router,
    running.router,
    feedback.router,
    log.router,
    audit.router,
)
"""Routers for people; each journey adds its own."""
MACHINES: tuple[APIRouter, ...] = (
    api_house.router,
    api_verifications.router,
    api_reports.router,
    api_grants.router,
    api_watches.router,
)
"""Routers under ``/api/v1`` and ``/.well-known``."""

_Next = Callable[[Request], Awaitable[Response]]


def create_app(web: Web) -> FastAPI:
    """Give the application that serves ``web``."""

    @asynccontextmanager
    async def living(_app: FastAPI) -> AsyncIterator[None]:
        yield
        web.verifier.close()
        web.issuing.desk.verifier.close()

    app = FastAPI(
        title="Daizheng 代证", version="1", docs_url=None, redoc_url=None, openapi_url=None, lifespan=living
    )
    app.state.web = web
    routers = (assets.router, *MACHINES, *PAGES)
    for router in routers:
        app.include_router(router)
    app.state.routes = tuple(each for router in routers for each in router.routes)
    problems.install(app)
    app.middleware("http")(_ring)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    app.add_middleware(Guard, hosts=frozenset())
    return app


async def _ring(request: Request, call_next: _Next) -> Response:
    """One request: an id, a nonce, the refusals known beforehand, the headers, the line in the log."""
    context = request.app.state.web.context
    began = time.perf_counter()
    request.state.request_id = context.entropy(8).hex()
    request.state.nonce = nonce_from(context.entropy(18))
    request.state.error_code = None
    response = await _answer(request, call_next)
    tls = not request.app.state.web.loopback
    for name, value in headers_for(request.state.nonce, tls=tls).items():
        response.headers.setdefault(name, value)
    response.headers["X-Request-Id"] = request.state.request_id
    answered(request, response.status_code, time.perf_counter() - began, request.state.error_code)
    return response


async def _answer(request: Request, call_next: _Next) -> Response:
    try:
        refused: CreditDocError | None = request.state.refused
        if refused is not None:
            raise refused
        require_same_site(request)
        response = await call_next(request)
    except CreditDocError as error:
        return problems.answer(request, error)
    except Exception as error:  # noqa: BLE001 - the last catch: nobody sees a trace
        if request.state.refused is None:
            return problems.unforeseen(request, error)
    # Refused while the body was read, whatever the reader of the body made of that.
    stopped: CreditDocError | None = request.state.refused
    return response if stopped is None else problems.answer(request, stopped)

"""The service as one application: the ring around it, its pages, its interface for machines."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from fastapi.middleware.gzip import GZipMiddleware

from api.http import assets, problems
from api.http.guard import Guard
from api.http.pages.enterprise import agents, asking, desk, grants, kiosk, live, objections
from api.http.pages.house import audit, review, running, staff, status, window
from api.http.pages.portal import batch, offline, q, receipts, verify
from api.http.pages.public import account, feedback, guide, health, log, status_list
from api.http.pages.receiver import opening, organisations, watching
from api.http.ring import Ring
from api.http.v1 import grants as api_grants
from api.http.v1 import house as api_house
from api.http.v1 import reports as api_reports
from api.http.v1 import verifications as api_verifications
from api.http.v1 import watches as api_watches
from api.http.web import Web

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
    app.add_middleware(Ring, web=web)
    # Above level 3 zlib searches twice as long for the last few hundredths of a page.
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=3)
    app.add_middleware(Guard, hosts=frozenset())
    return app

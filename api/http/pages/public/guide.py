"""办事指南: how each thing is done, for somebody who runs a small business."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from api.http.assets import exists, static_url
from api.http.identity import fact
from api.http.language import language_of
from api.http.rendering import page
from api.http.web import Web, web_of
from api.services.house.regions import own_region
from domain.errors import NotFound
from domain.times import shanghai_day

router = APIRouter(include_in_schema=False, dependencies=[Depends(fact("public_page"))])

TOPICS: Final = (
    "query",
    "download",
    "grant",
    "verify",
    "reader",
    "objection",
    "correction",
    "refresh",
    "repair",
)
"""查询、下载、授权、核验、阅读软件、异议、更正、更新、修复: the order in which people meet them."""


@router.get("/guide")
def guide(request: Request) -> HTMLResponse:
    """Show what there are guides for."""
    return page(request, "guide/index.html", topics=TOPICS)


@router.get("/guide/{topic}")
def topic(request: Request, topic: str, web: Annotated[Web, Depends(web_of)]) -> HTMLResponse:
    """Show one guide; days and choices are those of the region today."""
    if topic not in TOPICS:
        raise NotFound("page_unknown")
    today = shanghai_day(web.context.clock())
    with web.context.store.reading() as work:
        region = own_region(web.context, work)
    lang = language_of(request)
    return page(
        request,
        f"guide/{topic}.html",
        topics=TOPICS,
        topic=topic,
        region=region,
        rules=region.settings_at(today),
        picture=lambda name: _picture(f"img/guide/{name}.{lang}.webp"),
    )


def _picture(name: str) -> str | None:
    return static_url(name) if exists(name) else None

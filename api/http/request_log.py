"""One line per request, structured, without anything a person or a token could be known by.

The path is the route's template (``/q/{number}``), never what stood in its place; no query, no
header, no body, no address.  Counted for Prometheus under the same names.
"""

from __future__ import annotations

import logging
import sys
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.requests import Request

REGISTRY: Final = CollectorRegistry(auto_describe=True)
REQUESTS: Final = Counter(
    "daizheng_requests_total", "Answered requests", ("method", "route", "status"), registry=REGISTRY
)
SECONDS: Final = Histogram(
    "daizheng_request_seconds", "Time to answer", ("method", "route"), registry=REGISTRY
)
VERDICTS: Final = Counter("daizheng_verdicts_total", "Verdicts given", ("kind", "code"), registry=REGISTRY)
ISSUED: Final = Counter("daizheng_reports_issued_total", "Reports released", ("channel",), registry=REGISTRY)

_log = structlog.get_logger("daizheng.http")


def configure_logging() -> None:
    """Every line this process logs is one JSON object on standard error; libraries warn only."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    # Both log request lines of their own, with paths and queries in them.
    for noisy in ("uvicorn.access", "httpx"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)


def route_of(request: Request) -> str:
    """Give the template of the route that answered, ``-`` where none did."""
    route = request.scope.get("route")
    return str(getattr(route, "path", "-"))


def answered(request: Request, status: int, seconds: float, code: str | None = None) -> None:
    """The request is counted and logged; ``code`` is the error's word, if it ended in one."""
    route, method = route_of(request), request.method if request.method in _METHODS else "OTHER"
    REQUESTS.labels(method, route, str(status)).inc()
    SECONDS.labels(method, route).observe(seconds)
    _log.info(
        "request",
        method=method,
        route=route,
        status=status,
        ms=round(seconds * 1000, 1),
        request_id=request.state.request_id,
        **({"code": code} if code else {}),
    )


def fault(request: Request, error: BaseException) -> None:
    """An error nobody foresaw is logged by its kind and place, never by its words, which may quote data."""
    place, frame = "-", error.__traceback__
    while frame is not None:
        place = f"{frame.tb_frame.f_code.co_filename.rpartition('/')[2]}:{frame.tb_lineno}"
        frame = frame.tb_next
    _log.error("fault", kind=type(error).__name__, place=place, request_id=request.state.request_id)


_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

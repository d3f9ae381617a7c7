"""One line per request, structured, without anything a person or a token could be known by.

The path is the route's template (``/q/{number}``), never what stood in its place; no query, no
header, no body, no address.  Counted for Prometheus under the same names.
"""

from __future__ import annotations

from typing import Final

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.requests import Request

from api.process_log import place_of
from domain.verdict import Verdict

REGISTRY: Final = CollectorRegistry(auto_describe=True)
REQUESTS: Final = Counter(
    "daizheng_requests_total", "Answered requests", ("method", "route", "status"), registry=REGISTRY
)
SECONDS: Final = Histogram(
    "daizheng_request_seconds", "Time to answer", ("method", "route"), registry=REGISTRY
)
_VERDICTS: Final = Counter("daizheng_verdicts_total", "Verdicts given", ("kind", "code"), registry=REGISTRY)
ISSUED: Final = Counter("daizheng_reports_issued_total", "Reports released", ("channel",), registry=REGISTRY)
TASK_SUCCESS: Final = Gauge(
    "daizheng_task_last_success_seconds",
    "Unix time of a timed task's last success",
    ("task",),
    registry=REGISTRY,
)
TASK_FAILURES: Final = Gauge(
    "daizheng_task_failures", "A timed task's failures since its last success", ("task",), registry=REGISTRY
)
LOG_SIZE: Final = Gauge("daizheng_log_entries", "Entries in the signature log", registry=REGISTRY)
LOG_AHEAD: Final = Gauge(
    "daizheng_log_seconds_ahead", "Seconds the log's newest time is ahead of the clock", registry=REGISTRY
)
LOG_COSIGNED: Final = Gauge(
    "daizheng_log_cosigned", "Largest head each witness cosigned", ("witness",), registry=REGISTRY
)
LOG_ALARMS: Final = Gauge(
    "daizheng_log_alarms", "Alarms about logs, ours and those we witness", ("kind",), registry=REGISTRY
)
WORKERS: Final = Gauge("daizheng_workers", "Workers seen lately", registry=REGISTRY)
MESSAGES: Final = Gauge(
    "daizheng_messages", "Messages to receivers by what became of them", ("state",), registry=REGISTRY
)

_log = structlog.get_logger("daizheng.http")


def count_verdict(verdict: Verdict) -> None:
    """The verdict is among those counted, whichever page or program was told it."""
    _VERDICTS.labels(verdict.kind, str(verdict.code)).inc()


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
    _log.error("fault", kind=type(error).__name__, place=place_of(error), request_id=request.state.request_id)


_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

"""For the operator's machines: is the process alive, is the house ready, how much was done."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.http.identity import fact
from api.http.request_log import (
    LOG_AHEAD,
    LOG_ALARMS,
    LOG_COSIGNED,
    LOG_SIZE,
    MESSAGES,
    REGISTRY,
    TASK_FAILURES,
    TASK_SUCCESS,
    WORKERS,
)
from api.http.web import Web, web_of
from api.services.log.ahead import ahead_until
from api.services.timing import timetable, workers
from api.services.watching import letters
from api.store.entries_log import BEHIND, REFUSED, SPLIT_VIEW, UNPROVEN
from domain.errors import CreditDocError, Refused
from domain.times import rfc3339
from domain.trust_format import TrustBundle

router = APIRouter(include_in_schema=False, dependencies=[Depends(fact("public_page"))])


@router.get("/healthz")
def healthz() -> PlainTextResponse:
    """Answer while the process lives."""
    return PlainTextResponse("ok\n")


@router.get("/readyz")
def readyz(web: Annotated[Web, Depends(web_of)]) -> PlainTextResponse:
    """Answer 200 when database, trust and a sandboxed worker are ready, else 503 with the code.

    A log ahead of the clock stops issuing alone, so it is a second line of an answer that stays 200.
    """
    try:
        with web.context.store.reading() as work:
            work.house.get()
            until = ahead_until(work, web.context.clock())
        _bundle(web)
    except CreditDocError as error:
        return PlainTextResponse(f"{error.code}\n", status_code=503)
    more = "" if until is None else f"log_time_ahead until {rfc3339(until)}: see docs/operations.md\n"
    return PlainTextResponse(f"ready\n{more}")


def _bundle(web: Web) -> TrustBundle:
    return web.verifier.at(web.context.clock()).trust.bundle


@router.get("/metrics")
def metrics(request: Request, web: Annotated[Web, Depends(web_of)]) -> PlainTextResponse:
    """Give the counters in Prometheus' text form, to this machine alone unless the setting says so."""
    here = request.client is not None and request.client.host in ("127.0.0.1", "::1", "testclient")
    if not here and not web.settings.service.public_metrics:
        raise Refused("metrics_not_public")
    _look_at_work(web)
    _look_at_log(web)
    return PlainTextResponse(generate_latest(REGISTRY).decode(), media_type=CONTENT_TYPE_LATEST)


def _look_at_log(web: Web) -> None:
    """Alarms about logs and how far witnesses are behind, for whoever is to be woken."""
    with web.context.store.reading() as work:
        size, counts = work.log.size(), work.witnesses.alarm_counts()
        newest, now = work.log.newest_time(), web.context.clock()
        cosigned = {
            each.name: work.witnesses.cosigned_size(each.key.name) for each in web.context.log_plan.witnesses
        }
    LOG_SIZE.set(size)
    LOG_AHEAD.set(0 if newest is None else max(0.0, (newest - now).total_seconds()))
    for kind in (SPLIT_VIEW, UNPROVEN, REFUSED, BEHIND):
        LOG_ALARMS.labels(kind).set(counts.get(kind, 0))
    for name, reached in cosigned.items():
        LOG_COSIGNED.labels(name).set(reached)


def _look_at_work(web: Web) -> None:
    """The worker opens no port of its own: what it did is read from the database."""
    context = web.context
    now = context.clock()
    for task in timetable.health(context, now):
        TASK_SUCCESS.labels(task.name).set(0 if task.succeeded_at is None else task.succeeded_at.timestamp())
        TASK_FAILURES.labels(task.name).set(task.failures)
    WORKERS.set(len(workers.living(context, now)))
    for state, count in letters.counted(context).items():
        MESSAGES.labels(state).set(count)

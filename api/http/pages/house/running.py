"""What happens by itself, for those who run the house: tasks, workers, messages that were given up."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse

from api.http.identity import fact
from api.http.rendering import page
from api.http.web import Web, web_of
from api.services.access.principal import Principal
from api.services.timing import timetable, workers
from api.services.watching import letters

router = APIRouter(include_in_schema=False)

Served = Annotated[Web, Depends(web_of)]
Runner = Annotated[Principal, Depends(fact("work_health"))]


@router.get("/running", response_class=HTMLResponse)
def overview(request: Request, web: Served, viewer: Runner) -> Response:
    """Show how every timed task stands, who works, and what could not be delivered."""
    context = web.context
    now = context.clock()
    return page(
        request,
        "running/overview.html",
        tasks=timetable.health(context, now),
        workers=workers.living(context, now),
        dead=letters.dead_letters(context, viewer),
    )


@router.post("/running/messages/{id}/again")
def again(web: Served, viewer: Runner, id: str) -> Response:  # noqa: A002
    """Send a message again that was given up."""
    letters.send_again(web.context, viewer, id[:80])
    return RedirectResponse("/running", status_code=303)


@router.get("/workz", dependencies=[Depends(fact("public_page"))])
def workz(web: Served) -> PlainTextResponse:
    """Answer 200 while a worker lives and every task succeeded lately, else 503 with what is late."""
    context = web.context
    now = context.clock()
    late = [task.name for task in timetable.health(context, now) if task.late]
    if not workers.living(context, now):
        late.insert(0, "worker")
    return PlainTextResponse("\n".join(late or ["working"]) + "\n", status_code=503 if late else 200)

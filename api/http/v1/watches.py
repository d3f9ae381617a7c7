"""盯报告 for programs: begun under a grant that allows it, listed, ended."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from api.http.identity import fact
from api.http.v1.answering import Opening, Served, WriteKey, json_answer, once, paced
from api.http.v1.bodies import Body, json_body
from api.http.v1.documented import SIGNED_IN, answers, takes
from api.http.v1.watch_schemas import WatchesOut, WatchIn, WatchOut
from api.services.access.principal import Principal
from api.services.machines import watches
from api.services.machines.cursors import MAX_CURSOR
from api.services.machines.once import Answer
from api.services.watching import following
from api.services.watching.following import Followed, Wanted
from domain.times import require_aware

router = APIRouter(prefix="/api/v1", tags=["watches"])

MOST = 200
_WATCH = {"grant": "0197a3c2-6a5e-7c40-9d5f-2f4f1e2d3c4b", "until": "2027-03-31T16:00:00Z"}
Watcher = Annotated[Principal, Depends(fact("watching"))]


@router.post(
    "/watches",
    status_code=201,
    response_model=WatchOut,
    responses=answers(401, 403, 404, 409, 415),
    dependencies=[paced("api_watch", "30/minute")],
    openapi_extra={"requestBody": takes(WatchIn, _WATCH), "security": SIGNED_IN},
)
def begin_watch(
    request: Request,
    web: Served,
    viewer: Watcher,
    asked: Annotated[Body[WatchIn], Depends(json_body(WatchIn))],
    opening: Opening = None,
    key: WriteKey = None,
) -> Response:
    """Follow a report under a grant that names the organisation (`grant`), or under the opened one."""

    def act() -> Answer:
        until = None if asked.said.until is None else require_aware(asked.said.until)
        wanted = Wanted(grant=asked.said.grant, opening=opening, until=until)
        days = web.settings.watching.longest_days
        watch = following.follow(web.context, viewer, wanted, longest_days=days)
        out = watch_out(following.one_of_receiver(web.context, viewer, watch.id))
        return Answer(status=201, body=out.model_dump_json())

    return once(request, web, viewer, key, asked.raw + (opening or "").encode(), act)


@router.get(
    "/watches",
    response_model=WatchesOut,
    responses=answers(401, 403),
    dependencies=[paced("api_read", "600/minute")],
    openapi_extra={"security": SIGNED_IN},
)
def list_watches(
    web: Served,
    viewer: Watcher,
    cursor: Annotated[
        str | None, Query(max_length=MAX_CURSOR, description="`next` of the page before")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> Response:
    """Give the organisation's watches, newest first; those that have ended say why and no status."""
    found = watches.page_of(web.context, viewer, cursor, limit)
    return json_answer(WatchesOut(items=[watch_out(item) for item in found.items], next=found.next))


@router.delete(
    "/watches/{id:uuid}",
    response_model=WatchOut,
    responses=answers(401, 403, 404),
    dependencies=[paced("api_watch", "30/minute")],
    openapi_extra={"security": SIGNED_IN},
)
def end_watch(web: Served, viewer: Watcher, id: UUID) -> Response:  # noqa: A002
    """Follow no more; one that has ended already stays as it is."""
    following.end_by_receiver(web.context, viewer, id)
    return json_answer(watch_out(following.one_of_receiver(web.context, viewer, id)))


def watch_out(item: Followed) -> WatchOut:
    """Give a watch as it is answered."""
    watch = item.watch
    return WatchOut(
        id=watch.id,
        number=watch.number,
        grant=watch.grant,
        purpose=watch.purpose,
        state=watch.state,
        status=item.status,
        made_at=watch.made_at,
        until=watch.until,
        ended_at=watch.ended_at,
    )

"""One's own reports: list, issue, download; and what an opened grant lets one download."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from api.http.identity import fact
from api.http.v1.answering import NO_STORE, Opening, Served, WriteKey, json_answer, once, paced
from api.http.v1.bodies import Body, json_body
from api.http.v1.documented import ANYBODY, SIGNED_IN, answers, takes
from api.http.v1.schemas import ApplicationOut, ChangesOut, OrderIn, ReportOut, ReportsOut
from api.services.access.principal import Principal
from api.services.access.roles import Role
from api.services.desk import refreshing
from api.services.desk.asking import Wish
from api.services.machines import reports
from api.services.machines.cursors import MAX_CURSOR
from api.services.machines.once import Answer
from api.store.entries import Application, Registered
from domain.errors import Refused
from domain.report import Variant

router = APIRouter(prefix="/api/v1", tags=["reports"])

MOST = 200
_ORDER = {"matter": None, "domains": None, "purpose": "银行贷款", "variant": "summary"}
_PDF: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The signed bytes, unchanged.",
        "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_WAITS: dict[int | str, dict[str, Any]] = {
    202: {"model": ApplicationOut, "description": "A person looks first."}
}
_DETAILS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "urn:daizheng:schema:details:1, for `daizheng verify FILE --details`.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}


@router.get(
    "/reports",
    response_model=ReportsOut,
    responses=answers(401, 403, 404),
    dependencies=[paced("api_read", "600/minute")],
    openapi_extra={"security": SIGNED_IN},
)
def list_reports(
    web: Served,
    viewer: Annotated[Principal, Depends(fact("report_list"))],
    cursor: Annotated[
        str | None, Query(max_length=MAX_CURSOR, description="`next` of the page before")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> Response:
    """Give the reports about the subject one acts for, newest first."""
    found = reports.page_of(web.context, viewer, cursor, limit)
    return json_answer(ReportsOut(items=[report_out(line) for line in found.reports], next=found.next))


@router.post(
    "/reports",
    status_code=201,
    response_model=ReportOut,
    responses=_WAITS | answers(401, 403, 404, 409, 415),
    dependencies=[paced("api_issue", "30/minute")],
    openapi_extra={
        "requestBody": takes(OrderIn, _ORDER),
        "security": SIGNED_IN,
    },
)
def issue_report(
    request: Request,
    web: Served,
    viewer: Annotated[Principal, Depends(fact("report_issue"))],
    asked: Annotated[Body[OrderIn], Depends(json_body(OrderIn))],
    key: WriteKey = None,
) -> Response:
    """Have a report issued now; 202 with the application where a person must look first (R26)."""

    def act() -> Answer:
        done = reports.issue(web.context, web.issuing.issue, viewer, wish_of(asked.said))
        if isinstance(done, Application):
            out = application_out(done)
            return Answer(status=202, body=out.model_dump_json(), location=out.self)
        report = report_out(done)
        return Answer(status=201, body=report.model_dump_json(), location=report.file.removesuffix("/file"))

    return once(request, web, viewer, key, asked.raw, act)


@router.get(
    "/applications/{id:uuid}",
    response_model=ApplicationOut,
    responses=answers(401, 403, 404),
    dependencies=[paced("api_read", "600/minute")],
    openapi_extra={"security": SIGNED_IN},
)
def one_application(
    web: Served,
    viewer: Annotated[Principal, Depends(fact("report_list"))],
    id: UUID,  # noqa: A002
) -> Response:
    """Give what became of an application that a person looks at first."""
    return json_answer(application_out(reports.application(web.context, viewer, id)))


@router.get(
    "/reports/{number}",
    response_model=ReportOut,
    responses=answers(401, 403, 404),
    dependencies=[paced("api_read", "600/minute")],
    openapi_extra={"security": SIGNED_IN},
)
def one_report(
    web: Served, viewer: Annotated[Principal, Depends(fact("report_list"))], number: str
) -> Response:
    """Give one of one's own reports as the register has it now."""
    return json_answer(report_out(reports.one(web.context, viewer, number)))


@router.get(
    "/reports/{number}/file",
    response_class=Response,
    responses=_PDF | answers(401, 403, 404),
    dependencies=[paced("api_file", "120/minute")],
    openapi_extra={"security": [*SIGNED_IN, *ANYBODY[:1]]},
)
def report_file(
    web: Served,
    viewer: Annotated[Principal, Depends(fact("report_download"))],
    number: str,
    opening: Opening = None,
) -> Response:
    """Give the signed PDF of one's own report, or of the one that an opened grant is about."""
    plain, pdf = reports.file(web.context, viewer, number, opening)
    headers = NO_STORE | {"Content-Disposition": f'attachment; filename="{plain}.pdf"'}
    return Response(pdf, media_type="application/pdf", headers=headers)


@router.get(
    "/reports/{number}/details",
    response_class=Response,
    responses=_DETAILS | answers(401, 403, 404),
    dependencies=[paced("api_file", "120/minute")],
    openapi_extra={"security": [*ANYBODY]},
)
def report_details(
    web: Served,
    viewer: Annotated[Principal, Depends(fact("record_details"))],
    number: str,
    opening: Opening = None,
) -> Response:
    """Give the fields that an opened grant allows, with salts and proofs against the signed root."""
    if opening is None:
        raise Refused("grant_needed")
    data = reports.details(web.context, viewer, number, opening)
    return Response(data, media_type="application/json", headers=NO_STORE)


@router.post(
    "/reports/{number}/changes",
    response_model=ChangesOut,
    responses=answers(401, 403, 404),
    dependencies=[paced("api_changes", "30/minute")],
    openapi_extra={"security": [*SIGNED_IN, *ANYBODY[:1]]},
)
def report_changes(
    web: Served,
    viewer: Annotated[Principal, Depends(fact("report_changes"))],
    number: str,
    opening: Opening = None,
) -> Response:
    """Say in one signed word whether anything is new since the report; the subject sees who asked.

    For one's own report, or for the one that an opened grant with `query` is about.
    """
    if opening is not None:
        done = refreshing.under_grant(web.context, viewer, opening, number)
    elif viewer.signed_in and viewer.role in (Role.RECEIVER, Role.AUTHORITY):
        raise Refused("grant_needed")
    else:
        done = refreshing.by_subject(web.context, viewer, number)
    said = done.said
    return json_answer(
        ChangesOut(
            answer=said.answer.value, since=said.since, domains=[*said.domains],
            watermark=said.watermark, made_at=said.made_at, statement=done.compact,
        )
    )  # fmt: skip


def wish_of(said: OrderIn) -> Wish:
    """Give the order as the desk takes it."""
    return Wish(
        matter=said.matter,
        domains=None if said.domains is None else tuple(dict.fromkeys(said.domains)),
        window_from=said.window_from,
        window_to=said.window_to,
        purpose=said.purpose,
        full=said.variant == Variant.FULL.value,
    )


def report_out(line: Registered) -> ReportOut:
    """Give a line of the register as it is answered."""
    names = set(ReportOut.model_fields) - {"domains", "file"}
    shown: dict[str, Any] = {name: getattr(line, name) for name in names}
    return ReportOut(**shown, domains=[*line.domains], file=f"/api/v1/reports/{line.number}/file")


def application_out(asked: Application) -> ApplicationOut:
    """Give an application as it is answered."""
    shown: dict[str, Any] = {"state": asked.state, "number": asked.number, "reason": asked.reason}
    return ApplicationOut(
        application=asked.id, reasons=[*asked.reasons], since=asked.made_at,
        self=f"/api/v1/applications/{asked.id}", **shown,
    )  # fmt: skip

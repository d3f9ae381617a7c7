"""The auditor's desk: entries of the log, what was written when, what looks wrong, packs and exports."""

from __future__ import annotations

import csv
import io
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response
from fastapi.responses import HTMLResponse

from api.http.identity import fact
from api.http.rate import limited
from api.http.rendering import page
from api.http.web import Web, web_of
from api.services.access.principal import Principal
from api.services.auditing import desk, packing
from domain.audit_pack import encode
from domain.times import rfc3339

router = APIRouter(include_in_schema=False)

Served = Annotated[Web, Depends(web_of)]
Auditor = Annotated[Principal, Depends(fact("audit_desk"))]
_SEARCH: Final = 100
_PACK: Final = "application/json"


@router.get("/audit", response_class=HTMLResponse)
def overview(
    request: Request, web: Served, _: Auditor, q: Annotated[str, Query(max_length=_SEARCH)] = ""
) -> Response:
    """Show activity and anomalies, and what a search found."""
    context = web.context
    shown = desk.overview(context, context.clock())
    found = desk.find(context, q) if q.strip() else None
    return page(request, "audit/desk.html", shown=shown, found=found, q=q.strip(), most=desk.FOUND_AT_MOST)


@router.get("/audit/entries/{index}", response_class=HTMLResponse)
def entry(request: Request, web: Served, _: Auditor, index: Annotated[str, Path(max_length=40)]) -> Response:
    """Show one entry with its proof."""
    return page(request, "audit/entry.html", proven=desk.proven(web.context, desk.place(index)))


@router.get("/audit/entries/{index}/proof")
def proof(web: Served, _: Auditor, index: Annotated[str, Path(max_length=40)]) -> Response:
    """Give the entry's proof as a C2SP tlog-proof."""
    made = desk.proven(web.context, desk.place(index))
    return _download(made.proof, f"entry-{made.shown.index}.tlog-proof", "text/plain; charset=utf-8")


@router.post("/audit/pack", dependencies=[Depends(limited("audit_pack", "30/minute"))])
def pack(
    web: Served,
    _: Annotated[Principal, Depends(fact("audit_pack"))],
    number: Annotated[str, Form(max_length=_SEARCH)],
) -> Response:
    """Give the audit pack of a report."""
    made = packing.audit_pack(web.context, number, web.context.clock())
    return _download(encode(made), f"{made.number}.audit.json", _PACK)


@router.post("/audit/export", dependencies=[Depends(limited("audit_export", "10/minute"))])
def export(web: Served, _: Auditor, start: Annotated[int, Form(ge=0, le=2**53)] = 0) -> Response:
    """Give up to 100,000 entries from a place on as CSV; no cell can become a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("index", "time", "type", "key_id", "digest", "number"))
    for each in desk.entries(web.context, start, desk.EXPORT_AT_MOST):
        leaf = each.leaf
        kind = leaf.type.name.lower()
        # Hex digits alone would be read as a number: 12E45678 is one to a spreadsheet.
        writer.writerow(
            (
                each.index,
                rfc3339(leaf.time),
                kind,
                f"k:{leaf.key_id.hex()}",
                f"d:{leaf.digest.hex()}",
                each.number,
            )
        )
    data = b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")
    return _download(data, f"log-{start}.csv", "text/csv; charset=utf-8")


def _download(data: bytes, name: str, kind: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(data, media_type=kind, headers=headers)

"""Asking for a report: pick a matter or domains and years, see the preview, have it issued (R1, R12, R28)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.http.identity import fact
from api.http.language import language_of
from api.http.pages.enterprise.desk import domain_names, mine, said
from api.http.problems import status_of
from api.http.rate import limited
from api.http.rendering import page
from api.http.web import Web, web_of
from api.services.access.principal import Principal
from api.services.desk import applying, asking
from api.services.desk.asking import Wish
from api.services.desk.matters import matters_today
from api.services.desk.preview import preview
from domain.base_text import base64url_encode
from domain.domain_groups import grouped
from domain.errors import Conflict, MalformedInput, Refused
from domain.times import parse_day

router = APIRouter(include_in_schema=False)

CHANNEL = "desk"
Served = Annotated[Web, Depends(web_of)]
Previews = Annotated[Principal, Depends(fact("report_preview"))]


@dataclass(frozen=True, slots=True)
class Asked:
    """The form's fields as they came, so that they can be sent on and shown again."""

    matter: Annotated[str, Form(max_length=64)] = ""
    chosen: Annotated[str, Form(max_length=1)] = ""
    """``1`` when the tick list was on the page: an empty list then means that nothing was ticked."""
    domains: Annotated[list[str] | None, Form(max_length=100)] = None
    first: Annotated[str, Form(max_length=10)] = ""
    last: Annotated[str, Form(max_length=10)] = ""
    purpose: Annotated[str, Form(max_length=200)] = ""
    variant: Annotated[str, Form(max_length=10)] = "summary"

    def wish(self) -> Wish:
        """Give what was asked for; MalformedInput for a day that is none."""
        return Wish(
            matter=self.matter or None,
            domains=tuple(self.domains or ()) if self.chosen else None,
            window_from=parse_day(self.first) if self.first else None,
            window_to=parse_day(self.last) if self.last else None,
            purpose=self.purpose,
            full=self.variant == "full",
        )


@router.get("/matters", dependencies=[Depends(fact("matters"))])
def matters(request: Request, web: Served) -> Response:
    """Show the catalogue of matters, to everybody."""
    return page(request, "desk/matters.html", matters=matters_today(web.context), region=_region(web))


@router.get("/desk/new")
def pick(request: Request, web: Served, viewer: Previews) -> Response:
    """Show the matters to pick from, and the free choice where the region has one."""
    subject = mine(web.context, viewer, "report_preview")
    return page(request, "desk/pick.html", subject=subject, form=asking.form(web.context, None))


@router.get("/desk/new/form")
def fill_in(request: Request, web: Served, viewer: Previews, matter: str = "") -> Response:
    """Show the form with what the matter fills in."""
    mine(web.context, viewer, "report_preview")
    form = asking.form(web.context, matter[:64] or None)
    return page(request, "desk/form.html", **_form(request, form, Asked(matter=matter[:64]), None))


@router.post("/desk/new/preview", dependencies=[Depends(limited("preview", "60/minute"))])
def look(
    request: Request, web: Served, viewer: Previews, asked: Annotated[Asked, Depends(Asked)]
) -> Response:
    """Show what would be printed, with data states and warnings, before anything is issued."""
    subject = mine(web.context, viewer, "report_preview")
    try:
        found = preview(web.context, asking.order_of(web.context, subject, asked.wish(), CHANNEL))
    except (Refused, MalformedInput) as error:
        form = asking.form(web.context, None if error.code.startswith("matter") else asked.matter or None)
        request.state.error_code = error.code
        return page(request, "desk/form.html", status=status_of(error), **_form(request, form, asked, error))
    key = base64url_encode(web.context.entropy(16))
    matter = next((m for m in matters_today(web.context) if m.id == asked.matter), None)
    return page(
        request, "desk/preview.html", subject=subject, asked=asked, found=found, key=key, matter=matter,
        **said(found.content),
    )  # fmt: skip


@router.post("/desk/reports", dependencies=[Depends(limited("issue", "30/minute"))])
def issue(
    web: Served,
    viewer: Annotated[Principal, Depends(fact("report_issue"))],
    asked: Annotated[Asked, Depends(Asked)],
    key: Annotated[str, Form(max_length=applying.MAX_KEY)] = "",
) -> Response:
    """Have the report issued; the same form sent again leads to the same report."""
    subject = mine(web.context, viewer, "report_issue")
    order = asking.order_of(web.context, subject, asked.wish(), CHANNEL)
    done = applying.submit(web.context, web.issuing.issue, viewer, subject, order, key)
    if done.number is not None:
        return RedirectResponse(f"/desk/reports/{done.number}", status_code=303)
    if done.application is not None:
        return RedirectResponse(f"/desk/applications/{done.application}", status_code=303)
    return RedirectResponse("/desk/sent", status_code=303)


def _region(web: Web) -> str:
    return asking.form(web.context, None).region.name


def _form(
    request: Request, form: asking.Form, asked: Asked, error: Refused | MalformedInput | Conflict | None
) -> dict[str, Any]:
    """What the form shows: what came back in it, else what the matter fills in."""
    names = {entry.id: entry.name for entry in form.domains}
    if language_of(request) != "zh":
        names |= {id_: name for id_, name in domain_names(request).items() if id_ in names}
    ticked = frozenset(asked.domains or ()) if asked.chosen else form.ticked
    return {
        "form": form,
        "asked": asked,
        "error": error,
        "groups": [(name, [(id_, names[id_]) for id_ in ids]) for name, ids in grouped(names)],
        "ticked": ticked,
        "first": asked.first or form.window_from.isoformat(),
        "last": asked.last or form.today.isoformat(),
        "narrowed": len(ticked) < len(names)
        or (asked.first or form.window_from.isoformat()) > form.first_day.isoformat(),
    }

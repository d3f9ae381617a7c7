"""``daizheng review``: applications that wait for a person, through the same gate as the desk (R26)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from api.cli.command import in_house
from api.cli.house import desk, write_file
from api.cli.output import Printer

if TYPE_CHECKING:
    from api.services.context import Context
    from api.services.desk.reviewing import OpenedDraft, Queued

review = typer.Typer(no_args_is_help=True, help="待审核的申请 / applications that wait for a person")

Application = Annotated[str, typer.Argument(help="申请编号 / id of the application")]
By = Annotated[str, typer.Option("--by", help="操作员 / operator")]
Reason = Annotated[str, typer.Option("--reason", help="理由 / reason")]


@review.command("list")
@in_house
def list_(out: Printer, context: Context) -> None:
    """列出待审核的申请 / what waits, the longest wait first."""
    from api.services.desk.reviewing import queue

    lines = queue(context)
    rows = [_row(line) for line in lines]
    said = [out.say("review_line", **{**row, "reasons": ", ".join(line.application.reasons)})
            for row, line in zip(rows, lines, strict=True)]  # fmt: skip
    out.result({"waiting": rows}, said or [out.say("review_none")])


@review.command()
@in_house
def show(
    out: Printer,
    context: Context,
    application: Application,
    by: By,
) -> None:
    """查看草稿，并记下谁看过 / the draft as it stands; that you have seen it is recorded."""
    from api.services.desk.reviewing import open_draft

    _say_draft(out, open_draft(context, _id(application), by))


@review.command()
@in_house
def approve(
    said: Printer,
    context: Context,
    application: Application,
    by: By,
    reason: Reason,
    out: Annotated[Path | None, typer.Option("--out", help="报告保存到 / write the report to")] = None,
) -> None:
    """批准并出具 / issue what was applied for; who overrode the gate and why is recorded."""
    from api.services.desk.reviewing import approve as let_through

    with desk(context) as issuing:
        done = let_through(context, issuing.issue, _id(application), by, reason)
    if out is not None:
        write_file(out, done.pdf)
    facts = {"application": application, "number": done.number, "sha256": done.sha256}
    said.result(facts, [said.say("review_approved", **facts)])


@review.command()
@in_house
def refuse(
    out: Printer,
    context: Context,
    application: Application,
    by: By,
    reason: Reason,
) -> None:
    """不予出具，并告知理由 / refuse, with a reason the subject reads."""
    from api.services.desk.reviewing import refuse as turn_down

    turn_down(context, _id(application), by, reason)
    facts = {"application": application, "state": "refused"}
    out.result(facts, [out.say("review_refused", application=application)])


def _id(text: str) -> UUID:
    from domain.errors import NotFound

    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound("application_unknown", application=text[:40]) from error


def _row(line: Queued) -> dict[str, object]:
    from domain.times import shanghai_text

    return {
        "application": str(line.application.id),
        "subject": line.subject.name,
        "since": shanghai_text(line.application.made_at),
        "waited_minutes": int(line.waited.total_seconds() // 60),
        "reasons": list(line.application.reasons),
        "seen_by": list(line.seen_by),
    }


def _say_draft(out: Printer, draft: OpenedDraft) -> None:
    content, totals = draft.content, draft.content.totals
    facts = {
        "application": str(draft.application.id),
        "subject": draft.subject.name,
        "uscc": draft.subject.uscc,
        "purpose": content.purpose,
        "reasons": list(draft.reasons),
        "waited_minutes": int(draft.waited.total_seconds() // 60),
        "from": content.scope.window_from.isoformat(),
        "to": content.scope.window_to.isoformat(),
        "records": totals.records,
        "fine_fen": totals.fine_fen,
        "domains": [
            {"name": line.name, "data_state": line.data_state.value, "records": line.records}
            for line in content.domains
        ],
    }
    lines = [
        out.say("review_draft", **{**facts, "reasons": ", ".join(draft.reasons) or "-"}),
        *(
            out.say(
                "review_draft_domain",
                name=line.name,
                records=line.records,
                state=line.data_state.value,
            )
            for line in content.domains
            if line.records or line.data_state.value != "current"
        ),
    ]
    out.result(facts, lines)

"""``daizheng status`` and ``late``: what a report is worth now, who said so, and rows that came late."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.account import account
from api.cli.command import in_house
from api.cli.house import write_file
from api.cli.output import WAITING, Printer

if TYPE_CHECKING:
    from api.services.context import Context
    from api.services.status.changing import StatusStory
    from api.store.entries_status import Proposal, StatusChange

status = typer.Typer(no_args_is_help=True, help="报告状态 / status of reports")
late = typer.Typer(no_args_is_help=True, help="迟报漏报台账 / rows that came late")

By = Annotated[str | None, typer.Option("--by", help="操作员 / operator")]
Reason = Annotated[
    str, typer.Option("--reason", help="原因，持有报告的人看得到 / reason, which holders read")
]


@status.command("set")
@in_house
def set_(
    out: Printer,
    context: Context,
    what: Annotated[str, typer.Argument(help="报告编号；配合 --key 或 --batch 时为状态 / report number")],
    reason: Reason,
    word: Annotated[
        str | None, typer.Argument(help="revoked | suspended | superseded | valid", show_default=False)
    ] = None,
    key: Annotated[str | None, typer.Option("--key", help="该密钥签发的全部报告 / all of a key")] = None,
    batch: Annotated[
        str | None, typer.Option("--batch", help="该批次涉及的全部报告 / all of a batch")
    ] = None,
    by: By = None,
) -> None:
    """改变报告状态；按密钥或批次的须第二人确认 / change a status; a key's or batch's needs two people."""
    from domain.errors import MalformedInput

    actor = by or getpass.getuser()
    if key is None and batch is None:
        from api.services.status.changing import set_status

        if word is None:
            raise MalformedInput(
                "status_word_unknown", word="", known="revoked, suspended, superseded, valid"
            )
        change = set_status(context, what, word, reason, by=actor)
        out.result(
            _change(change),
            [out.say("status_set", number=change.number, word=out.say(f"state_{change.word}"))],
        )
        return
    from api.services.status.proposing import propose

    target, id_ = ("key", key) if key is not None else ("batch", batch)
    made = propose(context, target, id_ or "", what, reason, by=actor, account=account())
    out.result(_proposal(made), [out.say("status_waits", proposal=made.id)])
    raise typer.Exit(WAITING)


@status.command()
@in_house
def confirm(
    out: Printer,
    context: Context,
    proposal: Annotated[str, typer.Argument(help="提议编号 / id of the proposal")],
    by: Annotated[str, typer.Option("--by", help="第二名操作员 / the second operator")],
) -> None:
    """由第二人确认并执行 / carry out what somebody else proposed."""
    from api.services.status.proposing import confirm as carry_out

    done = carry_out(context, proposal, by=by, account=account())
    said = out.say("status_confirmed", reports=done.reports, first=done.proposed_by, second=done.decided_by)
    out.result(_proposal(done), [said, out.say("second_not_signed_in", account=account())])


@status.command()
@in_house
def refuse(
    out: Printer,
    context: Context,
    proposal: Annotated[str, typer.Argument(help="提议编号 / id of the proposal")],
    by: Annotated[str, typer.Option("--by", help="操作员 / operator")],
) -> None:
    """不执行该提议 / do not carry it out."""
    from api.services.status.proposing import refuse as turn_down

    done = turn_down(context, proposal, by=by, account=account())
    out.result(_proposal(done), [out.say("status_proposal_refused", proposal=proposal)])


@status.command()
@in_house
def proposals(out: Printer, context: Context) -> None:
    """列出等待第二人确认的提议 / what waits for a second person."""
    from api.services.status.proposing import waiting

    found = waiting(context)
    rows = [{**_proposal(each), "reports": count} for each, count in found]
    lines = [out.say("status_proposal_line", **row) for row in rows]
    out.result({"waiting": rows}, lines or [out.say("status_no_proposal")])


@status.command()
@in_house
def show(
    out: Printer,
    context: Context,
    number: Annotated[str, typer.Argument(help="报告编号 / report number")],
) -> None:
    """查看状态和全部变更 / the status and everything that led to it."""
    from api.services.status.changing import story

    _say_story(out, story(context, number))


@status.command()
@in_house
def affected(
    out: Printer,
    context: Context,
    batch: Annotated[str, typer.Option("--batch", help="批次编号 / id of the batch")],
) -> None:
    """列出某批次涉及的报告 / the reports that a batch touches."""
    from api.services.status.affected import by_batch

    with context.store.reading() as work:
        numbers = by_batch(context, work, batch)
        words = {number: line.status for number in numbers if (line := work.reports.get(number))}
    rows = [{"number": number, "status": words[number]} for number in numbers]
    lines = [f"{row['number']}  {out.say('state_' + row['status'])}" for row in rows]
    out.result({"batch": batch, "reports": rows}, lines or [out.say("status_none_affected")])


@status.command()
@in_house
def publish(
    out: Printer,
    context: Context,
    out_dir: Annotated[Path, typer.Option("--out", help="状态列表保存到该目录 / directory for the lists")],
) -> None:
    """发布到期的状态列表并写成文件 / publish what is due and write the lists as files."""
    from api.services.status import publishing

    out_dir.mkdir(parents=True, exist_ok=True)
    with context.store.reading() as work:
        known = publishing.lists(work)
    files = []
    for number in known:
        path = out_dir / f"status-{number}.jwt"
        write_file(path, publishing.current_token(context, number))
        files.append(str(path))
    out.result({"files": files}, files)


@late.command("list")
@in_house
def late_list(
    out: Printer,
    context: Context,
    unit: Annotated[str | None, typer.Option("--unit", help="单位编号 / id of the unit")] = None,
) -> None:
    """台账：单位、迟报天数、涉及报告数、确认人 / unit, days late, reports, who confirmed."""
    with context.store.reading() as work:
        found = work.late.ledger(unit)
    rows = [
        {
            "late": str(row.id), "unit": row.unit, "kind": row.kind, "sort": row.sort,
            "decided_on": row.decided_on.isoformat(), "days_late": row.days_late, "reports": reports,
            "confirmed_by": row.confirmed_by, "batch": str(row.batch),
            "withdrawn": row.withdrawn_at is not None,
        }
        for row, reports in found
    ]  # fmt: skip
    lines = [out.say("late_line", **{**row, "sort": out.say(f"late_sort_{row['sort']}")}) for row in rows]
    out.result({"late": rows}, lines or [out.say("late_none")])


@late.command("withdraw")
@in_house
def late_withdraw(
    out: Printer,
    context: Context,
    late_id: Annotated[str, typer.Argument(metavar="LATE", help="台账编号 / id of the line")],
    reason: Reason,
    by: By = None,
) -> None:
    """数源单位撤回该行，受影响的报告恢复 / the unit takes the row back; its reports are as before."""
    from api.services.status.late import withdraw

    restored = withdraw(context, late_id, reason, by=by or getpass.getuser())
    facts = {"late": late_id, "restored": list(restored)}
    out.result(facts, [out.say("late_withdrawn_done", count=len(restored))])


def _change(change: StatusChange) -> dict[str, Any]:
    from domain.times import rfc3339

    return {
        "number": change.number, "act": change.act, "status": change.word, "reason": change.reason,
        "by": change.by, "second": change.second, "at": rfc3339(change.at), "leaf_index": change.leaf_index,
        "cause": change.cause,
    }  # fmt: skip


def _proposal(made: Proposal) -> dict[str, Any]:
    return {
        "proposal": str(made.id), "target": made.target, "id": made.target_id, "word": made.word,
        "reason": made.reason, "proposed_by": made.proposed_by, "state": made.state,
        "decided_by": made.decided_by, "reports": made.reports,
    }  # fmt: skip


def _say_story(out: Printer, found: StatusStory) -> None:
    from domain.times import rfc3339, shanghai_text

    line, now = found.line, found.standing
    facts = {
        "number": line.number, "status": line.status, "since": rfc3339(line.status_at),
        "reason": line.status_reason, "facts": sorted(now.facts),
        "changes": [_change(change) for change in found.changes],
    }  # fmt: skip
    told = [
        out.say(
            "status_now", number=line.number, word=out.say(f"state_{line.status}"),
            since=shanghai_text(line.status_at), reason=line.status_reason or "—",
        )
    ]  # fmt: skip
    for change in found.changes:
        told.append(
            out.say(
                "status_change_line", at=shanghai_text(change.at), act=out.say(f"status_act_{change.act}"),
                by=change.by if change.second is None else f"{change.by}、{change.second}",
                reason=change.reason, leaf=change.leaf_index,
            )
        )  # fmt: skip
    out.result(facts, told)

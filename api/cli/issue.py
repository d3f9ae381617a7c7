"""``daizheng issue`` and ``daizheng recover``: reports out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.command import in_house
from api.cli.house import desk, require_absent, write_file
from api.cli.output import WAITING, Printer
from api.cli.parameters import day, instant, listed

if TYPE_CHECKING:
    from api.services.context import Context
    from api.services.issuing.issue import Issued
    from api.services.issuing.orders import Order
    from api.services.issuing.review import Waiting


@in_house
def issue(
    out_: Printer,
    context: Context,
    subject: Annotated[str, typer.Argument(help="统一社会信用代码或主体编号 / USCC or subject id")],
    out: Annotated[Path, typer.Option("--out", help="报告保存到 / write the report to")],
    domains: Annotated[str | None, typer.Option("--domains", help="领域，逗号分隔 / domain ids")] = None,
    from_: Annotated[str | None, typer.Option("--from", help="查询自 / window from (YYYY-MM-DD)")] = None,
    to: Annotated[str | None, typer.Option("--to", help="查询至 / window to (YYYY-MM-DD)")] = None,
    purpose: Annotated[str, typer.Option("--purpose", help="用途 / purpose")] = "",
    matter: Annotated[
        str | None, typer.Option("--matter", help="替代事项编号，填好用途、领域和时间 / id of a matter")
    ] = None,
    variant: Annotated[str, typer.Option("--variant", help="summary | full")] = "summary",
    as_of: Annotated[str | None, typer.Option("--as-of", help="历史时点 / past instant, RFC 3339")] = None,
    by: Annotated[str | None, typer.Option("--by", help="操作员 / operator")] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="理由 / reason")] = None,
    force: Annotated[bool, typer.Option("--force", help="覆盖已有文件 / overwrite a file")] = False,
) -> None:
    """出具一份签名报告 / issue one signed report."""
    from api.services.issuing.issue import Issued

    order = _order(subject, domains, from_, to, purpose, variant, as_of, by, reason, matter)
    if order.matter is not None:
        from api.services.desk.asking import filled_in

        order = filled_in(context, order)
    if not force:
        require_absent(out)
    with desk(context) as issuing:
        done = issuing.issue(order)
    if not isinstance(done, Issued):
        _say_waiting(out_, done)
        raise typer.Exit(WAITING)
    _write(out, done)
    context.step("written")
    _say_issued(out_, done, out)


def _write(out: Path, done: Issued) -> None:
    """The file holds the report; Refused ``report_not_written`` names the number under which it stays."""
    from domain.errors import Refused

    try:
        write_file(out, done.pdf)
    except Refused as error:
        # It is released and registered: issuing again would only spend another number.
        raise Refused("report_not_written", number=done.number, **error.fields) from error


def _order(
    subject: str,
    domains: str | None,
    from_: str | None,
    to: str | None,
    purpose: str,
    variant: str,
    as_of: str | None,
    by: str | None,
    reason: str | None,
    matter: str | None,
) -> Order:
    from api.services.issuing.orders import Order
    from domain.errors import MalformedInput
    from domain.report import Variant

    if variant not in tuple(Variant):
        raise MalformedInput("variant_unknown", variant=variant[:40])
    return Order(
        subject=subject,
        domains=listed(domains),
        window_from=day(from_, "--from"),
        window_to=day(to, "--to"),
        purpose=purpose,
        variant=Variant(variant),
        as_of=instant(as_of, "--as-of"),
        by=by,
        reason=reason,
        matter=matter,
    )


def _say_issued(out: Printer, done: Issued, file: Path) -> None:
    from domain.times import rfc3339

    facts = {
        "number": done.number,
        "sha256": done.sha256,
        "content_sha256": done.content_sha256,
        "fresh_until": None if done.fresh_until is None else rfc3339(done.fresh_until),
        "level": done.level,
        "file": str(file),
    }
    lines = [out.say("issue_done", **facts)]
    if done.level != "B-LT":
        lines.append(out.say("issue_without_token"))
    out.result(facts, lines)


def _say_waiting(out: Printer, waiting: Waiting) -> None:
    facts = {
        "waiting": str(waiting.application),
        "reasons": list(waiting.reasons),
        "since": waiting.since.isoformat(),
    }
    out.result(facts, [out.say("issue_waits", **{**facts, "reasons": ", ".join(waiting.reasons)})])


@in_house
def recover(
    out: Printer,
    context: Context,
    no_reissue: Annotated[
        bool, typer.Option("--no-reissue", help="不重新出具过期的 / void what is too old, issue nothing")
    ] = False,
) -> None:
    """处理中断的出具 / answer what an interrupted issue left open."""
    from api.services.issuing.recovery import recover as answer

    with desk(context) as issuing:
        done = answer(issuing, reissue=not no_reissue)
    rows = [
        {
            "number": item.number,
            "outcome": item.outcome,
            "intents_voided": item.intents_voided,
            "new_number": item.new_number,
        }
        for item in done
    ]
    lines = [out.say(f"recover_{item.outcome}", number=item.number, new=item.new_number) for item in done]
    out.result({"recovered": rows}, lines or [out.say("recover_nothing")])

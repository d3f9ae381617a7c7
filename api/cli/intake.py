"""``daizheng subjects import`` and ``daizheng ingest``: files in."""

from __future__ import annotations

import getpass
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.command import in_house
from api.cli.held import problem_lines, told
from api.cli.house import read_file, require_no_file, write_file
from api.cli.output import Printer
from api.cli.parameters import day
from api.cli.progress import shown

if TYPE_CHECKING:
    from api.services.context import Context
    from api.services.intake.ingest import Received
    from api.services.intake.subjects import Imported

ReturnedOption = Annotated[
    Path | None, typer.Option("--returned", help="退回表输出到 / write the sheet that goes back")
]

subjects = typer.Typer(help="主体名录 / register of subjects", no_args_is_help=True)


@subjects.command("import")
@in_house
def import_(
    out: Printer,
    context: Context,
    file: Annotated[Path, typer.Argument(help="主体名录文件 / register file (CSV, XLSX, XLS)")],
    by: Annotated[str | None, typer.Option("--by", help="经办人 / who imports it")] = None,
    returned: ReturnedOption = None,
) -> None:
    """导入主体名录 / import a register of subjects."""
    from api.services.intake.subjects import import_subjects

    data = read_file(file)
    if returned is not None:
        require_no_file(returned)
    with shown(out) as progress:
        done = import_subjects(
            context, data, file.name, by=by or getpass.getuser(), now=context.clock(), progress=progress
        )
    _send_back(context, done, returned, out)
    _say(out, done, {"matched": done.matched, "cleared": done.cleared})


KindOption = Annotated[
    str, typer.Option("--kind", help="penalty|dishonest-list|abnormal-list|coercion|judgment|repair|other")
]
UnitOption = Annotated[str, typer.Option("--unit", help="报送单位：名称或代码 / sending unit")]
ByOption = Annotated[str, typer.Option("--by", help="确认人 / who confirms it")]
FromOption = Annotated[str | None, typer.Option("--from", help="数据完整自 / complete from (YYYY-MM-DD)")]
ThroughOption = Annotated[str | None, typer.Option("--through", help="数据完整至 / complete through")]
DomainOption = Annotated[str | None, typer.Option("--domain", help="领域 / domain id or name")]
ListOption = Annotated[str | None, typer.Option("--list", help="名单名称 / list of all rows")]
NoSimpleOption = Annotated[
    bool, typer.Option("--no-simple", help="本批不含简易程序 / the batch holds no simple procedure")
]
NilOption = Annotated[bool, typer.Option("--nil", help="零报告 / nothing to report")]


@in_house
def ingest(
    out: Printer,
    context: Context,
    file: Annotated[Path | None, typer.Argument(help="标准文件 / standard file (CSV, XLSX, XLS)")] = None,
    kind: KindOption = "penalty",
    unit: UnitOption = "",
    by: ByOption = "",
    from_: FromOption = None,
    through: ThroughOption = None,
    domain: DomainOption = None,
    list_name: ListOption = None,
    no_simple: NoSimpleOption = False,
    nil: NilOption = False,
    returned: ReturnedOption = None,
) -> None:
    """接收一个报送文件，或零报告 / take in a unit's file, or a nil report."""
    from api.services.intake.ingest import Delivery, receive

    delivery = Delivery(
        kind=_kind(kind),
        unit=_required(unit, "--unit"),
        by=_required(by, "--by"),
        data=_data(file, nil),
        file_name=None if file is None else file.name,
        domain=domain,
        no_simple=no_simple,
        list_name=list_name,
        complete_from=day(from_, "--from"),
        complete_to=day(through, "--through"),
    )
    if returned is not None:
        require_no_file(returned)
    with shown(out) as progress:
        done = receive(context, delivery, now=context.clock(), progress=progress)
    _send_back(context, done, returned, out)
    _say(out, done, _more(done))


def _send_back(context: Context, done: Received | Imported, file: Path | None, out: Printer) -> None:
    if file is not None and done.held:
        from api.services.intake.returning import returned_sheet_of

        write_file(file, returned_sheet_of(context, done.batch, out.lang))


def _more(done: Received) -> dict[str, Any]:
    attested = None if done.attested is None else [item.isoformat() for item in done.attested]
    return {"unit": done.unit, "unmatched": done.unmatched, "cleared": done.cleared, "attested": attested}


def _kind(text: str) -> Any:
    from domain.errors import MalformedInput
    from records.model import Kind

    try:
        return Kind(text)
    except ValueError as error:
        raise MalformedInput("kind_unknown", kind=text[:40], known="|".join(Kind)) from error


def _required(text: str, option: str) -> str:
    from domain.errors import MalformedInput

    if not text.strip():
        raise MalformedInput("option_missing", option=option)
    return text.strip()


def _data(file: Path | None, nil: bool) -> bytes | None:
    from domain.errors import MalformedInput

    if nil == (file is not None):
        raise MalformedInput("file_or_nil")
    return None if file is None else read_file(file)


def _say(out: Printer, done: Received | Imported, more: Mapping[str, Any]) -> None:
    held = [line for row in done.held for line in problem_lines(out, row)]
    facts: dict[str, Any] = {
        "batch": str(done.batch),
        "rows": done.rows,
        "accepted": done.accepted,
        "unchanged": done.unchanged,
        "quarantined": done.quarantined,
        "skipped": done.skipped,
        **more,
        "quarantine": held,
        "warnings": [_warning(out, item) for item in done.warnings],
    }
    out.result(facts, _lines(out, facts, held))


def _warning(out: Printer, item: Mapping[str, Any]) -> dict[str, Any]:
    message = out.say(str(item["code"]), **{"rows": len(item["rows"]), **told(item)})
    return {"code": item["code"], "column": item["column"], "rows": item["rows"], "message": message}


def _lines(out: Printer, facts: Mapping[str, Any], held: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = [out.say("intake_done", **facts)]
    if facts.get("attested"):
        first, last = facts["attested"]
        lines.append(out.say("intake_attested", first=first, last=last))
    if facts.get("matched"):
        lines.append(out.say("intake_matched", count=facts["matched"]))
    for item in held:
        lines.append(out.say("intake_held", **{**item, "column": item["column"] or "-"}))
    for item in facts["warnings"]:
        rows = ",".join(str(row) for row in item["rows"][:10]) or "-"
        lines.append(
            out.say("intake_warning", rows=rows, column=item["column"] or "-", message=item["message"])
        )
    return lines

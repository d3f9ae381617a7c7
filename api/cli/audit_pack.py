"""``daizheng audit pack`` and ``audit check``: a report's whole life as one file, and its judgement."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.command import in_house, spoken
from api.cli.house import read_file, write_file
from api.cli.output import DONE, NEGATIVE, WAITING, Printer

if TYPE_CHECKING:
    from api.services.context import Context
    from verifier.audit_pack import PackReport, Problem, Told

_EXIT = {"clean": DONE, "breach": NEGATIVE, "unsure": WAITING}


@in_house
def pack(
    printer: Printer,
    context: Context,
    number: Annotated[str, typer.Argument(help="报告编号 / report number")],
    out: Annotated[Path, typer.Option("--out", help="审计包保存到 / write the pack to")],
) -> None:
    """把一份报告的全部日志记录打成一个文件 / one file that proves a report's whole life."""
    from api.services.auditing.packing import audit_pack
    from domain.audit_pack import encode

    made = audit_pack(context, number, context.clock())
    write_file(out, encode(made))
    facts = {"file": str(out), "number": made.number, "entries": len(made.entries)}
    anchor = context.house.anchor_sha256
    lines = [
        printer.say("audit_pack_made", **facts),
        printer.say("audit_pack_how", file=out, anchor=anchor),
    ]
    printer.result({**facts, "anchor_sha256": anchor}, lines)


@spoken
def check(
    printer: Printer,
    file: Annotated[Path, typer.Argument(help="审计包 / audit pack")],
    trust: Annotated[Path | None, typer.Option("--trust", help="信任包 / trust bundle to believe")] = None,
    anchor: Annotated[
        str | None, typer.Option("--anchor", help="根证书 SHA-256 / SHA-256 the bundle's root must have")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="报告 PDF，核对是否同一文件 / the report, to compare")
    ] = None,
) -> None:
    """离线检查审计包 / check an audit pack without asking anybody; exit 0 clean, 1 breach, 3 cannot tell."""
    import hashlib

    from keys.trust import open_bundle
    from verifier.audit_pack import check_pack

    believed = None if trust is None else open_bundle(read_file(trust), pinned_anchor_sha256=anchor)
    judged = check_pack(read_file(file), trust=believed, anchor_sha256=anchor)
    same = None if report is None else hashlib.sha256(read_file(report)).hexdigest() == judged.file_sha256
    printer.result(_facts(judged, same), _lines(judged, same, printer))
    code = NEGATIVE if same is False else _EXIT[judged.status.value]
    if code:
        raise typer.Exit(code)


def _facts(judged: PackReport, same: bool | None) -> dict[str, Any]:
    from domain.times import rfc3339

    return {
        "status": judged.status.value,
        "number": judged.number,
        "origin": judged.origin,
        "size": judged.size,
        "made_at": rfc3339(judged.made_at),
        "file_sha256": judged.file_sha256,
        "same_file": same,
        "life": [
            {"index": each.index, "kind": each.leaf.type.name.lower(), "at": rfc3339(each.leaf.time)}
            for each in judged.life
        ],
        "problems": [{"code": each.code, "index": each.index} for each in judged.problems],
    }


def _lines(judged: PackReport, same: bool | None, printer: Printer) -> list[str]:
    # What contradicts comes first: whoever reads one line must not take the wrong PDF along as proven.
    lines = [printer.say("audit_pack_other_file", number=judged.number)] if same is False else []
    lines.append(printer.say(f"audit_pack_{judged.status.value}", number=judged.number, origin=judged.origin))
    lines += [_entry(each, printer) for each in judged.life]
    lines += [_problem(each, printer) for each in judged.problems]
    if same:
        lines.append(printer.say("audit_pack_same"))
    return [*lines, printer.say("audit_pack_limits")]


def _entry(told: Told, printer: Printer) -> str:
    from domain.times import shanghai_text

    what = printer.say(f"audit_entry_{told.leaf.type.name.lower()}")
    if (value := told.entry.opening.parts.get("value")) is not None:
        from domain.status_list import WORD_OF, Value

        what = f"{what} {WORD_OF[Value(int(value))]}"
    return f"  {told.index:>8}  {shanghai_text(told.leaf.time)}  {what}"


def _problem(problem: Problem, printer: Printer) -> str:
    return "  ! " + printer.say(problem.code, index="-" if problem.index is None else problem.index)

"""``daizheng show``: what the house knows about a report, and its file again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.command import in_house
from api.cli.house import require_no_file, write_file
from api.cli.output import Printer

if TYPE_CHECKING:
    from api.services.context import Context
    from api.services.issuing.showing import Shown

_LABEL_WIDTH = 18


@in_house
def show(
    printer: Printer,
    context: Context,
    number: Annotated[str, typer.Argument(help="报告编号 / report number")],
    out: Annotated[Path | None, typer.Option("--out", help="原件另存为 / write the file again")] = None,
    force: Annotated[bool, typer.Option("--force", help="覆盖已有文件 / overwrite a file")] = False,
) -> None:
    """查看一份报告的登记、日志和经过 / show a report's register line, log leaves and history."""
    from api.services.issuing.showing import file_of
    from api.services.issuing.showing import show as look

    if out is not None and not force:
        require_no_file(out)
    found = look(context.store, number)
    if out is not None:
        write_file(out, file_of(context, found.reservation.number))
    facts = _facts(found)
    printer.result(facts, _lines(printer, facts))


def _facts(found: Shown) -> dict[str, Any]:
    from domain.times import rfc3339

    line, place = found.line, found.reservation
    facts: dict[str, Any] = {
        "number": place.number,
        "state": found.state,
        "subject": str(place.subject),
        "reserved_at": rfc3339(place.reserved_at),
        "as_of": rfc3339(place.as_of),
        "status_index": place.status_idx,
        "leaves": [
            {"index": leaf.index, "type": leaf.type, "at": rfc3339(leaf.appended_at)} for leaf in found.leaves
        ],
        "events": [
            {"at": rfc3339(item.at), "actor": item.actor, "act": item.act, "reason": item.reason}
            for item in found.events
        ],
    }
    if line is not None:
        facts |= {
            "status_at": rfc3339(line.status_at),
            "level": line.level,
            "variant": line.variant,
            "purpose": line.purpose,
            "channel": line.channel,
            "records": line.records,
            "sha256": line.file_sha256,
            "content_sha256": line.content_sha256,
            "root": line.root,
            "released_at": rfc3339(line.released_at),
            "fresh_until": None if line.fresh_until is None else rfc3339(line.fresh_until),
        }
    return facts


def _lines(out: Printer, facts: dict[str, Any]) -> list[str]:
    said = facts | {"state": out.say("state_" + str(facts["state"]))}
    lines = [_line(out, name, said[name]) for name in said if name not in ("leaves", "events")]
    for leaf in facts["leaves"]:
        lines.append(
            _line(out, "leaf", f"{leaf['index']}  {out.say('show_type')} {leaf['type']}  {leaf['at']}")
        )
    for item in facts["events"]:
        lines.append(_line(out, "event", f"{item['at']}  {item['actor']}  {item['act']}"))
    return lines


def _line(out: Printer, name: str, value: object) -> str:
    label = out.say("show_" + name)
    # A Chinese character takes two columns of a terminal.
    width = sum(1 if char.isascii() else 2 for char in label)
    return label + " " * max(2, _LABEL_WIDTH - width) + ("—" if value in (None, "") else str(value))

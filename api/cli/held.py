"""``daizheng quarantine``: what is still held, and the sheets that go back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from api.cli.command import in_house
from api.cli.house import require_no_file, write_file
from api.cli.output import Printer

if TYPE_CHECKING:
    from api.services.context import Context
    from api.services.intake.listing import Held
    from api.store.entries import HeldRow


@in_house
def quarantine(
    out: Printer,
    context: Context,
    unit: Annotated[str | None, typer.Option("--unit", help="只看该报送单位 / of this sending unit")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="只看该种数据 / of this kind of data")] = None,
    batch: Annotated[str | None, typer.Option("--batch", help="只看该批次 / of this batch")] = None,
    returned: Annotated[
        Path | None, typer.Option("--returned", help="一个批次的退回表输出到 / write one batch's sheet to")
    ] = None,
) -> None:
    """列出退回待改的行，输出退回表 / list the rows that wait to be mended; write the sheet that goes back."""
    from api.services.intake.listing import open_rows
    from api.services.intake.returning import returned_sheet_of

    if returned is not None:
        require_no_file(returned)
    held = open_rows(context, unit=unit, kind=kind, batch=_batch(batch))
    if returned is not None:
        write_file(returned, returned_sheet_of(context, held.only_batch, out.lang))
    _say(out, held, returned)


def _batch(text: str | None) -> UUID | None:
    from domain.errors import NotFound

    if text is None:
        return None
    try:
        return UUID(text.strip())
    except ValueError as error:
        raise NotFound("batch_unknown", batch=text[:40]) from error


def _say(out: Printer, held: Held, returned: Path | None) -> None:
    found: list[dict[str, Any]] = []
    lines: list[str] = []
    last: UUID | None = None
    for row in held.rows:
        place = {
            "batch": str(row.batch),
            "file": held.files.get(row.batch),
            "unit": row.unit,
            "kind": row.kind,
            "since": row.recorded_at.isoformat(),
        }
        if row.batch != last:
            lines.append(out.say("quarantine_batch", **{**place, "file": place["file"] or "-"}))
            last = row.batch
        for item in problem_lines(out, row):
            found.append({**place, **item})
            lines.append(out.say("intake_held", **{**item, "column": item["column"] or "-"}))
    facts = {"rows": len(held.rows), "quarantine": found}
    lines.append(out.say("quarantine_total", rows=len(held.rows)) if held.rows else out.say("nothing_open"))
    if returned is not None:
        facts["returned"] = str(returned)
        lines.append(out.say("quarantine_returned", file=str(returned)))
    out.result(facts, lines)


def problem_lines(out: Printer, row: HeldRow) -> list[dict[str, Any]]:
    """Give each problem of a held row with its sentence and what to do about it."""
    return [
        {
            "row": row.row,
            "column": item["column"],
            "code": item["code"],
            "message": out.say(str(item["code"]), **told(item)),
            "todo": out.say(f"{item['code']}.todo", **told(item)),
            "reference": row.reference,
        }
        for item in row.problems
    ]


def told(item: Mapping[str, Any]) -> dict[str, Any]:
    """Give the fields that the sentence of a problem or warning names."""
    return {"column": item["column"] or "-", **(item["fields"] or {})}

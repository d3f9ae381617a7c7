"""``daizheng retention``: people's data past their time, shown, and erased when told so (R7)."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.command import in_house
from api.cli.output import Printer

if TYPE_CHECKING:
    from api.services.context import Context


@in_house
def retention(
    out: Printer,
    context: Context,
    erase: Annotated[
        bool, typer.Option("--erase", help="清除到期的数据 / erase what is past its time")
    ] = False,
    by: Annotated[str | None, typer.Option("--by", help="操作员 / operator")] = None,
) -> None:
    """查看到期的个人信息，或予以清除 / show people's data past their time, or erase them."""
    from api.services.house.retention import erase_expired, past_their_time

    now = context.clock()
    if erase:
        done = erase_expired(context, by=by or getpass.getuser(), now=now)
    else:
        done = past_their_time(context, now=now)
    lines = [
        out.say(
            "retention_line",
            name=out.say(f"retention_{each.name}"),
            rows=each.rows,
            days=each.days or "-",
        )
        for each in done
    ]
    lines.append(out.say("retention_erased" if erase else "retention_shown"))
    out.result({"erased": erase, "classes": [asdict(each) for each in done]}, lines)

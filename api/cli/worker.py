"""``daizheng worker``: what happens by itself."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.command import in_house
from api.cli.output import Printer

if TYPE_CHECKING:
    from api.services.context import Context


@in_house
def worker(
    printer: Printer,
    context: Context,
    once: Annotated[
        bool, typer.Option("--once", help="只做当前到期的工作，做完即退出 / do what is due now and return")
    ] = False,
) -> None:
    """执行定时任务并发送消息，按 Ctrl-C 停止 / do timed tasks and send messages until Ctrl-C."""
    from api.worker import running

    if not once:
        printer.result({"worker": "began"}, [printer.say("worker_began")])
        running.run(context)
        return
    done = running.once(context)
    lines = [printer.say("worker_task", task=each.name, result=each.failure or "ok") for each in done.tasks]
    tasks = [{"task": each.name, "failure": each.failure} for each in done.tasks]
    printer.result(
        {"tasks": tasks, "messages": Counter(done.messages)},
        [*lines, printer.say("worker_messages", count=len(done.messages))],
    )
    if done.failed:
        raise typer.Exit(4)

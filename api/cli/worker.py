"""``daizheng worker``: what happens by itself."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer

from api.cli.house import opened
from api.cli.output import Home, Json, Lang, Passphrase, Verbose, speaking


def worker(
    once: Annotated[
        bool, typer.Option("--once", help="只做当前到期的工作,做完即退出 / do what is due now and return")
    ] = False,
    home: Home = None,
    passphrase_file: Passphrase = None,
    json: Json = False,
    lang: Lang = None,
    verbose: Verbose = False,
) -> None:
    """执行定时任务并发送消息,按 Ctrl-C 停止 / do timed tasks and send messages until Ctrl-C."""
    with (
        speaking(as_json=json, lang=lang, verbose=verbose) as printer,
        opened(home, passphrase_file) as context,
    ):
        from api.worker import running

        if not once:
            printer.result({"worker": "began"}, [printer.say("worker_began")])
            running.run(context)
            return
        done = running.once(context)
        lines = [
            printer.say("worker_task", task=each.name, result=each.failure or "ok") for each in done.tasks
        ]
        tasks = [{"task": each.name, "failure": each.failure} for each in done.tasks]
        printer.result(
            {"tasks": tasks, "messages": Counter(done.messages)},
            [*lines, printer.say("worker_messages", count=len(done.messages))],
        )
        if done.failed:
            raise typer.Exit(4)

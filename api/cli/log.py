"""``daizheng log``: the newest head, cosignatures now, alarms about logs that do not keep to one history."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.command import in_house
from api.cli.house import write_file
from api.cli.output import DONE, NEGATIVE, Printer

if TYPE_CHECKING:
    from api.services.context import Context

log = typer.Typer(help="签名日志 / the signature log", no_args_is_help=True)
_BAD = frozenset({"refused", "behind", "unusable"})


@log.command("show")
@in_house
def log_show(
    printer: Printer,
    context: Context,
    out: Annotated[Path | None, typer.Option("--out", help="把日志头保存到 / write the head to")] = None,
) -> None:
    """显示最新日志头和公钥 / the newest head and the keys."""
    from api.services.log import serving, witness
    from domain.base_text import base64_encode
    from keys.bundle_signing import log_vkeys

    shown = serving.checkpoint(context, context.clock())
    if out is not None:
        write_file(out, shown.data)
    facts: dict[str, Any] = {
        "origin": shown.head.origin,
        "size": shown.head.size,
        "root": base64_encode(shown.head.root),
        "cosigners": list(shown.cosigners),
        "vkeys": list(log_vkeys(context.keys, context.house.log_origin)),
        "witness_vkey": witness.vkey_of(context),
    }
    lines = [printer.say("log_show", **{name: facts[name] for name in ("origin", "size", "root")})]
    lines += [printer.say("log_show_key", vkey=key) for key in facts["vkeys"]]
    printer.result(facts, [*lines, printer.say("log_show_witness", vkey=facts["witness_vkey"])])


@log.command("cosign")
@in_house
def log_cosign(printer: Printer, context: Context) -> None:
    """请见证方为最新日志头共同签名 / have the witnesses cosign the newest head."""
    from api.services.log.witnessing import cosign_due

    asked = cosign_due(context, context.clock())
    lines = [printer.say(f"log_cosign_{each.outcome}", **asdict(each)) for each in asked]
    printer.result({"witnesses": [asdict(each) for each in asked]}, lines or [printer.say("log_cosign_none")])
    if any(each.outcome in _BAD for each in asked):
        raise typer.Exit(NEGATIVE)


@log.command("alarms")
@in_house
def log_alarms(
    printer: Printer,
    context: Context,
    out: Annotated[Path | None, typer.Option("--out", help="证据保存到目录 / write the evidence to")] = None,
) -> None:
    """日志警报和留存的证据 / alarms about logs, and the evidence kept."""
    from domain.times import rfc3339, shanghai_text

    with context.store.reading() as work:
        found = work.witnesses.alarms()
    for alarm in found if out is not None else ():
        folder = out if out is not None else Path()
        folder.mkdir(parents=True, exist_ok=True)
        write_file(folder / f"alarm-{alarm.id}-first.txt", alarm.first)
        write_file(folder / f"alarm-{alarm.id}-second.txt", alarm.second)
    told = [
        {
            "id": alarm.id,
            "at": rfc3339(alarm.at),
            "kind": alarm.kind,
            "origin": alarm.origin,
            "size": alarm.size,
            "witness": alarm.witness,
        }
        for alarm in found
    ]
    lines = [
        printer.say(
            f"log_alarm_{alarm.kind}", at=shanghai_text(alarm.at), origin=alarm.origin, size=alarm.size,
            witness=alarm.witness,
        )
        for alarm in found
    ]  # fmt: skip
    printer.result({"alarms": told}, lines or [printer.say("log_alarms_none")])
    raise typer.Exit(NEGATIVE if found else DONE)

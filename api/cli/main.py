"""``daizheng``: every command, each loaded when it is called."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from api.cli import administration, held, intake, issue, policies, records, retention, review, serve
from api.cli import audit as audit_commands
from api.cli import audit_pack as audit_pack_commands
from api.cli import init as init_command
from api.cli import key_change as key_commands
from api.cli import log as log_commands
from api.cli import staff as staff_commands
from api.cli import status as status_commands
from api.cli import worker as worker_command
from api.cli.output import USAGE

if TYPE_CHECKING:
    from verifier.cli.trust import HouseParts

_USAGE_ERROR: type[Exception] = typer.BadParameter.__bases__[0]
"""What the parser raises for a wrong command line; Typer exports only its kinds."""

_COMMANDS: Mapping[str, Callable[..., None]] = {
    "init": init_command.init,
    "ingest": intake.ingest,
    "quarantine": held.quarantine,
    "issue": issue.issue,
    "recover": issue.recover,
    "show": records.show,
    "serve": serve.serve,
    "worker": worker_command.worker,
    "migrate": administration.migrate,
    "retention": retention.retention,
}
_GROUPS = {
    "subjects": intake.subjects,
    "trust": administration.trust,
    "region": administration.region,
    "units": administration.units,
    "keys": administration.keys,
    "audit": audit_commands.audit,
    "log": log_commands.log,
    "policy": policies.policy,
    "staff": staff_commands.staff,
    "review": review.review,
    "status": status_commands.status,
    "late": status_commands.late,
}

administration.keys.command("renew")(key_commands.renew)
administration.keys.command("revoke")(key_commands.revoke)
audit_commands.audit.command("pack")(audit_pack_commands.pack)
audit_commands.audit.command("check")(audit_pack_commands.check)


def build(*, with_verify: bool) -> typer.Typer:
    """Give the application; ``verify`` brings the verifier along, so only who needs it asks for it."""
    app = typer.Typer(
        name="daizheng", no_args_is_help=True, add_completion=False, rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )  # fmt: skip
    app.callback()(_daizheng)
    for name, command in _COMMANDS.items():
        app.command(name)(command)
    for name, group in _GROUPS.items():
        app.add_typer(group, name=name)
    if with_verify:
        from verifier.cli.verify import add_verify

        add_verify(app, _house_parts)
        from verifier.cli.receipts import add_receipts

        add_receipts(app, _house_parts)
    return app


@cache
def _command(*, with_verify: bool) -> Callable[..., object]:
    """Give the parser; making it from every command's signature costs more than most commands do."""
    return typer.main.get_command(build(with_verify=with_verify))


def _house_parts(home: Path | None) -> HouseParts | None:
    from api import container

    return container.house_parts(home)


def _daizheng() -> None:
    """代证：以一份签名信用报告代替多份无违法违规证明 / one signed credit report, checkable by anybody."""


def main() -> None:
    """Run the command line; ends the process with the agreed exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and give its exit code; a wrong option is one line and 2."""
    try:
        command = _command(with_verify=_needs_verify(arguments))
        result = command(arguments, standalone_mode=False, prog_name="daizheng")
    except typer.Exit as stop:
        return stop.exit_code
    except _USAGE_ERROR as error:
        sys.stderr.write(f"error [usage] {' '.join(str(error).split())} (--help)\n")
        return USAGE
    except (typer.Abort, KeyboardInterrupt):
        sys.stderr.write("\n")
        return 130
    return result if isinstance(result, int) else 0


def _needs_verify(arguments: list[str]) -> bool:
    command = next((word for word in arguments if not word.startswith("-")), None)
    return command in (None, "verify", "verify-receipt", "verify-statement")


if __name__ == "__main__":
    main()

"""``daizheng``: every command, each loaded when it is called."""

from __future__ import annotations

import sys

import typer

from api.cli import administration, intake, issue, records
from api.cli import init as init_command
from api.cli.output import USAGE

_USAGE_ERROR: type[Exception] = typer.BadParameter.__bases__[0]
"""What the parser raises for a wrong command line; Typer exports only its kinds."""

app = typer.Typer(
    name="daizheng",
    help="代证:以一份签名信用报告代替多份无违法违规证明 / one signed credit report, checkable by anybody.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("init")(init_command.init)
app.add_typer(intake.subjects, name="subjects")
app.command("ingest")(intake.ingest)
app.command("issue")(issue.issue)
app.command("recover")(issue.recover)
app.command("show")(records.show)
app.add_typer(administration.trust, name="trust")
app.add_typer(administration.region, name="region")
app.add_typer(administration.units, name="units")
app.add_typer(administration.keys, name="keys")


@app.callback()
def _daizheng() -> None:
    """代证 / signed credit reports in place of no-violation certificates."""


def main() -> None:
    """Run the command line; ends the process with the agreed exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and give its exit code; a wrong option is one line and 2."""
    try:
        result = app(arguments, standalone_mode=False, prog_name="daizheng")
    except typer.Exit as stop:
        return stop.exit_code
    except _USAGE_ERROR as error:
        sys.stderr.write(f"error [usage] {' '.join(str(error).split())} (--help)\n")
        return USAGE
    except (typer.Abort, KeyboardInterrupt):
        sys.stderr.write("\n")
        return 130
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    main()

"""``daizheng policy``: the scenarios by which receivers may have files judged."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.command import in_house, spoken
from api.cli.house import read_file
from api.cli.output import Printer

if TYPE_CHECKING:
    from api.services.context import Context
    from api.services.house.policies import PolicySummary

policy = typer.Typer(help="核验政策（投标、贷款、上市……） / verification policies", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="政策文件 / policy file (TOML)")]


@policy.command("check")
@spoken
def policy_check(
    out: Printer,
    file: File,
) -> None:
    """检查政策文件 / check a policy file."""
    from api.services.house.policies import check

    _say(out, "policy_checked", check(read_file(file)))


@policy.command("add")
@in_house
def policy_add(
    out: Printer,
    context: Context,
    file: File,
    by: Annotated[str | None, typer.Option("--by", help="操作员 / operator")] = None,
) -> None:
    """加入一份政策的新版本，随信任包发出 / add a version of a policy; it leaves with the trust bundle."""
    from api.services.house.policies import add

    _say(
        out,
        "policy_added",
        add(context, read_file(file), by=by or getpass.getuser(), now=context.clock()),
    )


@policy.command("list")
@in_house
def policy_list(out: Printer, context: Context) -> None:
    """列出本机构提供的政策 / list the policies this house offers."""
    from api.services.house.policies import all_policies

    found = all_policies(context)
    lines = [
        out.say(
            "policy_line", policy=item.id, version=item.version, name=item.name,
            age=item.max_age_days or "-", domains=len(item.domains),
        )
        for item in found
    ]  # fmt: skip
    out.result({"policies": [asdict(item) for item in found]}, lines)


def _say(out: Printer, code: str, summary: PolicySummary) -> None:
    facts: dict[str, Any] = asdict(summary)
    shown = {("policy" if name == "id" else name): value for name, value in facts.items()}
    out.result(facts, [out.say(code, **shown)])
